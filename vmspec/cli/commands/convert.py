"""``vmspec convert``: a document in another format."""

from __future__ import annotations

from pathlib import Path

import click

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN, reason_of
from vmspec.cli.inputs.sources import read_spec
from vmspec.cli.output.console import print_error, shown_path, write_document
from vmspec.documents import FORMATS, FormatName, dumps
from vmspec.documents.files import write_text
from vmspec.documents.formats import format_of_name


@click.command("convert")
@click.argument("path", metavar="IN")
@click.option(
    "-o", "--output", metavar="OUT", default=STDIN, help="File to write [default: standard output]."
)
@click.option(
    "--from", "source_format", type=click.Choice(FORMATS), help="Format of IN, if its suffix is another."
)
@click.option(
    "--to", "target_format", type=click.Choice(FORMATS), help="Format of OUT [default: by its suffix]."
)
def command(
    path: str, output: str, source_format: FormatName | None, target_format: FormatName | None
) -> int:
    """Read IN, a file or - for standard input. Everything of the spec is kept, but not comments."""
    target = target_format or (format_of_name(Path(output)) if output != STDIN else None)
    if target is None:
        raise click.UsageError("The output format is unknown; use --to, or -o with a suffix.")
    spec = read_spec(path, source_format)
    if isinstance(spec, ExitCode):
        return spec
    text = dumps(spec, target)
    if output == STDIN:
        write_document(text)
        return ExitCode.OK
    try:
        write_text(Path(output), text)
    except OSError as error:
        print_error(f"{shown_path(output)}: {reason_of(error)}")
        return ExitCode.USAGE_ERROR
    return ExitCode.OK
