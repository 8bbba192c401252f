"""A document that was read: its spec, and the position of every field."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from vmspec.documents.line_index import Position

if TYPE_CHECKING:
    from lxml.etree import _Element

    from vmspec.model.spec import VirtualMachineSpec

_LAST_STEP = re.compile(r"(?:\.[^.\[]*|\[\d+\]|^[^.\[]*)$")


def parent_path(path: str) -> str:
    """Return a path without its last step.

    >>> parent_path("system_disks[0].size"), parent_path("system_disks[0]"), parent_path("system_disks")
    ('system_disks[0]', 'system_disks', '')
    """
    return _LAST_STEP.sub("", path)


class Comment(NamedTuple):
    """A comment that begins with ``vmspec:``."""

    text: str
    position: Position
    targets: Sequence[Position | int] = ()
    """The positions of the elements that it is for, or their lines (see ``Document.comments_by_line``)."""


class Document(ABC):
    """A document and the spec that was read from it."""

    comments_by_line: ClassVar[bool] = False
    """True if a comment is for everything on a line, False if it is for an element."""

    def __init__(self, data: bytes, spec: VirtualMachineSpec) -> None:
        self.data = data
        self.spec = spec

    @property
    def tree(self) -> _Element | None:
        """The elements of an XML document, without comments and instructions; None for other formats."""
        return None

    @abstractmethod
    def position_of(self, path: str) -> Position:
        """Return the line and column of a field, or of the nearest one around it if it is absent."""

    @abstractmethod
    def position_in_text(self, path: str, offset: int) -> Position:
        """Return the line and column of a character in the text of a field; the path has no index.

        If the lines of the text are not those of the document, return the position of the field.
        """

    @abstractmethod
    def contains(self, path: str) -> bool:
        """Return True if the document holds a field, even an empty one; the path has no index."""

    def comments(self) -> Sequence[Comment]:
        """Return the comments for vmspec."""
        return ()
