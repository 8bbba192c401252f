"""Options that say how progress and results of submissions are written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Literal, TypeAlias

import click
from attrs import frozen

from vmspec.cli import options
from vmspec.cli.output.console import is_terminal, supports_progress
from vmspec.cli.submission.bars import Bars
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.progress import Display, JSONLines, Lines, row_of

ProgressStyle: TypeAlias = Literal["auto", "lines", "jsonl"]


MAX_BARS = 5_000
"""Number of jobs up to which they are counted often enough for bars."""


@frozen(kw_only=True)
class OutputOptions:
    """Options that say how progress and results are written."""

    as_json: bool = False
    progress: ProgressStyle = "auto"
    has_stats: bool = False
    is_logged: bool = False

    def display_for(self, jobs: Sequence[Job], *, waits: bool) -> Display:
        """Return the display that suits standard error: no bars where log lines would tear them up.

        No progress is shown if standard output is the same terminal and gets each result at once. In all
        other cases a create is also written here, so that its id is not lost with a broken pipe.
        """
        if self.progress == "jsonl":
            return JSONLines()
        has_bars = waits and supports_progress(sys.stderr) and not self.is_logged
        if self.progress == "auto" and has_bars and len(jobs) <= MAX_BARS:
            return Bars(jobs)
        writes_at_once = not waits and not self.as_json
        if self.progress == "auto" and writes_at_once and is_terminal(sys.stdout):
            return Display()
        return Lines(row_of(jobs), jobs)


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
