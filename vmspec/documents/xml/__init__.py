"""XML: read by one hardened parse and one strict walk, written as Katapult itself stores it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from vmspec.documents.xml.reader import SCHEMA_HINTS, GrammarMismatch, read
from vmspec.documents.xml.writer import DECLARATION, write

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["DECLARATION", "SCHEMA_HINTS", "GrammarMismatch", "parse", "parse_with_notes", "read", "write"]


def _hardened(notes: bool = False) -> etree.XMLParser:
    """A parser that expands, opens and fetches nothing; ``notes`` keeps comments and instructions."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=not notes,
        remove_pis=not notes,
    )


_PARSER = _hardened()


def parse(data: bytes) -> _Element:
    """The tree of admitted bytes, comments and instructions left out; raises XMLSyntaxError."""
    return etree.fromstring(data, _PARSER)


def parse_with_notes(data: bytes) -> _Element:
    """The same tree with its comments and processing instructions."""
    return etree.fromstring(data, _hardened(notes=True))
