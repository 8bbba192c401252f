"""Positions within the text of an XML element."""

from __future__ import annotations

from vmspec.documents.line_index import LineIndex, Position
from vmspec.documents.xml import limits
from vmspec.model.element_tree import root


def position_in_text(data: bytes, path: str, offset: int) -> Position | None:
    """Return the line and column of a character in the text of an element.

    The path has no index, and the document has been read. Returns None if the text is too short.
    """
    parser = limits.new_parser()
    wanted = _tags(path)
    opened: list[str] = []
    left, found = offset, -1

    def start(tag: str, _: object) -> None:
        opened.append(tag)

    def end(_: str) -> None:
        opened.pop()

    def text(chunk: str) -> None:
        nonlocal left, found
        if opened != wanted or found >= 0:
            return
        if left < len(chunk):
            found = parser.CurrentByteIndex + len(chunk[:left].encode())
        left -= len(chunk)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    limits.parse_events(parser, data)
    return LineIndex(data).of(found) if found >= 0 else None


def _tags(path: str) -> list[str]:
    node = root()
    tags = [node.tag]
    for step in path.split("."):
        node = next(child for child in node.children.values() if child.step == step)
        tags.append(node.tag)
    return tags
