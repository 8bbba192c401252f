"""The places of keys, list items and brackets in a YAML document."""

from __future__ import annotations

from bisect import bisect_left

from attrs import frozen

from vmspec.documents.data.nodes import DataNode, Path, ScalarNode, SequenceNode
from vmspec.documents.line_index import TextLineIndex


@frozen
class Start:
    """The beginning of a key or list item."""

    path: Path
    offset: int
    line: int
    column: int
    """Column of the key, or of the dash of the item."""


@frozen
class Brackets:
    """A collection in brackets that is not inside another one."""

    start: int
    end: int
    path: Path


class Places:
    """The places in one document."""

    def __init__(self, node: DataNode, text: str) -> None:
        self.starts: list[Start] = []
        self.brackets: list[Brackets] = []
        self.first_keys: dict[Path, str] = {}
        """The first key of each mapping."""
        self.colons: dict[Path, int] = {}
        """The offset behind the colon of each key."""
        self.scalars: dict[Path, int] = {}
        """The offset of each value that is not a collection."""
        self.columns: dict[Path, int] = {}
        """The column at which the entries of each collection begin, unless it is in brackets."""
        self._text = text
        self._position_of = TextLineIndex(text).of
        self._add(node, (), is_inside=False)

    def brackets_at(self, offset: int) -> Brackets | None:
        """Return the brackets around an offset."""
        index = bisect_left(self.brackets, offset, key=lambda brackets: brackets.start) - 1
        return self.brackets[index] if index >= 0 and offset < self.brackets[index].end else None

    def lines_of(self, brackets: Brackets) -> range:
        """Return the lines from the opening to the closing bracket."""
        return range(self._position_of(brackets.start)[0], self._position_of(brackets.end - 1)[0] + 1)

    def _add(self, node: DataNode, path: Path, *, is_inside: bool) -> None:
        if isinstance(node, ScalarNode):
            self.scalars[path] = node.start
            return
        column = self._position_of(node.start)[1]
        if self._text.startswith(("{", "["), node.start):
            if not is_inside:
                self.brackets.append(Brackets(node.start, node.end, path))
            is_inside = True
        else:
            self.columns[path] = column
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.items):
                self._add_start((*path, index), item.start, column)
                self._add(item, (*path, index), is_inside=is_inside)
            return
        for key, value in node.entries:
            where = (*path, key.text)
            self.first_keys.setdefault(path, key.text)
            self.colons[where] = self._text.find(":", key.end) + 1
            self._add_start(where, key.start, column)
            self._add(value, where, is_inside=is_inside)

    def _add_start(self, path: Path, offset: int, column: int) -> None:
        self.starts.append(Start(path, offset, self._position_of(offset)[0], column))


def outermost(starts: list[Start]) -> list[Start]:
    """Return keys and items without those inside others of them."""
    paths = {start.path for start in starts}
    return [
        start
        for start in starts
        if not any(start.path[:length] in paths for length in range(1, len(start.path)))
    ]
