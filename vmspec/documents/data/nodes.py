"""What JSON and YAML both come down to: scalars, mappings and lists, each with its place."""

from __future__ import annotations

from attrs import frozen

from vmspec import codes
from vmspec.errors import MalformedDocumentError
from vmspec.findings import Finding

DEPTH = 64
"""How deep lists and mappings may be nested; the vendor's shape needs 7 levels."""

NODES = 20_000
"""How many values a document may hold."""


@frozen
class ScalarNode:
    """A single value, as text. ``kind`` is "text", "number", "boolean", "null", or "any" in YAML."""

    text: str
    kind: str
    line: int
    column: int


@frozen
class MappingNode:
    """Keys and values in their order; a key may occur more than once until somebody minds."""

    entries: tuple[tuple[ScalarNode, DataNode], ...]
    line: int
    column: int


@frozen
class SequenceNode:
    """A list."""

    items: tuple[DataNode, ...]
    line: int
    column: int


DataNode = ScalarNode | MappingNode | SequenceNode


def refusal(
    message: str, line: int, column: int, hint: str | None = None, code: str = codes.MALFORMED
) -> MalformedDocumentError:
    """The error for text that is not JSON or YAML as vmspec reads them."""
    return MalformedDocumentError([Finding(code, message, line=line, column=column, hint=hint)])


def too_large(line: int, column: int) -> MalformedDocumentError:
    """The error for a document over a limit."""
    message = f"more than {NODES:,} values, or nested deeper than {DEPTH}, which no spec needs"
    return refusal(message, line, column, code=codes.TOO_LARGE)
