"""``vmspec catalogue``: the organization as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmspec.cli.api import reads_api
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN
from vmspec.cli.options import not_empty
from vmspec.cli.output.console import echo_err, shown_path, write_document
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.catalogue import Catalogue

FILE = "katapult.json"


@click.command("catalogue")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    callback=not_empty,
    help=f"File to write, such as {FILE}, or - [default: standard output].",
)
@connection_options
@reads_api
def command(output: str | None, connection: ConnectionOptions) -> int:
    """Read data centers, packages, templates, networks, addresses, tags, limits and more, for `vmspec
    validate --catalogue FILE`. A file that says the same already is left alone.
    """
    from vmspec.catalogue import dump_catalogue
    from vmspec.catalogue.file import dumps_catalogue

    with connection.client(echo_err) as katapult:
        catalogue = katapult.catalogue()
    for line in unreadable_lines(catalogue):
        echo_err(line)
    if output in (None, STDIN):
        write_document(dumps_catalogue(catalogue))
        return ExitCode.OK
    path = Path(output)
    is_changed = dump_catalogue(catalogue, path)
    echo_err(f"{shown_path(output)}: {'written' if is_changed else 'unchanged'}")
    return ExitCode.OK


def unreadable_lines(catalogue: Catalogue) -> list[str]:
    """Return a line for each reason why some kinds could not be read, but not for those without endpoint."""
    by_code: dict[str, list[str]] = {}
    for name, code in catalogue.unreadable.items():
        if code != "no_endpoint":
            by_code.setdefault(code, []).append(name)
    return [
        f"warning: not readable ({printable(code)}): {', '.join(sorted(names))}"
        for code, names in sorted(by_code.items())
    ]
