"""Writes plain data as YAML, with the comments and blank lines of a layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vmspec.documents.data.nodes import Path
from vmspec.documents.data.yaml.layout import BLANK, Layout
from vmspec.documents.data.yaml.writer import OPEN_END, write_string

_STEP = "  "


def weave(data: dict[str, Any], layout: Layout) -> str:
    """Return plain data as canonical YAML with the comments and blank lines of a layout."""
    weaver = _Weaver(layout)
    weaver.document(data)
    text = "\n".join(weaver.lines) + "\n"
    return f"{text}...\n" if text.endswith(OPEN_END) else text


class _Weaver:
    def __init__(self, layout: Layout) -> None:
        self.lines: list[str] = []
        self._layout = layout
        self._commented, self._leading = layout.commented, layout.leading
        self._has_content = False
        self._may_be_blank = False
        """False where a blank line would be the first in a collection, or part of a block of text."""

    def document(self, data: dict[str, Any]) -> None:
        self._notes(self._layout.header, "")
        if data:
            self._mapping((), data, "")
        else:
            self._line("{}", [()])
            self._notes(self._layout.after.get((), ()), "")
        self._notes(self._layout.footer, "")

    def _mapping(self, path: Path, data: dict[str, Any], indent: str, dash: str | None = None) -> None:
        """Write a mapping; that of a list item begins behind the dash of the item."""
        for number, (key, value) in enumerate(self._in_order(path, data)):
            where = (*path, key)
            is_item = dash is not None and number == 0
            start, paths = (dash, [path, where]) if is_item else (indent, [where])
            self._value(paths, f"{start}{key}:", value, indent + _STEP)
        self._notes(self._layout.after.get(path, ()), indent)

    def _value(self, paths: Sequence[Path], start: str, value: Any, indent: str) -> None:
        """Write what ``start`` begins; each further line begins with ``indent``."""
        path = paths[-1]
        if path in self._layout.verbatim:
            space = "" if start.endswith(":") else " "
            self._line(f"{start}{space}{self._layout.verbatim[path]}", paths)
        elif value and isinstance(value, dict):
            if start.endswith("-"):
                self._mapping(path, value, indent, f"{start} ")
                return
            self._line(start, paths)
            self._may_be_blank = False
            self._mapping(path, value, indent)
        elif value and isinstance(value, list):
            self._line(start, paths)
            self._may_be_blank = False
            for index, item in enumerate(value):
                self._value([(*path, index)], f"{indent}-", item, indent + _STEP)
            self._notes(self._layout.after.get(path, ()), indent)
        else:
            self._line(f"{start} {_scalar(value, indent)}", paths, self._layout.after.get(path, ()))

    def _line(self, text: str, paths: Sequence[Path], more: Iterable[str] = ()) -> None:
        """Write a line, which may have others below it, with the comments before it and at its end."""
        layout, indent = self._layout, text[: len(text) - len(text.lstrip(" "))]
        ends = [comment for path in paths for comment in layout.at_end.get(path, ())]
        before = [note for path in paths for note in layout.before.get(path, ())]
        if not self._has_content:  # what a blank line separates from the first key belongs to the header
            before = [*before[:1], *filter(None, before[1:])]
            self._has_content = True
        self._notes(before, indent)
        has_own_end = paths[-1] in layout.verbatim
        self._notes([*more, *(ends if has_own_end else ends[1:])], indent)
        first, *others = text.split("\n")
        self.lines += (f"{first}  {ends[0]}" if ends and not has_own_end else first, *others)
        self._may_be_blank = bool(self.lines[-1])

    def _notes(self, notes: Iterable[str], indent: str) -> None:
        """Write comments and blank lines."""
        for note in notes:
            if note != BLANK:
                self.lines.append(indent + note)
                self._may_be_blank = True
            elif self._may_be_blank and self.lines[-1]:
                self.lines.append("")

    def _in_order(self, path: Path, data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield the entries of a mapping; a key stays the first if that decides what a suppression is for."""
        leading = (*path, self._layout.first_keys.get(path, ""))
        keys = [*data]
        if leading in self._leading:
            key = str(leading[-1])
            if data[key] in (None, []) and leading not in self._commented:
                keys.remove(key)  # it is only here to stay the first
            if not self._layout.suppressed.isdisjoint([leading, (*path, keys[0])]):
                keys = [key, *(other for other in keys if other != key)]
        yield from ((key, data[key]) for key in keys)


def _scalar(value: Any, indent: str) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return write_string(value, f"\n{indent}")
        case _:  # a number, or an empty collection
            return str(value)
