"""The comments for vmspec in a YAML document."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

from vmspec.documents.document import Comment
from vmspec.documents.line_index import TextLineIndex

_COMMENT = re.compile(r"#([ \t]*vmspec:[^\n]*)")
_ONLY_DASHES = re.compile(r"\s*(?:-[ \t]+)*")
"""The start of a line before a comment for the next line: a list item that begins on this line has the
position of its first key."""
_NO_CONTENT = re.compile(r"\s*(?:#.*|---\s*|%.*)?")


def comments(text: str) -> list[Comment]:
    """Return the comments for vmspec.

    Each is for its line, or, if it is alone or stands behind a dash, for the next line with content.
    """
    positions, scalars = TextLineIndex(text), _scalars(text)
    starts = [start for start, _ in scalars]
    lines = text.split("\n")
    following = _following_content(lines)
    found: list[Comment] = []
    for match in _COMMENT.finditer(text):
        index = bisect_right(starts, match.start()) - 1
        if index >= 0 and match.start() < scalars[index][1]:
            continue
        line, column = positions.of(match.start())
        is_alone = _ONLY_DASHES.fullmatch(lines[line - 1], 0, column - 1)
        found.append(Comment(match[1], (line, column), [following[line - 1] if is_alone else line]))
    return found


def _following_content(lines: list[str]) -> list[int]:
    """Return for each line the number of the next one that holds more than a comment or a marker."""
    following = [0] * len(lines)
    next_one = len(lines) + 1
    for index in range(len(lines) - 1, -1, -1):
        following[index] = next_one
        if not _NO_CONTENT.fullmatch(lines[index]):
            next_one = index + 1
    return following


def _scalars(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each scalar; a comment sign within one does not begin a comment."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    marks: list[tuple[Any, Any]] = [
        (event.start_mark, event.end_mark)
        for event in yaml.parse(text, Loader=loader)
        if isinstance(event, yaml.ScalarEvent)
    ]
    return [(start.index, end.index) for start, end in marks]
