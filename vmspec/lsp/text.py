"""The text of an open document, with its findings, and positions as the protocol counts them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import PurePath

from lsprotocol import types
from pygls.uris import to_fs_path

from vmspec.catalogue import Catalogue
from vmspec.documents.detection import is_nearly_spec, is_spec
from vmspec.documents.formats import FormatName, format_of_name, format_of_text
from vmspec.documents.limits import MAX_SIZE
from vmspec.documents.line_index import Span
from vmspec.findings import Edit, Finding
from vmspec.lsp.data_place import top_level_keys
from vmspec.model.schema import fields_of
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation import Report, validate
from vmspec.validation.extent import with_ends
from vmspec.validation.fixes.edits import Positions
from vmspec.validation.fixes.elements import XMLElement, scan
from vmspec.validation.fixes.guesses import guess_name

Select = Callable[[Sequence[Finding]], Sequence[Finding]]

_LINE_END = re.compile(r"\r\n|\n|\r")
_LANGUAGES: dict[str, FormatName] = {"xml": "xml", "json": "json", "jsonc": "json", "yaml": "yaml"}
_UNITS = {types.PositionEncodingKind.Utf8: ("utf-8", 1), types.PositionEncodingKind.Utf16: ("utf-16-le", 2)}
"""Encoding and bytes of the units in which a client counts characters."""


_KEYS = [field.name for field in fields_of(VirtualMachineSpec)]

MAX_KEYS = 50
"""Keys at the top that are looked at; a spec has at most seventeen."""


class Text:
    """One version of a document; it never changes."""

    def __init__(
        self,
        uri: str,
        source: str,
        *,
        language: str = "",
        version: int | None = None,
        encoding: str = "",
        catalogue: Catalogue | None = None,
    ) -> None:
        self.uri, self.source, self.language, self.version = uri, source, language, version
        self._catalogue = catalogue
        self._units = _UNITS.get(types.PositionEncodingKind(encoding or "utf-16"))

    @cached_property
    def data(self) -> bytes:
        """The bytes of the document."""
        return self.source.encode("utf-8", "replace")

    @cached_property
    def format(self) -> FormatName:
        """The format, by the suffix of the file, the language of the editor, or the text."""
        by_name = format_of_name(PurePath(to_fs_path(self.uri) or ""))
        return by_name or _LANGUAGES.get(self.language) or format_of_text(self.data)

    @cached_property
    def is_spec(self) -> bool:
        """True for a document that is meant to be a spec, even if its root or keys are misspelt."""
        if self.format == "xml" or is_spec(self.data):
            return is_spec(self.data) or is_nearly_spec(self.data)
        guesses = ((key, guess_name(key, _KEYS)) for key in top_level_keys(self.source)[:MAX_KEYS])
        return is_spec("".join(f"{guess.word if guess else key}:\n" for key, guess in guesses).encode())

    @cached_property
    def may_become_spec(self) -> bool:
        """True for a spec, and for a document that is as good as empty or has only keys of a spec.

        A document over the size limit is not looked at any further.
        """
        if self.is_spec or len(self.source) > MAX_SIZE:
            return len(self.source) <= MAX_SIZE
        if self.format == "xml":
            return re.search(r"<[A-Za-z]\w*[\s>]", self.source) is None
        keys = top_level_keys(self.source)
        known_keys = sum(key in _KEYS for key in keys)
        return len(keys) - known_keys <= max(known_keys, 1)

    @cached_property
    def report(self) -> Report:
        """The report of ``validate``; empty for a document that is not a spec."""
        return validate(self.source, self.format, catalogue=self._catalogue) if self.is_spec else Report()

    def findings(self, select: Select) -> Sequence[Finding]:
        """Return the findings that a project selects, with their ends."""
        return with_ends(select(self.report.findings), self.source)

    @cached_property
    def elements(self) -> list[XMLElement]:
        """The elements of an XML document."""
        return scan(self.source)

    # Positions

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self.source))]

    @cached_property
    def _positions(self) -> Positions:
        return Positions(self.source)

    def position_of(self, offset: int) -> types.Position:
        """Return the position of a character."""
        line = bisect_right(self._starts, offset) - 1
        return types.Position(line, self._length(self.source[self._starts[line] : offset]))

    def _length(self, text: str) -> int:
        if self._units is None or text.isascii():
            return len(text)
        encoding, size = self._units
        return len(text.encode(encoding, "surrogatepass")) // size

    def offset_of(self, position: types.Position) -> int:
        """Return the offset of a position, or of the nearest one."""
        if position.line >= len(self._starts):
            return len(self.source)
        start = self._starts[position.line]
        end = self._starts[position.line + 1] if position.line + 1 < len(self._starts) else len(self.source)
        line = _LINE_END.sub("", self.source[start:end])
        if self._units is None or line.isascii():
            return start + min(position.character, len(line))
        encoding, size = self._units
        units = line.encode(encoding, "surrogatepass")[: position.character * size]
        return start + len(units.decode(encoding, "ignore"))

    def range_of(self, span: Span) -> types.Range:
        """Return the range of a piece of text."""
        return types.Range(self.position_of(span[0]), self.position_of(span[1]))

    @property
    def whole(self) -> types.Range:
        """The range of the whole text."""
        return self.range_of((0, len(self.source)))

    def range_of_finding(self, finding: Finding) -> types.Range:
        """Return the range of a finding; the start of the document without a place."""
        if finding.line is None or finding.column is None:
            return self.range_of((0, 0))
        start = self._positions.offset_of(finding.line, finding.column)
        end = start if finding.end_column is None else start + finding.end_column - finding.column
        return self.range_of((start, max(end, start)))

    def range_of_edit(self, edit: Edit) -> types.Range:
        """Return the range that an edit replaces."""
        start = self._positions.offset_of(edit.line, edit.column)
        return self.range_of((start, self._positions.offset_of(edit.end_line, edit.end_column)))
