"""Options and arguments that several commands take, each said once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import click

from vmspec.cli.inputs.paths import STDIN

LONGEST_S = 7 * 24 * 3600
"""A week; what waits longer was a slip of the finger."""
POLL_S = 5.0
SANDBOX_POLL_S = 0.3
"""The sandbox builds a machine in about two seconds."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Decorator(Protocol):
    """What adds an option to a command."""

    def __call__(self, command: Command, /) -> Command: ...


def _number(_: click.Context, parameter: click.Parameter, given: float | None) -> float | None:
    if given is not None and math.isnan(given):
        raise click.BadParameter("that is no number of seconds.", param=parameter)
    return given


def seconds(name: str, help: str, default: float | None = None, *, zero: bool = False) -> Decorator:
    """An option for a time; 0 is one where that is said."""
    return click.option(
        name,
        metavar="S",
        type=click.FloatRange(0, LONGEST_S, min_open=not zero),
        callback=_number,
        default=default,
        help=help if default is None else f"{help} [default: {default:g}].",
    )


def not_empty(_: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    """Refuses an empty value, as of a variable that is not set: it would mean the environment's."""
    if given == "":
        raise click.BadParameter("it is empty; leave it out, or give one.", param=parameter)
    return given


def text(name: str, metavar: str, help: str) -> Decorator:
    """An option for a text that is not empty."""
    return click.option(name, metavar=metavar, callback=not_empty, help=help)


def _one_standard_input(
    _: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuses a second -, for which nothing would be left to read."""
    if given.count(STDIN) > 1:
        raise click.BadParameter("only one can be standard input.", param=parameter)
    return given


paths = click.argument("paths", metavar="PATH...", nargs=-1, required=True, callback=_one_standard_input)
timeout = seconds("--timeout", "Seconds to wait at most", 1200.0)
journal = text("--journal", "FILE", "The record of submissions, instead of VMSPEC_JOURNAL.")
output_format = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is written to standard output.",
)


def api(command: Command) -> Command:
    """The options that say which API is meant, and which journal."""
    for option in (
        journal,
        text("--ca-bundle", "FILE", "Certificates to trust instead of the usual ones."),
        text("--api-url", "URL", "Instead of KATAPULT_API_URL."),
        text("--organization", "ID", "Instead of KATAPULT_ORGANIZATION: id or sub-domain."),
    ):
        command = option(command)
    return command
