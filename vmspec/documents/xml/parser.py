"""The XML parser: lxml, set so that it expands, opens and fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element


def _hardened(*, keep_comments: bool = False, keep_blanks: bool = True) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        collect_ids=False,
        remove_comments=not keep_comments,
        remove_pis=not keep_comments,
        remove_blank_text=not keep_blanks,
    )


_EXCLAMATION_MARK, _CARRIAGE_RETURN = b"!\r"

_PARSER, _FAST_PARSER = _hardened(), _hardened(keep_blanks=False)


def parse(data: bytes) -> _Element:
    """Return the tree of a document, without comments and instructions; raise XMLSyntaxError.

    The document must have passed ``limits.check``. Whitespace between elements may be left out of the tree.
    """
    return etree.fromstring(data, _FAST_PARSER if _is_plain(data) else _PARSER)


def _is_plain(data: bytes) -> bool:
    """Return True for a document without comments, CDATA sections, instructions and carriage returns.

    Only then does libxml2 tell whitespace between elements from whitespace in a value.
    """
    if _EXCLAMATION_MARK in data or _CARRIAGE_RETURN in data:
        return False
    return data.find(b"?", data.find(b">")) < 0


def parse_with_comments(data: bytes) -> _Element:
    """Return the tree of a document with its comments and instructions; raise XMLSyntaxError."""
    return etree.fromstring(data, _hardened(keep_comments=True))
