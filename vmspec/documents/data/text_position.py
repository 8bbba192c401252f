"""Positions within a string of a JSON or YAML document."""

from __future__ import annotations

import re

from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode
from vmspec.documents.line_index import Position, TextLineIndex

_CHARACTER = {
    '"': re.compile(
        r"\\u[dD][89abAB]..\\u[dD][c-fC-F].. | \\u.{4} | \\U.{8} | \\x.. | \\. | .", re.VERBOSE | re.DOTALL
    ),
    "'": re.compile("''|.", re.DOTALL),
}
"""One character of a quoted string as it is written, by quote."""


def position_in_text(node: DataNode, text: str, path: str, offset: int) -> Position | None:
    """Return the line and column of a character in a string.

    The path has no index. Returns None if the string is folded, so that its lines are not those of the text.
    """
    for step in path.split("."):
        assert isinstance(node, MappingNode)  # the document has been read
        node = next(value for key, value in node.entries if key.text == step)
    assert isinstance(node, ScalarNode)
    index = _source_index(text[node.start : node.end], node.text, offset)
    return TextLineIndex(text).of(node.start + index) if index is not None else None


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
