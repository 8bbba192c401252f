"""Source text of Python expressions, laid out as ruff does."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

WIDTH = 88
"""Ruff's default for the length of a line."""

_STEP = 4
"""Spaces of one indent."""


@frozen
class Call:
    """A call of a function or step; arguments are calls too, or plain data."""

    name: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(factory=dict)


@frozen
class Chain:
    """A chain of calls, with an attribute or call at its end."""

    start: Call
    steps: tuple[Call, ...]
    end: str


def names_in(value: object) -> set[str]:
    """Return the names that an expression uses."""
    match value:
        case Chain(start=start, steps=steps):
            return names_in(start).union(*(names_in([*step.args, *step.kwargs.values()]) for step in steps))
        case Call(name=name, args=args, kwargs=kwargs):
            return {name.partition(".")[0]} | names_in([*args, *kwargs.values()])
        case list():
            return set[str]().union(*map(names_in, value))
        case _:
            return set()


def format_chain(chain: Chain, before: str = "") -> str:
    """Return the source of a chain, with a text before it."""
    flat = f"{_flat(chain.start)}{''.join(f'.{_flat(step)}' for step in chain.steps)}{chain.end}"
    if _width(before + flat) <= WIDTH:
        return before + flat
    if before and chain.steps and _STEP + _width(flat) <= WIDTH:
        return f"{before}(\n{' ' * _STEP}{flat}\n)"
    if not chain.steps:
        return f"{before}{_laid_out(chain.start, 0, before, chain.end)}{chain.end}"
    lines = [_laid_out(chain.start, _STEP)]
    lines += [f".{_laid_out(step, _STEP, '.')}" for step in chain.steps]
    indent = " " * _STEP
    return f"{before}(\n" + "".join(f"{indent}{line}\n" for line in (*lines, chain.end)) + ")"


def _laid_out(value: object, indent: int, before: str = "", after: str = "") -> str:
    """Return the source of a value on as many lines as it needs; the first is indented already."""
    flat = _flat(value)
    if indent + _width(f"{before}{flat}{after}") <= WIDTH:
        return flat
    opening, items, closing = _parts(value)
    if not items:
        return flat
    inner = indent + _STEP
    newline = "\n" + " " * inner
    if isinstance(value, Call):
        one_line = ", ".join(f"{prefix}{_flat(item)}" for prefix, item in items)
        if inner + _width(one_line) <= WIDTH:
            return f"{opening}{newline}{one_line}\n{' ' * indent}{closing}"
        if len(items) == 1 and isinstance(items[0][1], str) and not items[0][0]:
            pieces = newline.join(map(_literal, items[0][1].splitlines(keepends=True)))
            return f"{opening}{newline}{pieces}\n{' ' * indent}{closing}"
    comma = "" if isinstance(value, Call) and len(items) == 1 and not items[0][0] else ","
    lines = [f"{prefix}{_laid_out(item, inner, prefix, comma)}{comma}" for prefix, item in items]
    return f"{opening}{newline}{newline.join(lines)}\n{' ' * indent}{closing}"


def _parts(value: Any) -> tuple[str, list[tuple[str, object]], str]:
    """Return the opening of a call or collection, its items with what is before each, and the closing."""
    match value:
        case Call(name=name, args=args, kwargs=kwargs):
            items = [("", item) for item in args]
            return f"{name}(", items + [(f"{key}=", item) for key, item in kwargs.items()], ")"
        case dict():
            return "{", [(f"{_literal(key)}: ", item) for key, item in value.items()], "}"
        case list():
            return "[", [("", item) for item in value], "]"
        case _:
            return "", [], ""


def _flat(value: object) -> str:
    if isinstance(value, str):
        return _literal(value)
    if isinstance(value, (Call, dict, list)):
        opening, items, closing = _parts(value)
        return f"{opening}{', '.join(f'{prefix}{_flat(item)}' for prefix, item in items)}{closing}"
    return repr(value)


def _literal(text: str) -> str:
    """Return a string literal, in double quotes unless single ones need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(char, quote) for char in text) + quote


def _escaped(char: str, quote: str) -> str:
    if char in (quote, "\\"):
        return f"\\{char}"
    return char if char.isprintable() else repr(char)[1:-1]


def _width(text: str) -> int:
    """Return the columns of a line, in which wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
