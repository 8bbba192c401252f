"""The XML parser: lxml, set so that it expands, opens and fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element


def _hardened(*, keep_comments: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=not keep_comments,
        remove_pis=not keep_comments,
    )


_PARSER = _hardened(keep_comments=False)


def parse(data: bytes) -> _Element:
    """Return the tree of a document, without comments and instructions; raise XMLSyntaxError.

    The document must have passed ``limits.check``.
    """
    return etree.fromstring(data, _PARSER)


def parse_with_comments(data: bytes) -> _Element:
    """Return the tree of a document with its comments and instructions; raise XMLSyntaxError."""
    return etree.fromstring(data, _hardened(keep_comments=True))
