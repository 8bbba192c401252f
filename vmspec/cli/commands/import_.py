"""``vmspec import``: specs of machines that exist."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.api import exit_code_of, reads_api
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN, reason_of
from vmspec.cli.output.console import echo_err, print_error, shown_path, write_document
from vmspec.cli.output.text import pluralize
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.cli.targets import SUFFIXES, TARGETS, Target, target_of, text_of
from vmspec.documents.files import write_text
from vmspec.errors import ApiError
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult
    from vmspec.live.import_ import Import


@click.command("import")
@click.argument("machines", metavar="[MACHINE]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Import all machines of the organization.")
@click.option(
    "--output",
    "-o",
    metavar="OUT",
    default=STDIN,
    callback=options.not_empty,
    help="File to write, or folder for several machines [default: standard output].",
)
@click.option(
    "--to", "target", type=click.Choice(TARGETS), help="Format [default: by the suffix of OUT, else yaml]."
)
@connection_options
@reads_api
def command(
    machines: tuple[str, ...], is_all: bool, output: str, target: Target | None, connection: ConnectionOptions
) -> int:
    """MACHINE is the id of a machine, its fully qualified name, or the id of a build. The spec is the stored
    one of its build where that is on record, with what has changed since; else it is taken from the machine,
    and what that does not show is a comment in the spec, or on standard error for JSON.

    A stored spec holds the secrets that were sent. Each of several machines becomes a file in the folder OUT.
    """
    if bool(machines) == is_all:
        raise click.UsageError("Give the machines, or --all.")
    is_folder = output != STDIN and (output.endswith("/") or Path(output).is_dir())
    if (is_all or len(machines) > 1) and not is_folder:
        raise click.UsageError("Several machines need a folder; use -o FOLDER/.")
    with connection.client(echo_err) as katapult:
        wanted = [row.id for row in katapult.virtual_machines()] if is_all else machines
        imports, code = _import(katapult, wanted)
    if is_folder:
        return max(code, _write_all(imports, Path(output), target or "yaml"))
    if not imports:
        return code
    (found,) = imports.values()
    target = target or (None if output == STDIN else target_of(Path(output))) or "yaml"
    text = _text(found, target)
    if output == STDIN:
        write_document(text)
        return ExitCode.OK
    return ExitCode.OK if _is_written(Path(output), text) else ExitCode.USAGE_ERROR


def _import(katapult: Katapult, wanted: Iterable[str]) -> tuple[dict[str, Import], ExitCode]:
    """Return what could be imported, and the exit code for the rest, which is named."""
    imports: dict[str, Import] = {}
    code = ExitCode.OK
    for name in wanted:
        try:
            imports[name] = katapult.import_machine(name)
        except ApiError as error:
            print_error(f"{printable(name)}: {error}")
            code = max(code, exit_code_of(error))
    return imports, code


def _text(found: Import, target: Target) -> str:
    """Return the document, with a comment on what is not known."""
    text = text_of(found.spec, target)
    if not found.not_known:
        return text
    comment = printable(f"not known: {', '.join(found.not_known)}")
    if target == "json":
        echo_err(comment)
        return text
    if target == "xml":
        declaration, line, rest = text.partition("\n")
        return f"{declaration}{line}<!-- {comment.replace('--', '- -')} -->\n{rest}"
    return f"# {comment}\n{text}"


def _write_all(imports: dict[str, Import], folder: Path, target: Target) -> ExitCode:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print_error(f"{shown_path(str(folder))}: {reason_of(error)}")
        return ExitCode.USAGE_ERROR
    names: dict[str, str] = {}
    written = 0
    for wanted, found in imports.items():
        hostname = found.spec.hostname or (
            found.virtual_machine.hostname if found.virtual_machine else wanted
        )
        name = hostname if hostname not in names and "/" not in hostname else wanted
        names[name] = wanted
        written += _is_written(folder / f"{name}{SUFFIXES[target]}", _text(found, target))
    echo_err(f"{pluralize(written, 'file')} written to {shown_path(str(folder))}")
    return ExitCode.OK if written == len(imports) else ExitCode.USAGE_ERROR


def _is_written(path: Path, text: str) -> bool:
    try:
        write_text(path, text)
    except OSError as error:
        print_error(f"{shown_path(str(path))}: {reason_of(error)}")
        return False
    return True
