"""The nodes of JSON and YAML documents: scalars, mappings and sequences, with their offsets."""

from __future__ import annotations

import re
from collections.abc import Collection

from attrs import frozen

from vmspec import codes
from vmspec.documents.limits import malformed
from vmspec.documents.line_index import Position
from vmspec.errors import MalformedDocumentError
from vmspec.model.schema import Inline, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

MAX_DEPTH = 64
"""Nesting of sequences and mappings; the vendor's shape needs 7 levels."""

MAX_NODES = 20_000
"""Values in one document."""


@frozen
class ScalarNode:
    """A single value, as a string, and its offsets in the document.

    ``kind`` is "string", "number", "boolean" or "null"; in YAML also "untyped", for its types come from
    the model.
    """

    text: str
    kind: str
    start: int
    end: int

    @property
    def is_null(self) -> bool:
        """True if the value counts as absent."""
        return self.kind == "null"


@frozen
class MappingNode:
    """Keys and values in their order; a repeated key is kept."""

    entries: tuple[tuple[ScalarNode, DataNode], ...]
    start: int


@frozen
class SequenceNode:
    """A list."""

    items: tuple[DataNode, ...]
    start: int


DataNode = ScalarNode | MappingNode | SequenceNode


def too_large(position: Position) -> MalformedDocumentError:
    """Return the error for a document over a limit."""
    message = f"more than {MAX_NODES:,} values, or nested deeper than {MAX_DEPTH}, which no spec needs"
    return malformed(codes.TOO_LARGE, message, position)


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
