"""Options and arguments that several commands have."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from vmspec.cli.inputs.paths import STDIN
from vmspec.findings import Severity

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

MAX_SECONDS = 7 * 24 * 3600
"""A week; a longer time is a typing error."""
_AGES = {"m": 60, "h": 3600, "d": 86400}
POLL_S = 5.0
SANDBOX_POLL_S = 0.3
"""The sandbox builds a machine in about two seconds."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Decorator(Protocol):
    """A decorator that adds an option to a command."""

    def __call__(self, command: Command, /) -> Command: ...


def seconds(name: str, help: str, default: float | None = None, *, zero: bool = False) -> Decorator:
    """Return an option for a time in seconds; ``zero`` allows 0."""
    return click.option(
        name,
        metavar="S",
        type=click.FloatRange(0, MAX_SECONDS, min_open=not zero),
        callback=_check_number,
        default=default,
        help=help if default is None else f"{help} [default: {default:g}].",
    )


def _check_number(_: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("not a number of seconds.", param=parameter)
    return value


def text(name: str, metavar: str, help: str) -> Decorator:
    """Return an option for a text that must not be empty."""
    return click.option(name, metavar=metavar, callback=not_empty, help=help)


def not_empty(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty value, which an unset shell variable leaves; the environment would apply instead."""
    if value == "":
        raise click.BadParameter("the value is empty; give one, or leave the option out.", param=parameter)
    return value


def parse_moment(_: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Return the Unix time of a local time or of an age."""
    if text is None:
        return None
    if (age := re.fullmatch(r"(\d{1,6})([mhd])", text)) is not None:
        return time.time() - int(age[1]) * _AGES[age[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{text!r} is neither a time such as 2026-11-28T14:30 nor an age such as 12h.", param=parameter
        ) from None


def _check_journal(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    not_empty(context, parameter, value)
    if value is not None and "://" in value:
        from vmspec.errors import ConfigurationError
        from vmspec.katapult import check_location

        try:
            check_location(value)
        except ConfigurationError as error:
            raise click.BadParameter(f"{error}.", param=parameter) from None
    return value


def _check_stdin(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if values.count(STDIN) > 1:
        raise click.BadParameter("only one can be standard input.", param=parameter)
    return values


def complete_code(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the codes and names that begin with a text, for shells."""
    from click.shell_completion import CompletionItem

    from vmspec.validation.pages import pages

    before, comma, last = incomplete.rpartition(",")
    return [
        CompletionItem(before + comma + word, help=page.summary)
        for page in pages().values()
        for word in (page.code, page.name)
        if word.lower().startswith(last.lower())
    ]


def _split(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[str]:
    return [code for value in values for code in value.split(",")]


paths = click.argument("paths", metavar="PATH...", nargs=-1, required=True, callback=_check_stdin)
until = click.option(
    "--until",
    type=click.Choice(["started", "ssh"]),
    default="started",
    show_default=True,
    help="Wait until machines are started, or until an SSH server answers on one of their addresses.",
)
timeout = seconds("--timeout", "Seconds to wait at most", 1200.0)
journal = click.option(
    "--journal",
    metavar="FILE",
    callback=_check_journal,
    help="Record of submissions, a file or postgresql:// address, instead of VMSPEC_JOURNAL.",
)
output_format = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of standard output.",
)
skip_foreign = click.option(
    "--skip-foreign", is_flag=True, help="Skip files that are not specs, even named ones."
)


def selection(command: Command) -> Command:
    """Add the options for the findings that matter: ``select``, ``ignore`` and ``fail_on``."""
    for name, help in (
        ("--ignore", "Skip these codes or names; may be repeated."),
        ("--select", "Check only these codes or names; may be repeated."),
    ):
        option = click.option(
            name, metavar="CODE", multiple=True, callback=_split, shell_complete=complete_code, help=help
        )
        command = option(command)
    fail_on = click.option(
        "--fail-on",
        type=click.Choice([str(severity) for severity in Severity]),
        default=str(Severity.ERROR),
        show_default=True,
        help="Fail if there is a finding of this severity or a higher one.",
    )
    return fail_on(command)


def api(command: Command) -> Command:
    """Add the options that name the API and the journal."""
    for option in (
        journal,
        text("--ca-bundle", "FILE", "Certificates to trust instead of the usual ones."),
        text("--api-url", "URL", "Address of the API, instead of KATAPULT_API_URL."),
        text("--organization", "ID", "Id or sub-domain, instead of KATAPULT_ORGANIZATION."),
    ):
        command = option(command)
    return command
