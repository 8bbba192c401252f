"""Redaction of the API's words: secrets of the spec that was sent, should an answer repeat them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import escape

from vmspec.errors import DocumentError
from vmspec.model.schema import Part, fields_of
from vmspec.text import MASK, printable

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec

MIN_HIDDEN = 4
"""Characters; shorter values would mask parts of harmless words."""
Secrets: TypeAlias = tuple[str, ...]

_SEPARATORS = re.compile(r"""[\s"'=:,]+""")
_PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z_]*")
_XML_TEXT = re.compile(r">([^<>]+)<")


def secrets_of(spec: VirtualMachineSpec | str) -> Secrets:
    """Return the secret values of a spec with their lines and words; all text of XML that is not a spec."""
    if not isinstance(spec, str):
        return _distinct(_values(spec))
    from vmspec.documents import loads

    try:
        return _distinct(_values(loads(spec, "xml")))
    except DocumentError:
        return _distinct(_XML_TEXT.findall(spec))


def redact(text: str, secrets: Secrets) -> str:
    """Return ``text`` with ``***`` for each secret, in any case and also in JSON or XML escapes."""
    forms = {
        form
        for secret in secrets
        for form in (
            *(
                secret,
                printable(secret),
                json.dumps(secret)[1:-1],
                json.dumps(secret, ensure_ascii=False)[1:-1],
            ),
            *(escape(secret), escape(secret).replace("&gt;", ">"), html.escape(secret)),
        )
    }
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(form), MASK, text, flags=re.IGNORECASE)
    return text


def _distinct(values: Iterator[str] | list[str]) -> Secrets:
    pieces = {piece for value in values for piece in _pieces(value)}
    return tuple(sorted(piece for piece in pieces if len(piece) >= MIN_HIDDEN))


def _pieces(value: str) -> Iterator[str]:
    """Yield a value, its lines, what follows a key in a line, and the words that are not plain letters."""
    yield value.strip()
    for line in value.splitlines():
        yield line.strip()
        yield from (line.partition(mark)[2].strip(" \t\"'") for mark in (":", "=", "- "))
        yield from (word for word in _SEPARATORS.split(line) if not _PLAIN_WORD.fullmatch(word))


def _values(part: Part) -> Iterator[str]:
    for field in fields_of(type(part)):
        value = getattr(part, field.name)
        for item in value if field.many else (value,):
            if isinstance(item, Part):
                yield from _values(item)
            elif field.secret and isinstance(item, str):
                yield item
