"""The nodes of JSON and YAML documents: scalars, mappings and sequences, with their offsets."""

from __future__ import annotations

from attrs import field, frozen

from vmspec import codes
from vmspec.documents.limits import malformed
from vmspec.documents.line_index import Position
from vmspec.errors import MalformedDocumentError

MAX_DEPTH = 64
"""Nesting of sequences and mappings; the vendor's shape needs 7 levels."""

MAX_NODES = 20_000
"""Values in one document."""


Path = tuple[str | int, ...]
"""Keys and indexes that lead to a node."""


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
    end: int = field(default=0, eq=False)


@frozen
class SequenceNode:
    """A list."""

    items: tuple[DataNode, ...]
    start: int
    end: int = field(default=0, eq=False)


DataNode = ScalarNode | MappingNode | SequenceNode


def too_large(position: Position) -> MalformedDocumentError:
    """Return the error for a document over a limit."""
    message = f"more than {MAX_NODES:,} values, or nested deeper than {MAX_DEPTH}, which no spec needs"
    return malformed(codes.TOO_LARGE, message, position)
