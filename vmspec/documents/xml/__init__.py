"""XML: parsed by lxml, read by one strict walk, and written as Katapult itself stores it.

Modules that only some documents need are imported when they are needed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING

from lxml.etree import XMLSyntaxError

from vmspec.documents.document import Comment, Document
from vmspec.documents.line_index import Position, Span
from vmspec.documents.xml import limits, parser, reader

if TYPE_CHECKING:
    from lxml.etree import _Element

    from vmspec.documents.xml.locator import Locator
    from vmspec.model.spec import VirtualMachineSpec

__all__ = ["XML", "XMLDocument"]

_EXCLAMATION_MARK = ord("!")
"""One byte is found ten times as fast as several."""


class XML:
    """The XML format."""

    def read(self, data: bytes) -> VirtualMachineSpec:
        """Return the spec of a document; raise DocumentError."""
        return _read(data)[0]

    def open(self, data: bytes) -> XMLDocument:
        """Return the spec of a document together with the positions of its fields; raise DocumentError."""
        spec, tree = _read(data)
        return XMLDocument(data, spec, tree)

    def write(self, spec: VirtualMachineSpec) -> str:
        """Return canonical XML."""
        from vmspec.documents.xml.writer import write

        return write(spec)

    def reformat(self, data: bytes, kept: Collection[str]) -> str:
        """Return canonical XML with the document's comments and schema hint; raise DocumentError."""
        from vmspec.documents.xml.formatter import reformat

        return reformat(data, self.read(data), kept)

    def masked_spans(self, data: bytes) -> Sequence[Span]:
        """Return the spans of a document's text that may not be shown, in order; raise DocumentError."""
        from vmspec.documents.xml.redaction import masked_spans

        return masked_spans(data)

    def secret_region(self, text: str) -> Span:
        """Return the part of a valid document's text outside of which nothing is masked."""
        from vmspec.documents.xml.redaction import secret_region

        return secret_region(text)


class XMLDocument(Document):
    """An XML document that was read."""

    def __init__(self, data: bytes, spec: VirtualMachineSpec, tree: _Element) -> None:
        super().__init__(data, spec)
        self._tree = tree
        self._locator: Locator | None = None

    @property
    def tree(self) -> _Element:
        """The elements, without comments and instructions."""
        return self._tree

    def position_of(self, path: str) -> Position:
        """Return the line and column of a field, or of the nearest one around it if it is absent."""
        if self._locator is None:
            self._locator = _locator_class()(self.data, self.tree)
        return self._locator.of(path)

    def position_in_text(self, path: str, offset: int) -> Position:
        """Return the line and column of a character in the text of a field; the path has no index."""
        from vmspec.documents.xml.text_position import position_in_text

        return position_in_text(self.data, path, offset) or self.position_of(path)

    def contains(self, path: str) -> bool:
        """Return True if the document holds a field, even an empty one; the path has no index."""
        from vmspec.model.element_tree import root

        node, element = root(), self.tree
        for step in path.split("."):
            node = next(child for child in node.children.values() if child.step == step)
            inner = element.find(node.tag)
            if inner is None:
                return False
            element = inner
        return True

    def comments(self) -> Sequence[Comment]:
        """Return the comments for vmspec."""
        if _EXCLAMATION_MARK not in self.data or b"vmspec:" not in self.data:
            return ()
        from vmspec.documents.xml.comments import comments

        return comments(self.data)


@cache
def _locator_class() -> type[Locator]:
    """Import the locator, which most documents do not need."""
    from vmspec.documents.xml.locator import Locator

    return Locator


def _read(data: bytes) -> tuple[VirtualMachineSpec, _Element]:
    end_of_well_formed = limits.check(data)
    if end_of_well_formed is not None:
        from vmspec.documents.xml.syntax_errors import syntax_error_before

        raise syntax_error_before(data, end_of_well_formed)
    try:
        tree = parser.parse(data)
        return reader.read(tree), tree
    except XMLSyntaxError as error:
        from vmspec.documents.xml.syntax_errors import syntax_error

        raise syntax_error(data, error.code) from None
    except reader.GrammarMismatch:
        from vmspec.documents.xml.syntax_errors import mismatch_error

        raise mismatch_error(data) from None
