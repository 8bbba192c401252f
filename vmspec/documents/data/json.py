"""Reads strict JSON as nodes with their offsets.

The standard library's reader gives no places, takes NaN, and keeps the last of two equal keys. Its
string scanner is used.
"""

from __future__ import annotations

import json
import re

from vmspec import codes
from vmspec.documents.data.nodes import (
    MAX_DEPTH,
    MAX_NODES,
    DataNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    too_large,
)
from vmspec.documents.limits import malformed
from vmspec.documents.line_index import TextLineIndex
from vmspec.errors import MalformedDocumentError

MAX_NUMBER_LENGTH = 32
"""Characters of a number; the format's largest has nine digits."""

_STRINGS = json.JSONDecoder()

_WHITESPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_LITERALS = {"true": "boolean", "false": "boolean", "null": "null"}
_WORD = re.compile(r"-?[A-Za-z_]+", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")

_VALUE = "a JSON value"
_KEY = "a key in double quotes"
_COMMENTS = ("//", "/*", "#")
_FOREIGN_WORDS = {
    **dict.fromkeys(("NaN", "Infinity", "-Infinity"), ("not a number in JSON", "leave it out")),
    "True": ("not JSON", "write true"),
    "False": ("not JSON", "write false"),
    "None": ("not JSON", "write null, or leave the key out"),
}
"""Words of other languages: a message about each, and a hint."""

_LINE_END = r"write \n for the end of a line, or close the quotes before it"
_CONTROL_CHARACTERS = {"\n": _LINE_END, "\r": _LINE_END, "\t": r"write \t for a tab"}


def read(text: str) -> DataNode:
    """Return the nodes of a JSON text; raises MalformedDocumentError."""
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._nodes = 0

    def document(self) -> DataNode:
        node, end = self._value(self._skip(0), 0)
        end = self._skip(end)
        if end != len(self._text):
            raise self._unexpected("nothing more after the JSON value", end)
        return node

    def _skip(self, offset: int) -> int:
        found = _WHITESPACE.match(self._text, offset)
        return found.end() if found else offset

    def _value(self, offset: int, depth: int) -> tuple[DataNode, int]:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise too_large(TextLineIndex(self._text).of(offset))
        match self._text[offset : offset + 1]:
            case "{":
                return self._mapping(offset, depth)
            case "[":
                return self._sequence(offset, depth)
            case '"':
                return self._string(offset)
            case _:
                return self._number_or_literal(offset)

    def _mapping(self, start: int, depth: int) -> tuple[DataNode, int]:
        entries: list[tuple[ScalarNode, DataNode]] = []
        offset = self._skip(start + 1)
        while not self._text.startswith("}", offset):
            if entries:
                offset = self._comma(offset, "}")
            if not self._text.startswith('"', offset):
                raise self._unexpected(_KEY, offset)
            key, offset = self._string(offset)
            offset = self._skip(offset)
            if not self._text.startswith(":", offset):
                raise self._unexpected('":" after the key', offset)
            value, offset = self._value(self._skip(offset + 1), depth + 1)
            entries.append((key, value))
            offset = self._skip(offset)
        return MappingNode(tuple(entries), start, offset + 1), offset + 1

    def _sequence(self, start: int, depth: int) -> tuple[DataNode, int]:
        items: list[DataNode] = []
        offset = self._skip(start + 1)
        while not self._text.startswith("]", offset):
            if items:
                offset = self._comma(offset, "]")
            item, offset = self._value(offset, depth + 1)
            items.append(item)
            offset = self._skip(offset)
        return SequenceNode(tuple(items), start, offset + 1), offset + 1

    def _comma(self, offset: int, closing: str) -> int:
        """Return the offset of what follows a comma; another item must follow."""
        if not self._text.startswith(",", offset):
            raise self._unexpected(f'"," or "{closing}"', offset)
        after = self._skip(offset + 1)
        if self._text.startswith(closing, after):
            raise self._malformed(f'a comma before "{closing}"', offset, "leave it out")
        return after

    def _string(self, offset: int) -> tuple[ScalarNode, int]:
        try:
            text, end = _STRINGS.raw_decode(self._text, offset)
        except json.JSONDecodeError as error:
            raise self._malformed(*_mistake_in_string(error)) from None
        if _SURROGATE.search(text):
            raise self._malformed("an unpaired surrogate in a string", offset)
        return ScalarNode(text, "string", offset, end), end

    def _number_or_literal(self, offset: int) -> tuple[DataNode, int]:
        if number := _NUMBER.match(self._text, offset):
            if len(number[0]) > MAX_NUMBER_LENGTH:
                message = f"a number of more than {MAX_NUMBER_LENGTH} characters, which no spec needs"
                raise self._malformed(message, offset)
            return ScalarNode(number[0], "number", *number.span()), number.end()
        word = _WORD.match(self._text, offset)
        if word and (kind := _LITERALS.get(word[0])):
            return ScalarNode(word[0], kind, *word.span()), word.end()
        if word and word[0] in _FOREIGN_WORDS:
            message, hint = _FOREIGN_WORDS[word[0]]
            raise self._malformed(f"{word[0]} is {message}", offset, hint)
        raise self._unexpected(_VALUE, offset, "put strings in double quotes")

    def _unexpected(self, expected: str, offset: int, hint: str | None = None) -> MalformedDocumentError:
        if offset == len(self._text):
            return self._malformed(f"the document ends too early; expected {expected}", offset)
        if self._text.startswith(_COMMENTS, offset):
            return self._malformed("a comment, which JSON does not have", offset, "leave it out")
        return self._malformed(f"expected {expected}", offset, hint)

    def _malformed(self, message: str, offset: int, hint: str | None = None) -> MalformedDocumentError:
        return malformed(codes.MALFORMED, message, TextLineIndex(self._text).of(offset), hint)


def _mistake_in_string(error: json.JSONDecodeError) -> tuple[str, int, str]:
    """Return message, offset and hint for a string that cannot be read."""
    match error.msg.split()[:2]:
        case ["Unterminated", _]:
            return "a string that is not closed", error.pos, 'close it with "'
        case ["Invalid", "control"]:
            hint = _CONTROL_CHARACTERS.get(error.doc[error.pos], "leave it out")
            return "a control character in a string", error.pos, hint
        case ["Invalid", "\\uXXXX"]:
            hint = r"write all four, or \\ if \ itself is meant"
            return r"\u without four hexadecimal digits", error.pos, hint
        case _:
            return r"\ that does not begin an escape", error.pos, r"write \\ if \ itself is meant"
