"""The elements of an XML text with their offsets, by a scan that also takes what is not well formed."""

from __future__ import annotations

import re
from typing import NamedTuple

from attrs import define, field

from vmspec.documents.line_index import Span
from vmspec.model.element_tree import ElementSchema, root

_TOKEN = re.compile(
    r"""<!--.*?(?:-->|\Z) | <!\[CDATA\[.*?(?:\]\]>|\Z) | <\?.*?(?:\?>|\Z) | <!.*?(?:>|\Z)
    | <(?P<end>/?)(?P<tag>[^\s<>/="']*+)(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)(?P<closed>>?)""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""\s++([^\s=<>"'/]++)(?:\s*+=\s*+(?:"([^"<]*+)"|'([^'<]*+)'))?""")


class XMLAttribute(NamedTuple):
    """An attribute: the spans of its name, of its value without quotes, and of all with a space before."""

    name: Span
    value: Span
    whole: Span


@define(eq=False)
class XMLElement:
    """An element, as far as it is written."""

    tag: str
    start: int
    name: Span
    tag_end: int
    """The offset behind the start tag."""
    attributes: dict[str, XMLAttribute]
    parent: XMLElement | None
    schema: ElementSchema | None
    """None if the format does not know the element in this place."""
    is_empty_tag: bool = False
    children: list[XMLElement] = field(factory=list)
    texts: list[Span] = field(factory=list)
    """The pieces of text that are not blank."""
    has_markup: bool = False
    """True if it holds comments, CDATA sections or instructions."""
    end_name: Span | None = None
    """The name in the end tag; None for an empty tag, or if the end tag is missing."""
    end: int = 0


def scan(text: str) -> list[XMLElement]:
    """Return the elements of a text in their order.

    An end tag closes the nearest open element of its name; without one it is ignored.
    """
    elements: list[XMLElement] = []
    opened: list[XMLElement] = []
    position = 0
    for token in _TOKEN.finditer(text):
        start = token.start()
        if opened and start > position and not text[position:start].isspace():
            opened[-1].texts.append((position, start))
        position = token.end()
        end, tag, attributes, closed = token.groups()
        if tag is None:
            for element in opened[-1:]:
                element.has_markup = True
        elif end:
            _close(opened, token)
        else:
            element = _element(token, opened[-1] if opened else None, tag, attributes)
            elements.append(element)
            if closed and not element.is_empty_tag:
                opened.append(element)
    for element in opened:
        element.end = len(text)
    return elements


def _element(token: re.Match[str], parent: XMLElement | None, tag: str, source: str) -> XMLElement:
    attributes: dict[str, XMLAttribute] = {}
    for found in _ATTRIBUTE.finditer(token.string, *token.span("attributes")) if source else ():
        group = 2 if found[2] is not None else 3
        value = found.span(group) if found[group] is not None else (found.end(), found.end())
        attributes.setdefault(found[1], XMLAttribute(found.span(1), value, found.span()))
    start, end = token.span()
    element = XMLElement(
        tag, start, (start + 1, start + 1 + len(tag)), end, attributes, parent, schema_of(tag, parent)
    )
    element.is_empty_tag = source.endswith("/")
    element.end = end
    if parent is not None:
        parent.children.append(element)
    return element


def schema_of(tag: str, parent: XMLElement | None) -> ElementSchema | None:
    """Return the schema of an element in its parent."""
    if parent is None:
        return root() if tag == root().tag else None
    schema = parent.schema
    if schema is not None and schema.nested and tag == schema.tag:
        return ElementSchema(tag, "", scalar=schema.scalar)
    return schema.children.get(tag) if schema is not None else None


def _close(opened: list[XMLElement], token: re.Match[str]) -> None:
    depth, tag = len(opened) - 1, token["tag"]
    while depth >= 0 and opened[depth].tag != tag:
        depth -= 1
    if depth < 0:
        return
    for element in opened[depth:]:
        element.end = token.start()
    opened[depth].end, opened[depth].end_name = token.end(), token.span("tag")
    del opened[depth:]
