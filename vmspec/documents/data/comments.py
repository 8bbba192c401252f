"""The comments in a YAML document."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from attrs import frozen

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
    """Return True for the text of a comment that begins with ``vmspec:``."""
    return _FOR_VMSPEC.match(comment) is not None


def comments(text: str) -> list[Comment]:
    """Return the comments for vmspec."""
    return [
        Comment(comment.text[1:], (comment.line, comment.column), [comment.target])
        for comment in all_comments(text, scalar_spans(text))
        if comment.is_for_vmspec
    ]


def all_comments(text: str, scalars: list[Span]) -> Iterator[YAMLComment]:
    """Yield all comments of a document, given the spans of its scalars."""
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


def scalar_spans(text: str) -> list[Span]:
    """Return the start and end of the content of each scalar."""
    import yaml

    from vmspec.documents.data.yaml import LOADER

    events = yaml.parse(text, Loader=LOADER)
    return [content_span(event, text) for event in events if isinstance(event, yaml.ScalarEvent)]


def content_span(event: Any, text: str) -> Span:
    """Return the span of a scalar without the header of a block, where a comment may stand."""
    start, end = event.start_mark.index, event.end_mark.index
    if event.style in ("|", ">"):
        newline = text.find("\n", start, end)
        start = newline if newline >= 0 else end
    return start, end
