"""Reads a JSON document fast, with the C scanner of the standard library."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from vmspec.documents.data.fast_reader import (
    REJECTIONS,
    Read,
    member_reader,
    read_string,
    reject,
    spec_reader,
    text_reader,
)
from vmspec.documents.data.nodes import MAX_NODES
from vmspec.model.scalars import Boolean, Choice, Integer, Scalar, String, VersionIdentifier
from vmspec.model.spec import VirtualMachineSpec

MAX_LENGTH = 2 * MAX_NODES
"""Characters of a document that cannot hold too many values: a value and its comma take two.

In a longer one, commas and brackets are counted: each value follows one of them, or the key after it.
"""


def read(text: str) -> VirtualMachineSpec | None:
    """Return the spec of a JSON document; None if the slow reader has to decide."""
    if len(text) > MAX_LENGTH and sum(map(text.count, ",[{")) >= MAX_NODES:
        return None
    try:
        spec: VirtualMachineSpec = _spec_reader()(_DECODER.decode(text))
    except (*REJECTIONS, RecursionError):
        return None
    return spec


@cache
def _spec_reader() -> Read:
    return spec_reader(_scalar_reader)


def _scalar_reader(scalar: Scalar) -> Read:
    match scalar:
        case String():
            return read_string
        case Integer(minimum):
            return member_reader(range(minimum, scalar.maximum + 1), int)
        case Choice(values) if isinstance(values[0], int):
            return member_reader(values, int)
        case Choice(values):
            return member_reader(values, str, text_reader(scalar))
        case Boolean():
            return member_reader((True, False), bool)
        case VersionIdentifier():
            read_text = text_reader(scalar)
            return lambda value: read_text(str(value) if type(value) is int else value)
        case _:
            return text_reader(scalar)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the dict of an object; raise ValueError if a key is repeated."""
    data = dict(pairs)
    return data if len(data) == len(pairs) else reject(pairs)


def _natural(text: str) -> int:
    """Return a number without a sign; not even ``-0`` is a value of a field."""
    return int(text) if text.isdigit() else reject(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_natural, parse_float=reject, parse_constant=reject
)
