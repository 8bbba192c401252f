"""``vmspec diff``: the differences between two specs of any format."""

from __future__ import annotations

import sys

import click

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN
from vmspec.cli.inputs.sources import read_spec
from vmspec.cli.output.console import echo, echo_err, supports_colour, write_data
from vmspec.cli.output.text import pluralize
from vmspec.model.diff import Change, Value, diff
from vmspec.model.schema import Lookup, Part
from vmspec.text import printable


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--exit-code", is_flag=True, help="End with 1 if there is a difference.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of the differences on standard output.",
)
def command(before: str, after: str, exit_code: bool, output_format: str) -> int:
    """A and B are XML, JSON or YAML files, each in its own format; one of them may be - for standard input.
    Tags compare as a set, all other lists by position. Secrets are shown as ***.
    """
    if before == after == STDIN:
        raise click.UsageError("Only one of A and B can be standard input.")
    specs = [read_spec(path) for path in (before, after)]
    codes = [spec for spec in specs if isinstance(spec, ExitCode)]
    if codes:
        return max(codes)
    old, new = (spec for spec in specs if not isinstance(spec, ExitCode))
    changes = diff(old, new)
    if output_format == "json":
        _print_json(changes)
    else:
        _print_text(changes)
    return ExitCode.FINDINGS if changes and exit_code else ExitCode.OK


def _print_text(changes: tuple[Change, ...]) -> None:
    has_colour = supports_colour(sys.stdout)
    for change in changes:
        line = printable(str(change))
        echo(click.style(line, fg=_colour(change)) if has_colour else line)
    echo_err(pluralize(len(changes), "difference") if changes else "no difference")


def _colour(change: Change) -> str:
    if change.before is None:
        return "green"
    return "red" if change.after is None else "yellow"


def _print_json(changes: tuple[Change, ...]) -> None:
    import json

    listed = [
        {"path": change.path, "before": _plain(change.before), "after": _plain(change.after)}
        for change in changes
    ]
    write_data(json.dumps({"version": 1, "changes": listed}, indent=2), "\n")


def _plain(value: Value) -> object:
    """Return a value as in a JSON document: None if it is absent, ``{}`` for an empty element."""
    if isinstance(value, Lookup):
        from vmspec.documents.data.json_writer import plain_lookup

        return plain_lookup(value)
    return {} if isinstance(value, Part) else value
