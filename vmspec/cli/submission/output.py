"""Options that say how progress and results of submissions are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from attrs import frozen

from vmspec.cli import options
from vmspec.cli.submission.progress import ProgressStyle


@frozen(kw_only=True)
class OutputOptions:
    """Options that say how progress and results are written."""

    as_json: bool = False
    progress: ProgressStyle = "auto"
    has_stats: bool = False
    is_logged: bool = False


def output_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options for progress and results to a command, which gets them as ``output``."""

    @click.option(
        "--progress",
        type=click.Choice(["auto", "lines", "jsonl"]),
        default="auto",
        show_default=True,
        help="Progress on standard error: bars on a terminal, else lines; or JSON, one object a line.",
    )
    @click.option("--stats", is_flag=True, help="Add requests and times: a line, or a key of the JSON.")
    @options.output_format
    @wraps(command)
    def with_output(
        *arguments: Any,
        progress: ProgressStyle,
        stats: bool,
        output_format: str,
        **given: Any,
    ) -> int:
        output = OutputOptions(
            as_json=output_format == "json",
            progress=progress,
            has_stats=stats,
            is_logged=click.get_current_context().obj is not None,
        )
        return command(*arguments, output=output, **given)

    return with_output
