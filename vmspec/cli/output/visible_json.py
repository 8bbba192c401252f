"""What may be shown of JSON.

Where it cannot be read on, all that follows is hidden, and so is a text right before: a quote may be
missing there, and quotes open where they were meant to close.
"""

from __future__ import annotations

import re

from vmspec.cli.output.sight import Astray, Frames
from vmspec.cli.output.visible import Marks

_STRING = r'"(?:[^"\\\n]|\\.)*+"'
_TOKEN = re.compile(
    rf"\s*+(?:(?P<key>{_STRING})(?=\s*:)|(?P<text>{_STRING})"
    r'|(?P<word>[^\s"{}\[\],:]++)|(?P<mark>[{}\[\],:]))'
)
_WORD = re.compile(r"true|false|null|-?[0-9][0-9.eE+-]*+", re.ASCII)

_VALUE = frozenset({"text", "word", "{", "["})
_KEY = frozenset({"key"})
_AFTER = {"{": _KEY | {"}"}, "[": _VALUE | {"]"}, "key": frozenset({":"}), ":": _VALUE}
"""What may come after a token, where it is the same in mappings and lists."""
_AFTER_VALUE = {True: frozenset({",", "}"}), False: frozenset({",", "]"}), None: frozenset[str]()}
"""What may come after a value in a mapping, in a list, and in neither."""


def visible_json(text: str) -> Marks:
    """What may be shown of a JSON document, well formed or not."""
    marks, frames = Marks(len(text)), Frames()
    expected, position, text_before = _VALUE, 0, (0, 0)
    while found := _TOKEN.match(text, position):
        kind = found["mark"] or found.lastgroup or ""
        try:
            if kind not in expected:
                _miss_comma(frames, kind, expected)
            _see(found, kind, frames, marks)
        except Astray:
            break
        if kind not in expected or (kind == "word" and not _WORD.fullmatch(found["word"])):
            return marks  # nothing but this is wrong yet, and it is what an excerpt is for
        expected = _expected_after(kind, frames)
        text_before = found.span() if kind == "text" else (0, 0)
        position = found.end()
    marks.hide(*text_before)
    return marks


def _miss_comma(frames: Frames, kind: str, expected: frozenset[str]) -> None:
    """Goes on to a key before which a comma is missing; raises Astray of all else that is not expected."""
    if kind != "key" or "," not in expected:
        raise Astray
    frames.next()


def _see(found: re.Match[str], kind: str, frames: Frames, marks: Marks) -> None:
    """Follows a token, and shows it where it may be."""
    start, end = found.span()
    match kind:
        case "key":
            start, key = found.start("key"), found["key"][1:-1]
            visible = frames.key(key)
            if visible != key:
                end = start + 1 + len(visible) if visible else start
        case "text" | "word":
            end = end if frames.scalar() else start
        case "{" | "[":
            frames.enter(is_mapping=kind == "{")
        case "}" | "]":
            frames.leave(is_mapping=kind == "}")
        case ",":
            frames.next()
    marks.show(start, end)


def _expected_after(kind: str, frames: Frames) -> frozenset[str]:
    known = _AFTER.get(kind)
    if known is not None:
        return known
    if kind == ",":
        return _KEY if frames.in_mapping else _VALUE
    return _AFTER_VALUE[frames.in_mapping]
