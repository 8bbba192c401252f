"""Which format a document has, and whether it is a spec at all; never refuses, never raises."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

from vmspec.documents.words import listed
from vmspec.model.binding import plan_of
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

Format = Literal["xml", "json", "yaml"]

FORMATS: tuple[Format, ...] = ("xml", "json", "yaml")

_SUFFIXES: dict[str, Format] = {".xml": "xml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}

TELLING = frozenset({"resources", "disk_template", "data_center", "zone", "network_interfaces"})
"""Keys of which a JSON or YAML spec has one at least; the others are common words."""

_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>]*\[.*?\])?[^>]*>", re.DOTALL)
_ROOT = re.compile(rb"<(?:[^\s:<>/]+:)?([^\s:<>/]+)")
_YAML_KEY = re.compile(rb"""^(?:"([a-z_]+)"|'([a-z_]+)'|([a-z_]+))[ \t]*:(?:[ \t\r]|$)""", re.MULTILINE)
_JSON_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:)?|[{}\[\]]', re.DOTALL)


def check_format(format: str) -> None:
    """Raises ValueError for what is no format."""
    if format not in FORMATS:
        raise ValueError(f"format is {format!r}; it is {listed(FORMATS)}")


def format_of_name(path: PurePath) -> Format | None:
    """The format that a file's suffix says."""
    return _SUFFIXES.get(path.suffix.lower())


def format_of_text(data: bytes) -> Format:
    """The format that the first character says; YAML where it says nothing."""
    first = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"<":
        return "xml"
    return "json" if first in (b"{", b"[") else "yaml"


def is_spec(data: bytes) -> bool:
    """Whether a document means to be a spec, well formed or not; what cannot be told is foreign."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip()[:1] == b"<":
        return _root_name(data) == ROOT_TAG.encode()
    known = {field.name for field in plan_of(VirtualMachineSpec)}
    keys = _top_level_keys(data) & known
    return len(keys) >= 2 and bool(keys & TELLING)


def _root_name(data: bytes) -> bytes | None:
    position = 0
    while (skipped := _PROLOG.match(data, position)) is not None:
        position = skipped.end()
    found = _ROOT.match(data, position)
    return found[1] if found else None


def _top_level_keys(data: bytes) -> set[str]:
    if data.lstrip()[:1] != b"{":
        found = (match[1] or match[2] or match[3] for match in _YAML_KEY.finditer(data))
        return {key.decode() for key in found}
    keys: set[str] = set()
    depth = 0
    for token in _JSON_TOKEN.finditer(data):
        if token[0] in (b"{", b"["):
            depth += 1
        elif token[0] in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and token[2] is not None:
            keys.add(token[1].decode("utf-8", "replace"))
    return keys
