"""Fixing documents in place, or showing what would be fixed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from attrs import define

from vmspec.cli.inputs.paths import reason_of
from vmspec.cli.inputs.sources import Source
from vmspec.cli.output.console import echo, echo_err, print_error, supports_colour, write_document
from vmspec.cli.output.text import pluralize
from vmspec.cli.output.text_diff import unified_diff
from vmspec.documents.files import replace_file
from vmspec.errors import DocumentError
from vmspec.findings import Finding
from vmspec.validation.fixing import FixedDocument, Select, fix_document


@define
class Fixer:
    """Applies fixes; with ``diff``, it shows them instead."""

    unsafe: bool
    diff: bool
    quiet: bool
    differing: int = 0
    """Documents that would change."""
    failed: int = 0
    """Documents that could not be written."""

    def fix(self, source: Source, select: Select) -> Source:
        """Fix a document and return it as it is then."""
        fixed = self._fixed(source, select)
        if self.diff:
            if fixed is not None:
                self.differing += 1
                _print_diff(source, fixed)
            return source
        if source.path is None:
            if fixed is not None:
                self._report(source, fixed.fixed)
            return _written_to_stdout(source, fixed)
        if fixed is None:
            return source
        try:
            replace_file(source.path, source.data, fixed.data)
        except OSError as error:
            print_error(f"{source.name}: {reason_of(error)}")
            self.failed += 1
            return source
        self._report(source, fixed.fixed)
        return source._replace(data=fixed.data)

    def _fixed(self, source: Source, select: Select) -> FixedDocument | None:
        """Return the fixed document, or None if nothing is to be fixed."""
        if not source.is_recognized:
            return None
        try:
            fixed = fix_document(source.data, source.format, unsafe=self.unsafe, select=select)
        except DocumentError:
            return None
        if fixed.data == source.data:
            return None
        reason = _reason_to_skip(source)
        if reason is not None:
            echo_err(f"{source.name}: not fixed, {reason}")
            return None
        return fixed

    def _report(self, source: Source, fixed: Sequence[Finding]) -> None:
        if not self.quiet:
            echo_err(f"{source.name}: {pluralize(len(fixed), 'finding')} fixed")


def _reason_to_skip(source: Source) -> str | None:
    if source.path is not None and source.path.is_symlink():
        return "a symbolic link"
    return "not a regular file" if source.path is not None and not source.path.is_file() else None


def _written_to_stdout(source: Source, fixed: FixedDocument | None) -> Source:
    data = source.data if fixed is None else fixed.data
    write_document(data.decode("utf-8", "replace"))
    return source._replace(data=data)


def _print_diff(source: Source, fixed: FixedDocument) -> None:
    before, after = source.data.decode(), fixed.data.decode()
    colours = {"-": "red", "+": "green", "@": "cyan"} if supports_colour(sys.stdout) else {}
    for line in unified_diff(before, after, source.name, source.format, label="fixed"):
        colour = colours.get(line[:1])
        echo(click.style(line, fg=colour) if colour else line)
