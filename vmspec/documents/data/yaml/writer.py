"""Writes specs as YAML in block style: an indent of 2, no folded lines, strings quoted where YAML needs it.

Each class has a closure for each depth at which it occurs, so that everything but the values is a constant.
Strings that need more than quotes or a plain block are written by PyYAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from math import inf
from typing import Any

from vmspec.documents.data.json_writer import plain_lookup
from vmspec.model.scalars import Boolean
from vmspec.model.schema import Field, Inline, Lookup, Part, fields_of
from vmspec.model.spec import VirtualMachineSpec

Write = Callable[[Any], str]

_STEP = "  "
OPEN_END = "\n\n"
"""The end of a document whose last string keeps its empty lines; a marker must follow."""


def write(spec: VirtualMachineSpec) -> str:
    """Return a spec as YAML."""
    text = _spec_writer()(spec) + "\n"
    return f"{text}...\n" if text.endswith(OPEN_END) else text


@cache
def _spec_writer() -> Write:
    return _part_writer(VirtualMachineSpec, "\n")


def _part_writer(cls: type[Part], newline: str) -> Write:
    """Return a writer of an element; ``newline`` is a line end and the indent of its keys."""
    writers: list[tuple[str, Write]] = []
    for field in fields_of(cls):
        if isinstance(field.binding, Inline):
            writers.append((field.name, _pair_writer(newline)))
        else:
            writers.append((field.name, _entry_writer(field, newline)))

    def write_part(part: Any) -> str:
        values = part.__dict__
        entries = [
            write_entry(value)
            for name, write_entry in writers
            if (value := values[name]) is not None and value != ()
        ]
        return newline.join(entries) or "{}"

    return write_part


def _entry_writer(field: Field, newline: str) -> Write:
    """Return a writer of a key and its value."""
    key, inner = field.name, newline + _STEP
    if field.many:
        start, item_start = f"{key}:", f"{inner}- "
        write_item = _value_writer(field, inner + _STEP)
        return lambda items: start + "".join([item_start + write_item(item) for item in items])
    write_value = _value_writer(field, inner)
    if field.part is None and field.lookup is None:
        return lambda value: f"{key}: {write_value(value)}"

    def write_entry(value: Any) -> str:
        text = write_value(value)
        if text == "{}" or _is_bare(value):
            return f"{key}: {text}"
        return f"{key}:{inner}{text}"

    return write_entry


def _is_bare(value: object) -> bool:
    return isinstance(value, Lookup) and not isinstance(plain_lookup(value), dict)


def _value_writer(field: Field, newline: str) -> Write:
    if field.part is not None:
        return _part_writer(field.part, newline)
    if field.lookup is not None:
        return _lookup_writer(field.lookup, newline)
    if isinstance(field.scalar, Boolean):
        return lambda value: "true" if value else "false"
    return lambda value: write_string(value, newline) if type(value) is str else str(value)


def _lookup_writer(cls: type[Lookup], newline: str) -> Write:
    write_pair = _pair_writer(newline)

    def write_lookup(lookup: Lookup) -> str:
        plain = plain_lookup(lookup)
        if isinstance(plain, dict):
            return write_pair(lookup)
        return write_string(plain, newline) if isinstance(plain, str) else str(plain)

    return write_pair if cls.implicit_key is None else write_lookup


def _pair_writer(newline: str) -> Write:
    inner = newline + _STEP
    return lambda lookup: f"{lookup.by}: {write_string(lookup.value, inner)}"


# Strings

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*", re.ASCII)
_RESERVED_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_QUOTED = re.compile("[ !#-\\[\\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")
_BLOCK = re.compile(r"(?![ \n])[ -~]*+(?<! )(?:\n[ -~]*+(?<! ))*+")
_OTHER_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
"""Other ends of a line in YAML 1.1: in a block they would be read as LF, in quotes they are escaped."""


def write_string(text: str, newline: str) -> str:
    """Return a string, quoted if some reader might take it for another type; lines begin with ``newline``."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED_WORDS:
        return text
    if _QUOTED.fullmatch(text):
        return f'"{text}"'
    if "\n" in text and _BLOCK.fullmatch(text):
        return _block(text, newline)
    first, *others = _dump(text).split("\n")
    return first + "".join([newline + line.removeprefix(_STEP) if line else "\n" for line in others])


def _block(text: str, newline: str) -> str:
    if not text.endswith("\n"):
        chomping = "-"
    else:
        chomping = "+" if text.endswith("\n\n") else ""
        text = text[:-1]
    return f"|{chomping}" + "".join([newline + line if line else "\n" for line in text.split("\n")])


def _dump(text: str) -> str:
    """Return a string as PyYAML writes it as the value of a key."""
    dumped: str = _dumper()({"key": text})
    if dumped.endswith("\n...\n"):
        dumped = dumped.removesuffix("...\n")
    return dumped.removeprefix("key: ").removesuffix("\n")


@cache
def _dumper() -> Callable[[object], str]:
    import yaml

    class Dumper(yaml.SafeDumper):
        """A dumper of strings as blocks, or else in double quotes."""

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text and not _OTHER_LINE_ENDS.search(text) else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text == "key" else style)

    Dumper.add_representer(str, represent)

    def dump(data: object) -> str:
        text: str = yaml.dump(data, Dumper=Dumper, allow_unicode=True, default_flow_style=False, width=inf)
        return text

    return dump
