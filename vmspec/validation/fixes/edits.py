"""Replacements of characters, by offset, and their application to a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from vmspec.documents.line_index import Span, TextLineIndex
from vmspec.findings import Edit, Fix


class Replacement(NamedTuple):
    """A piece of a text and what to write instead."""

    start: int
    end: int
    text: str


class Correction(NamedTuple):
    """Replacements that correct one mistake."""

    replacements: Sequence[Replacement]
    safe: bool = True


def insert(offset: int, text: str) -> Replacement:
    """Return the insertion of a text."""
    return Replacement(offset, offset, text)


def strip(text: str, start: int, end: int) -> list[Replacement]:
    """Return the removal of the whitespace at both ends of a piece of text."""
    piece = text[start:end]
    first, last = start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
    return [Replacement(*span, "") for span in ((start, first), (last, end)) if span[0] < span[1]]


class Positions:
    """Turns the offsets of a text into the positions of findings and back."""

    def __init__(self, text: str) -> None:
        self._position_of = TextLineIndex(text).of
        self._starts = [0]
        for line in text.split("\n")[:-1]:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset_of(self, line: int, column: int) -> int:
        """Return the offset of a character."""
        return self._starts[line - 1] + column - 1

    def fix(self, correction: Correction) -> Fix:
        """Return a correction as the fix of a finding."""
        edits = [
            Edit(*self._position_of(start), *self._position_of(end), text)
            for start, end, text in sorted(correction.replacements)
        ]
        return Fix(tuple(edits), correction.safe)

    def replacements(self, fix: Fix) -> list[Replacement]:
        """Return the edits of a fix by offset."""
        return [
            Replacement(
                self.offset_of(edit.line, edit.column),
                self.offset_of(edit.end_line, edit.end_column),
                edit.text,
            )
            for edit in fix.edits
        ]


def apply(text: str, replacements: Iterable[Replacement]) -> str:
    """Return a text with replacements, which do not overlap."""
    pieces: list[str] = []
    position = 0
    for start, end, new in sorted(replacements):
        pieces += (text[position:start], new)
        position = end
    return "".join((*pieces, text[position:]))


def spans_after(replacements: Iterable[Replacement]) -> list[Span]:
    """Return the spans of new texts in a text with replacements."""
    spans: list[Span] = []
    shift = 0
    for start, end, new in sorted(replacements):
        spans.append((start + shift, start + shift + len(new)))
        shift += len(new) - (end - start)
    return spans


def overlap(first: Iterable[Replacement], second: Iterable[Replacement]) -> bool:
    """Return True if a replacement touches one of the others."""
    others = [*second]
    return any(a.start <= b.end and b.start <= a.end for a in first for b in others)
