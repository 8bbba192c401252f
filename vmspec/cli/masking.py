"""The API's words without the secrets of a spec, should they repeat them."""

from __future__ import annotations

from collections.abc import Iterator

from vmspec.model.binding import Part, plan_of
from vmspec.model.changes import MASK
from vmspec.terminal import printable

MIN_HIDDEN = 6
"""Characters; what is shorter (``true``, ``en-gb``) is also a word of many a harmless sentence."""


def without_secrets(text: str, spec: Part) -> str:
    """``text`` with ``***`` for each secret value of ``spec``, and for each line of one."""
    for secret in sorted(_pieces(spec), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _pieces(spec: Part) -> set[str]:
    values = [piece.strip() for value in _secrets(spec) for piece in (value, *value.splitlines())]
    shown = {form for value in values for form in (value, printable(value))}
    return {piece for piece in shown if len(piece) >= MIN_HIDDEN}


def _secrets(part: Part) -> Iterator[str]:
    for field in plan_of(type(part)):
        value = getattr(part, field.name)
        for item in value if field.many else (value,):
            if isinstance(item, Part):
                yield from _secrets(item)
            elif field.secret and isinstance(item, str):
                yield item
