"""``vmspec diff``: the differences between two specs of any format, or between the specs of two folders."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

import click

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN
from vmspec.cli.inputs.sources import read_spec
from vmspec.cli.inputs.specs import Specs
from vmspec.cli.output.changes import listed
from vmspec.cli.output.console import echo, echo_err, shown_path, supports_colour, write_data
from vmspec.cli.output.text import pluralize
from vmspec.model.diff import Change, diff
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import printable


class FileChange(NamedTuple):
    """A file of a folder that differs from that of another folder."""

    path: str
    kind: Literal["added", "removed", "changed"]
    changes: tuple[Change, ...] = ()


_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}


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

    Of two folders, the specs of files with the same path are compared; their suffixes may differ.
    """
    if before == after == STDIN:
        raise click.UsageError("Only one of A and B can be standard input.")
    folders = [path != STDIN and Path(path).is_dir() for path in (before, after)]
    if any(folders):
        if not all(folders):
            raise click.UsageError("A folder can be compared with a folder only.")
        return _compare_folders(before, after, exit_code, output_format)
    specs = [read_spec(path) for path in (before, after)]
    codes = [spec for spec in specs if isinstance(spec, ExitCode)]
    if codes:
        return max(codes)
    old, new = (spec for spec in specs if not isinstance(spec, ExitCode))
    changes = diff(old, new)
    if output_format == "json":
        _print_json({"changes": listed(changes)})
    else:
        _print_changes(changes)
        echo_err(pluralize(len(changes), "difference") if changes else "no difference")
    return ExitCode.FINDINGS if changes and exit_code else ExitCode.OK


def _compare_folders(before: str, after: str, exit_code: bool, output_format: str) -> ExitCode:
    readers = [Specs([folder]) for folder in (before, after)]
    old, new = ({path: spec for path, _, spec in reader} for reader in readers)
    changes = list(_file_changes(old, new))
    if output_format == "json":
        files = [{"path": path, "kind": kind, "changes": listed(changes)} for path, kind, changes in changes]
        _print_json({"files": files})
    else:
        _print_file_changes(changes)
    code = max(reader.exit_code for reader in readers)
    if code is not ExitCode.OK:
        return code
    return ExitCode.FINDINGS if changes and exit_code else ExitCode.OK


def _file_changes(
    old: Mapping[PurePath, VirtualMachineSpec], new: Mapping[PurePath, VirtualMachineSpec]
) -> Iterator[FileChange]:
    """Yield the files that differ, in order; files of the same name have precedence as a pair."""
    others = {path.with_suffix(""): path for path in sorted(new.keys() - old.keys(), reverse=True)}
    partners = {path: path if path in new else others.pop(path.with_suffix(""), None) for path in sorted(old)}
    for path in sorted({*old, *new} - {*partners.values()} | {*old}):
        name, other = shown_path(str(path)), partners.get(path)
        if path not in old:
            yield FileChange(name, "added")
        elif other is None:
            yield FileChange(name, "removed")
        elif changes := diff(old[path], new[other]):
            yield FileChange(name, "changed", changes)


def _print_file_changes(changes: Iterable[FileChange]) -> None:
    changes = list(changes)
    has_colour = supports_colour(sys.stdout)
    for change in changes:
        line = change.path if change.kind == "changed" else f"{change.path}: {change.kind}"
        echo(click.style(line, fg=_COLOURS[change.kind], bold=True) if has_colour else line)
        _print_changes(change.changes, indent="  ")
    echo_err(f"{pluralize(len(changes), 'file')} with differences" if changes else "no difference")


def _print_changes(changes: tuple[Change, ...], indent: str = "") -> None:
    has_colour = supports_colour(sys.stdout)
    for change in changes:
        line = indent + printable(str(change))
        echo(click.style(line, fg=_colour(change)) if has_colour else line)


def _colour(change: Change) -> str:
    if change.before is None:
        return "green"
    return "red" if change.after is None else "yellow"


def _print_json(data: dict[str, object]) -> None:
    import json

    write_data(json.dumps({"version": 1} | data, indent=2), "\n")
