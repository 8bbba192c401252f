"""Strict JSON to nodes with places, and plain data to JSON.

The standard library's reader gives no places, takes NaN, and keeps the last of two equal keys; its
string scanner is used.
"""

from __future__ import annotations

import json
import re

from vmspec.documents.data.nodes import (
    DEPTH,
    NODES,
    DataNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    refusal,
    too_large,
)
from vmspec.documents.line_index import TextLineIndex

_STRINGS = json.JSONDecoder()

_BLANKS = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_WORDS = {"true": "boolean", "false": "boolean", "null": "null"}
_WORD = re.compile(r"[A-Za-z_]+", re.ASCII)
_LINE_END = r"write \n for the end of a line, or close the quotes before it"
_CONTROLS = {"\n": _LINE_END, "\r": _LINE_END, "\t": r"write \t for a tab"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def read(text: str) -> DataNode:
    """The nodes of a JSON text; raises MalformedDocumentError."""
    return _Reader(text).document()


def write(data: object) -> str:
    """JSON with indent 2 and a final LF; characters stand for themselves."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = TextLineIndex(text).of
        self._nodes = 0

    def document(self) -> DataNode:
        node, end = self._value(self._skip(0), 0)
        end = self._skip(end)
        if end != len(self._text):
            raise self._refusal("more text after the end of the JSON value", end)
        return node

    def _refusal(self, message: str, offset: int, hint: str | None = None) -> Exception:
        return refusal(message, *self._place(offset), hint)

    def _skip(self, offset: int) -> int:
        found = _BLANKS.match(self._text, offset)
        return found.end() if found else offset

    def _value(self, offset: int, depth: int) -> tuple[DataNode, int]:
        self._nodes += 1
        if depth > DEPTH or self._nodes > NODES:
            raise too_large(*self._place(offset))
        match self._text[offset : offset + 1]:
            case "{":
                return self._mapping(offset, depth)
            case "[":
                return self._sequence(offset, depth)
            case '"':
                return self._string(offset)
            case "":
                raise self._refusal("the JSON text ends too early", offset)
            case _:
                return self._word(offset)

    def _mapping(self, start: int, depth: int) -> tuple[DataNode, int]:
        entries: list[tuple[ScalarNode, DataNode]] = []
        offset = self._skip(start + 1)
        while not (closed := self._text.startswith("}", offset)) or entries:
            if entries:
                if closed:
                    break
                offset = self._comma(offset, "}")
            if not self._text.startswith('"', offset):
                raise self._refusal("a key in double quotes is expected here", offset)
            key, offset = self._string(offset)
            offset = self._skip(offset)
            if not self._text.startswith(":", offset):
                raise self._refusal('":" is expected after a key', offset)
            value, offset = self._value(self._skip(offset + 1), depth + 1)
            entries.append((key, value))
            offset = self._skip(offset)
        return MappingNode(tuple(entries), *self._place(start)), offset + 1

    def _sequence(self, start: int, depth: int) -> tuple[DataNode, int]:
        items: list[DataNode] = []
        offset = self._skip(start + 1)
        while not (closed := self._text.startswith("]", offset)) or items:
            if items:
                if closed:
                    break
                offset = self._comma(offset, "]")
            item, offset = self._value(offset, depth + 1)
            items.append(item)
            offset = self._skip(offset)
        return SequenceNode(tuple(items), *self._place(start)), offset + 1

    def _comma(self, offset: int, closing: str) -> int:
        if not self._text.startswith(",", offset):
            if offset == len(self._text):
                raise self._refusal("the JSON text ends too early", offset)
            raise self._refusal(f'"," or "{closing}" is expected here', offset)
        after = self._skip(offset + 1)
        if self._text.startswith(closing, after):
            raise self._refusal("a comma before the end", offset, "leave it out")
        return after

    def _string(self, offset: int) -> tuple[ScalarNode, int]:
        try:
            text, end = _STRINGS.raw_decode(self._text, offset)
        except json.JSONDecodeError as error:
            message, hint = _in_text(error)
            raise self._refusal(message, error.pos, hint) from None
        if _SURROGATE.search(text):
            raise self._refusal("half of a surrogate pair, which no text can hold", offset)
        return ScalarNode(text, "text", *self._place(offset)), end

    def _word(self, offset: int) -> tuple[DataNode, int]:
        number = _NUMBER.match(self._text, offset)
        if number:
            if len(number.group()) > 32:
                raise self._refusal("a number of more than 32 characters, which no spec needs", offset)
            return ScalarNode(number.group(), "number", *self._place(offset)), number.end()
        word = _WORD.match(self._text, offset)
        kind = _WORDS.get(word.group()) if word else None
        if word and kind:
            return ScalarNode(word.group(), kind, *self._place(offset)), word.end()
        raise self._refusal("a JSON value is expected here", offset, "put text in double quotes")


def _in_text(error: json.JSONDecodeError) -> tuple[str, str]:
    """Message and hint for what is wrong within the quotes of a text."""
    match error.msg.split()[:2]:
        case ["Unterminated", _]:
            return "a text that is not closed", 'close it with "'
        case ["Invalid", "control"]:
            return "a control character in a text", _CONTROLS.get(error.doc[error.pos], "leave it out")
        case ["Invalid", "\\uXXXX"]:
            return "a \\u without four hexadecimal digits", r"write all four, or \\ where \ itself is meant"
        case _:
            return "a \\ that begins no escape", r"write \\ where \ itself is meant"
