"""Finds the offset of a field in the nodes of a JSON or YAML document."""

from __future__ import annotations

import re
from collections.abc import Collection

from vmspec.documents.data.nodes import DataNode, MappingNode, SequenceNode
from vmspec.model.schema import Inline, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def locate(node: DataNode, path: str) -> tuple[int, bool]:
    """Return the offset of a field, or of the nearest one around it, and whether the field is there.

    A field is where its key is, an item of a list where it begins.
    """
    offset = node.start
    cls: type[Part] | None = VirtualMachineSpec
    for name, index in _STEP.findall(path):
        if index:
            if not isinstance(node, SequenceNode) or int(index) >= len(node.items):
                return offset, False
            node = node.items[int(index)]
            offset = node.start
            continue
        keys, cls = _keys_and_class(cls, name)
        entries = node.entries if isinstance(node, MappingNode) else ()
        entry = next(((key, value) for key, value in entries if key.text in keys), None)
        if entry is None:
            return offset, False
        key, value = entry
        offset = key.start
        if name in keys:
            node = value
    return offset, True


def _keys_and_class(cls: type[Part] | None, name: str) -> tuple[Collection[str], type[Part] | None]:
    """Return the keys of a field, of which an inline one has several, and the class of its value."""
    for field in fields_of(cls) if cls is not None else ():
        if field.name == name:
            if isinstance(field.binding, Inline) and field.lookup is not None:
                return lookup_keys(field.lookup), None
            return (name,), field.part
    return (name,), None
