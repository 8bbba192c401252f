"""What JSON and YAML are both read into: scalars, mappings and sequences, each with its place."""

from __future__ import annotations

from attrs import frozen

from vmspec.documents import messages
from vmspec.documents.line_index import Position
from vmspec.errors import MalformedDocumentError
from vmspec.findings import Finding

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
        """Whether the value counts as absent."""
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


def malformed(
    message: str, place: Position, hint: str | None = None, code: str = messages.MALFORMED
) -> MalformedDocumentError:
    """Return the error for a text that is not JSON or YAML as vmspec reads them."""
    line, column = place
    return MalformedDocumentError([Finding(code, message, line=line, column=column, hint=hint)])


def too_large(place: Position) -> MalformedDocumentError:
    """Return the error for a document over a limit."""
    message = f"more than {MAX_NODES:,} values, or nested deeper than {MAX_DEPTH}, which no spec needs"
    return malformed(message, place, code=messages.TOO_LARGE)
