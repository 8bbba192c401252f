"""The comments in a YAML document."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from attrs import frozen

from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.document import Comment
from vmspec.documents.line_index import Span, TextLineIndex

_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
"""A comment up to the end of its line; YAML has five ends of a line."""

_FOR_VMSPEC = re.compile(r"#[ \t]*vmspec:")
_ONLY_DASHES = re.compile(r"\s*(?:-[ \t]+)*")
"""The start of a line before a comment for the next line: a list item that begins on this line has the
position of its first key."""
_NO_CONTENT = re.compile(r"\s*(?:#.*|---\s*|%.*)?")


@frozen
class YAMLComment:
    """A comment, and the line that it is for."""

    text: str
    offset: int
    line: int
    column: int
    is_alone: bool
    """True if nothing but dashes stands before it on its line."""
    target: int
    """The next line with content if it is alone, else its own line."""

    @property
    def is_for_vmspec(self) -> bool:
        """True if it begins with ``vmspec:``."""
        return is_for_vmspec(self.text)


def is_for_vmspec(comment: str) -> bool:
    """Return True for a comment that begins with ``vmspec:``."""
    return _FOR_VMSPEC.match(comment) is not None


def comments_for_vmspec(node: DataNode, text: str) -> list[Comment]:
    """Return the comments for vmspec in a text, given its nodes."""
    return [
        Comment(comment.text[1:], (comment.line, comment.column), [comment.target])
        for comment in all_comments(text, scalar_spans(node, text))
        if comment.is_for_vmspec
    ]


def all_comments(text: str, scalars: Sequence[Span]) -> Iterator[YAMLComment]:
    """Yield all comments in a text, given the spans of its scalars."""
    positions = TextLineIndex(text)
    starts = [start for start, _ in scalars]
    lines = text.split("\n")
    following = _following_content(lines)
    offset = 0
    while match := _COMMENT.search(text, offset):
        index = bisect_right(starts, match.start()) - 1
        if index >= 0 and match.start() < scalars[index][1]:  # within a scalar it does not begin a comment
            offset = scalars[index][1]
            continue
        offset = match.end()
        line, column = positions.of(match.start())
        is_alone = _ONLY_DASHES.fullmatch(lines[line - 1], 0, column - 1) is not None
        target = following[line - 1] if is_alone else line
        yield YAMLComment(match[0].rstrip(), match.start(), line, column, is_alone, target)


def _following_content(lines: list[str]) -> list[int]:
    """Return for each line the number of the next one that holds more than a comment or a marker."""
    following = [0] * len(lines)
    next_one = len(lines) + 1
    for index in range(len(lines) - 1, -1, -1):
        following[index] = next_one
        if not _NO_CONTENT.fullmatch(lines[index]):
            next_one = index + 1
    return following


def scalar_spans(node: DataNode, text: str) -> list[Span]:
    """Return the span of each scalar, of a block without its header: there may be a comment in that."""
    spans: list[Span] = []
    for scalar in _scalars(node):
        start = scalar.start
        if text.startswith(("|", ">"), start):
            start = text.find("\n", start, scalar.end)
        spans.append((start if start >= 0 else scalar.end, scalar.end))
    return spans


def _scalars(node: DataNode) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode():
            yield node
        case SequenceNode():
            for item in node.items:
                yield from _scalars(item)
        case MappingNode():
            for key, value in node.entries:
                yield key
                yield from _scalars(value)
