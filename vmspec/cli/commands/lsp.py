"""``vmspec lsp``: the language server, on standard input and output."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from vmspec.cli import options
from vmspec.cli.config import selection_for
from vmspec.cli.inputs.catalogues import read_catalogue
from vmspec.findings import Finding


@click.command("lsp")
@options.text("--catalogue", "FILE", "Complete and check names by the file of vmspec catalogue.")
def command(catalogue: str | None) -> None:
    """Editors start this command. It needs the extra lsp: pip install "vmspec[lsp]"."""
    try:
        from vmspec.lsp.server import new_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise click.UsageError('the language server needs pygls; install "vmspec[lsp]"') from None
    selection, organization = selection_for(), read_catalogue(catalogue)

    def select(findings: Sequence[Finding]) -> Sequence[Finding]:
        if selection is None:
            return findings
        from vmspec.validation.selection import apply

        return apply(findings, selection)

    # pygls closes the streams that it is given
    new_server(select, organization).start_io(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
