"""Reads a YAML document fast, from the events of libyaml and without any constructor."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

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
from vmspec.model.scalars import Boolean, Choice, Scalar, String
from vmspec.model.spec import VirtualMachineSpec

_Loader: Any = getattr(yaml, "CBaseLoader", None)
"""A parser of libyaml's; None if PyYAML was built without it."""

MAX_LENGTH = MAX_NODES
"""Characters of a document that cannot hold too many values.

In a longer one, the characters are counted that make items and pairs; a pair is two values.
"""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def read(text: str) -> VirtualMachineSpec | None:
    """Return the spec of a YAML document; None if the slow reader has to decide."""
    if _Loader is None or (len(text) > MAX_LENGTH and 2 * sum(map(text.count, ":,[{?-")) >= MAX_NODES):
        return None
    try:
        spec: VirtualMachineSpec = _spec_reader()(_load(_Loader(text).get_event))
    except (*REJECTIONS, yaml.YAMLError):
        return None
    return spec


@cache
def _spec_reader() -> Read:
    return spec_reader(_scalar_reader)


def _scalar_reader(scalar: Scalar) -> Read:
    match scalar:
        case String():
            return read_string
        case Boolean():
            return {"true": True, "false": False}.__getitem__
        case Choice(values) if isinstance(values[0], str):
            return member_reader(values, str, text_reader(scalar))
        case _:
            return text_reader(scalar)


def _load(next_event: Callable[[], Any]) -> Any:
    """Return a document as dicts, lists, strings and None; raise one of the rejections if it has more."""
    stack: list[list[Any]] = []
    items: list[Any] = []
    while True:
        event = next_event()
        kind = type(event)
        if kind is ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                reject(event)
            value = event.value
            items.append(None if not event.style and value in _NULLS else value)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if event.anchor is not None or event.tag is not None:
                reject(event)
            stack.append(items)
            items = []
        elif kind is MappingEndEvent:
            data = dict(zip(items[::2], items[1::2], strict=True))
            if 2 * len(data) != len(items):  # a repeated key
                reject(data)
            items = stack.pop()
            items.append(data)
        elif kind is SequenceEndEvent:
            stack[-1].append(items)
            items = stack.pop()
        elif kind is AliasEvent:
            reject(event)
        elif kind is StreamEndEvent:
            (root,) = items  # several are several documents
            return root
