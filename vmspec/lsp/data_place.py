"""The places of cursors in JSON and YAML, which need not be well formed.

A place is found by brackets, and in YAML by indentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define, field

from vmspec.documents.line_index import Span

_TOKEN = re.compile(
    r""""(?:[^"\\\n]|\\.)*"? | '(?:[^'\n]|'')*'? | [{}\[\],:] | \#[^\n]*
    | [^\s{}\[\],:"'\#][^\n{}\[\],:\#"']*""",
    re.VERBOSE,
)
_LINE = re.compile(r"""(?P<indent>[ ]*)(?P<dashes>(?:-(?:[ ]+|$))*)(?P<rest>[^\n]*)""")
_KEY = r"""(?P<key>"[^"\n]*+"[ ]*+ | '[^'\n]*+'[ ]*+ | [^\s\#:"'{}\[\],&*!|>%@`-][^:\#\n]*+)"""
_ENTRY = re.compile(_KEY + r":(?:[ ]+(?P<value>[^\n]*)|[ ]*$)", re.VERBOSE)
_QUOTES = "\"'"


@define
class Level:
    """A mapping that a place lies in."""

    indent: int
    """The column of its keys; -1 in brackets."""
    keys: list[str] = field(factory=list)
    key: str | None = None
    """The key whose value the place lies in; None in front of a key."""
    is_list: bool = False


@define
class Place:
    """The mappings that a cursor lies in, and the word at it."""

    levels: list[Level]
    span: Span
    is_key: bool
    """False in a value."""
    has_colon: bool = False
    is_json: bool = False


def find_place(text: str, offset: int, *, is_json: bool) -> Place | None:
    """Return the place at an offset; None where nothing is known."""
    place = _in_brackets(text, 0, offset, []) if is_json else _in_yaml(text, offset)
    if place is not None:
        place.is_json = is_json
    return place


def top_level_keys(text: str) -> list[str]:
    """Return the keys at the top of a text, as far as they can be recognized."""
    if text.lstrip()[:1] in ("{", "["):
        level = Level(-1)
        _in_brackets(text, 0, len(text), [], level)
        return level.keys
    lines = (_LINE.match(line) for line in text.split("\n"))
    entries = (
        _ENTRY.match(line["rest"]) for line in lines if line and not line["indent"] and not line["dashes"]
    )
    return [unquoted(entry["key"]) for entry in entries if entry]


def unquoted(word: str) -> str:
    """Return a word without quotes and blanks around it."""
    return word.strip().strip(_QUOTES)


# Brackets


def _in_brackets(
    text: str, start: int, offset: int, outer: list[Level], top: Level | None = None
) -> Place | None:
    """Return the place at an offset, for a text that begins with a bracket; None behind its end."""
    levels: list[Level] = []
    place: Place | None = None
    for token in _TOKEN.finditer(text, start):
        if place is None and offset <= (token.end() if _is_word(token) else token.start()):
            place = _place_at(text, token, offset, [*outer, *levels])
        word = token[0]
        if word in ("{", "["):
            levels.append(top if top is not None and not levels else Level(-1, is_list=word == "["))
        elif word in ("}", "]"):
            del levels[-1:]
            if not levels:
                break
        elif word == "," and levels:
            levels[-1].key = None
        elif word == ":" and levels and levels[-1].keys:
            levels[-1].key = levels[-1].keys[-1]
        elif levels and not levels[-1].is_list and levels[-1].key is None and word[0] != "#":
            levels[-1].keys.append(unquoted(word))
    else:
        if place is None and levels:
            place = Place([*outer, *map(_copy, levels)], (offset, offset), _awaits_key(levels))
    return place


def _place_at(text: str, token: re.Match[str], offset: int, levels: list[Level]) -> Place | None:
    if not levels or levels[-1].indent >= 0:
        return None
    span = token.span() if _is_word(token) and token.start() <= offset else (offset, offset)
    span = span[0], span[0] + len(text[slice(*span)].rstrip())
    has_colon = text[span[1] :].lstrip().startswith(":")
    return Place([*map(_copy, levels)], span, _awaits_key(levels), has_colon)


def _is_word(token: re.Match[str]) -> bool:
    return token[0][0] not in "{}[],:#"


def _copy(level: Level) -> Level:
    """Return a copy that shares the keys, which grow while the rest of the text is read."""
    return Level(level.indent, level.keys, level.key, level.is_list)


def _awaits_key(levels: Sequence[Level]) -> bool:
    return levels[-1].is_list or levels[-1].key is None


# Indentation


def _in_yaml(text: str, offset: int) -> Place | None:
    if text.lstrip()[:1] in ("{", "["):
        return _in_brackets(text, 0, offset, [])
    levels: list[Level] = []
    block_indent: int | None = None
    position = 0
    while position <= len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        is_last = offset <= end
        found = _LINE.match(text, position, end)
        position, start = end + 1, position
        if found is None:
            continue
        indent = len(found["indent"])
        if block_indent is not None and (indent > block_indent or not found["rest"]) and not is_last:
            continue
        if block_indent is not None and indent > block_indent:
            return None  # in the text of a block
        block_indent = None
        if is_last:
            return _on_line(text, found, start, end, offset, levels)
        if not found["rest"].strip() or found["rest"].startswith("#"):
            continue
        entry = _enter(found, levels)
        value = (entry["value"] or "") if entry is not None else found["rest"]
        if value[:1] in ("|", ">"):
            block_indent = indent
        elif value[:1] in ("{", "["):
            begin = found.start("rest") + (entry.start("value") if entry is not None else 0)
            place = _in_brackets(text, begin, offset, [*map(_copy, levels)])
            if place is not None and _end_of_brackets(text, begin) >= offset:
                return place
            position = max(position, text.find("\n", _end_of_brackets(text, begin)) + 1 or len(text) + 1)
    return None


def _enter(line: re.Match[str], levels: list[Level]) -> re.Match[str] | None:
    """Update the levels for a line; return its key and value, if it has any."""
    column = len(line["indent"]) + len(line["dashes"])
    entry = _ENTRY.match(line["rest"])
    while levels and (levels[-1].indent > column or (line["dashes"] and levels[-1].indent >= column)):
        levels.pop()
    if line["dashes"]:
        while levels and levels[-1].indent > len(line["indent"]):
            levels.pop()
    if entry is None:
        return None
    if not levels or levels[-1].indent < column:
        levels.append(Level(column))
    key = unquoted(entry["key"])
    levels[-1].keys.append(key)
    levels[-1].key = key
    return entry


def _on_line(
    text: str, line: re.Match[str], start: int, end: int, offset: int, levels: list[Level]
) -> Place | None:
    rest = line.start("rest")
    entry = _ENTRY.match(line["rest"])
    if "#" in text[start:offset]:
        return None
    if entry is not None and entry["value"] and offset >= rest + entry.start("value"):
        return _in_line_value(text, line, rest + entry.start("value"), end, offset, levels)
    if entry is not None and offset > rest + entry.end("key"):
        _enter(line, levels)
        return Place(levels, (offset, offset), is_key=False)
    if line["rest"][:1] in ("{", "[") and offset > rest:
        _enter(line, levels)
        return _in_brackets(text, rest, offset, [*map(_copy, levels)])
    column = offset - start if not line["rest"].strip() else len(line["indent"]) + len(line["dashes"])
    blank = _LINE.match(" " * column if not line["dashes"] else line["indent"] + line["dashes"])
    assert blank is not None
    _enter(blank, levels)
    while levels and levels[-1].indent > column:
        levels.pop()
    if levels and levels[-1].indent == column:
        levels[-1].key = None
        levels[-1].keys += _keys_below(text, end, column)
    else:
        levels.append(Level(column, _keys_below(text, end, column)))
    span = (rest, rest + entry.end("key")) if entry is not None else (rest, rest + len(line["rest"].rstrip()))
    span = span if span[0] <= offset <= span[1] else (offset, offset)
    return Place(levels, span, is_key=True, has_colon=entry is not None)


def _in_line_value(
    text: str, line: re.Match[str], begin: int, end: int, offset: int, levels: list[Level]
) -> Place | None:
    _enter(line, levels)
    if text[begin : begin + 1] in ("{", "["):
        return _in_brackets(text, begin, offset, [*map(_copy, levels)])
    value = text[begin:end].partition(" #")[0].rstrip()
    return Place(levels, (begin, begin + len(value)), is_key=False)


def _keys_below(text: str, start: int, column: int) -> list[str]:
    """Return the keys of a mapping that follow a line."""
    keys: list[str] = []
    for line in text[start + 1 :].split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and indent < column:
            break
        entry = _ENTRY.match(line.strip()) if indent == column else None
        if entry is not None:
            keys.append(unquoted(entry["key"]))
    return keys


def _end_of_brackets(text: str, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += (token[0] in ("{", "[")) - (token[0] in ("}", "]"))
        if depth == 0:
            return token.end()
    return len(text)
