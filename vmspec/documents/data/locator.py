"""Finds the positions of fields, and of characters in them, in a JSON or YAML document."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.line_index import Position, TextLineIndex
from vmspec.model.schema import Inline, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

_CHARACTER = {
    '"': re.compile(
        r"\\u[dD][89abAB]..\\u[dD][c-fC-F].. | \\u.{4} | \\U.{8} | \\x.. | \\. | .", re.VERBOSE | re.DOTALL
    ),
    "'": re.compile("''|.", re.DOTALL),
}
"""One character of a quoted string as it is written, by quote."""


class Step(NamedTuple):
    """One step of a path: to the value of one of some keys, or to an item of a list."""

    keys: Collection[str]
    item: int | None
    is_inline: bool = False
    """True if the keys are those of a value that has no key of its own."""


class Locator:
    """The positions in one document that was read."""

    def __init__(self, node: DataNode, text: str) -> None:
        self._node = node
        self._text = text
        self._position_of = TextLineIndex(text).of

    def of(self, path: str) -> Position:
        """Return the line and column of a field, or of the nearest one around it if it is absent."""
        return self._position_of(_find(self._node, path)[1])

    def contains(self, path: str) -> bool:
        """Return True if the document holds a field, even an empty one."""
        return _find(self._node, path)[0] is not None

    def in_text(self, path: str, offset: int) -> Position:
        """Return the line and column of a character in a string, or of its field if the string is folded."""
        node, _ = _find(self._node, path)
        assert isinstance(node, ScalarNode)  # the document was read
        index = _source_index(self._text[node.start : node.end], node.text, offset)
        return self.of(path) if index is None else self._position_of(node.start + index)


def _find(node: DataNode, path: str) -> tuple[DataNode | None, int]:
    """Return the node and offset of a field; without a node, the offset of the nearest one around it.

    A field is where its key is, an item of a list where it begins.
    """
    offset = node.start
    for step in steps_of(path):
        if step.item is not None:
            if not isinstance(node, SequenceNode) or step.item >= len(node.items):
                return None, offset
            node = node.items[step.item]
            offset = node.start
            continue
        entries = node.entries if isinstance(node, MappingNode) else ()
        entry = next(((key, value) for key, value in entries if key.text in step.keys), None)
        if entry is None:
            return None, offset
        offset = entry[0].start
        if not step.is_inline:
            node = entry[1]
    return node, offset


def steps_of(path: str) -> Iterator[Step]:
    """Yield the steps of a path."""
    cls: type[Part] | None = VirtualMachineSpec
    for name, index in _STEP.findall(path):
        if index:
            yield Step((), int(index))
        else:
            keys, cls = _keys_and_class(cls, name)
            yield Step(keys, None, name not in keys)


def _keys_and_class(cls: type[Part] | None, name: str) -> tuple[Collection[str], type[Part] | None]:
    """Return the keys of a field, of which an inline one has several, and the class of its value."""
    for field in fields_of(cls) if cls is not None else ():
        if field.name == name:
            if isinstance(field.binding, Inline) and field.lookup is not None:
                return lookup_keys(field.lookup), None
            return (name,), field.part
    return (name,), None


def _source_index(source: str, value: str, offset: int) -> int | None:
    if source.startswith("|"):
        return _index_in_block(source, value, offset)
    if "\n" in source:
        return None
    pattern = _CHARACTER.get(source[:1])
    if pattern is None:
        return offset
    index = 1
    for _ in range(offset):
        character = pattern.match(source, index)
        if character is None:
            return None
        index = character.end()
    return index


def _index_in_block(source: str, value: str, offset: int) -> int | None:
    """Return the index in a literal block, whose lines are those of the value with an indent."""
    number, column = value.count("\n", 0, offset), offset - value.rfind("\n", 0, offset) - 1
    lines = source.split("\n")
    if number + 1 >= len(lines):
        return None
    indent = len(lines[number + 1].removesuffix("\r")) - len(value.split("\n")[number])
    return sum(len(line) + 1 for line in lines[: number + 1]) + indent + column
