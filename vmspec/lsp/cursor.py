"""The place of a cursor in a document: the field that it is about, and what may be written there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from attrs import frozen

from vmspec.documents.line_index import Span
from vmspec.model.schema import Lookup

Kind = Literal["element", "attribute", "key", "value"]


class Proposal(NamedTuple):
    """Something that may be written at a cursor."""

    label: str
    kind: Kind
    text: str
    """The text to write."""
    path: str
    """The field that it names, for its documentation."""


@frozen
class Cursor:
    """The word at a cursor."""

    span: Span
    """The word, which a proposal replaces."""
    path: str
    """The field that the word names or is a value of; empty for the whole spec."""
    label: str
    """The name of the field in the document."""
    proposals: tuple[Proposal, ...] = ()
    lookup: type[Lookup] | None = None
    """The lookup whose value is at the cursor."""
    by: str = ""


def join_path(steps: Iterable[str]) -> str:
    """Return steps as a path.

    >>> join_path(["system_disks", "", "size"])
    'system_disks.size'
    """
    return ".".join(step for step in steps if step)
