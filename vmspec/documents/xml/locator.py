"""The position of each field in an XML document that was read.

Such a document is well formed and has no DOCTYPE, so that each < begins a tag, except in comments, CDATA
sections and instructions. A search of the bytes finds the tags, and the tree tells which is which.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from vmspec.documents.line_index import LineIndex, Position
from vmspec.model.element_tree import ElementSchema, root

if TYPE_CHECKING:
    from lxml.etree import _Element

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@frozen
class _Route:
    """The way from the element of an object to one of its fields."""

    tags: tuple[str, ...]
    """Tags of elements inside each other; the last of two with the same name may be absent."""
    schema: ElementSchema | None = None
    attribute: str | None = None


@cache
def _routes(schema: ElementSchema) -> dict[str, _Route]:
    """Return the routes to the fields of an object, by field name."""
    routes: dict[str, _Route] = {}
    if schema.is_object:
        routes |= {item.step: _Route((), attribute=name) for name, item in schema.attributes.items()}
    for child in schema.children.values():
        tags: tuple[str, ...] = (child.tag,)
        with_attributes = child
        if child.nested:
            tags = (child.tag, child.tag)
        elif not child.is_object and child.tag in child.children:  # the text is in the inner element
            tags, with_attributes = (child.tag, child.tag), child.children[child.tag]
        if not child.is_object:
            attributes = with_attributes.attributes
            routes |= {item.step: _Route(tags, attribute=name) for name, item in attributes.items()}
        routes[child.step] = _Route(tags, child)
    return routes


@cache
def _unique_tag(path: str) -> tuple[bytes, int] | None:
    """Return the start of a field's tag, and how many of its tags are nested.

    None if other tags may start in the same way, so that only the tree tells which is which.
    """
    schema = root()
    tags: tuple[str, ...] = ()
    for step in path.split("."):
        route = _routes(schema).get(step)
        if route is None or route.schema is None or route.schema.many:
            return None
        schema, tags = route.schema, (*tags, *route.tags)
    same_start = sum(count for tag, count in _tag_counts(root()).items() if tag.startswith(schema.tag))
    number = tags.count(schema.tag)
    return (b"<" + schema.tag.encode(), number) if number == same_start else None


def _tag_counts(schema: ElementSchema) -> Counter[str]:
    """Return the number of places of each tag in the grammar."""
    counts = Counter([schema.tag] * (1 + schema.nested))
    for child in schema.children.values():
        counts += _tag_counts(child)
    return counts


_NOT_A_TAG = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_EXCLAMATION_MARK = ord("!")


def _tags_only(data: bytes) -> bytes:
    """Return the document with the same tags at the same offsets, and nothing else that looks like a tag."""
    if _EXCLAMATION_MARK in data or data.find(b"?", data.find(b">")) >= 0:
        return _NOT_A_TAG.sub(lambda found: b" " * len(found[0]), data)
    return data


@cache
def _start_tags(tag: str) -> re.Pattern[bytes]:
    return re.compile(rb"<%s(?=[\s/>])" % tag.encode())


_TAG_NAME = re.compile(rb"<[^ \t\r\n/>]+")
_ATTRIBUTE = re.compile(rb"""[ \t\r\n]+([^ \t\r\n=/>]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")


def attribute_offsets(data: bytes, offset: int, name: str) -> tuple[int, int]:
    """Return the offsets of the name and the value of an attribute in the tag at an offset."""
    tag = _TAG_NAME.match(data, offset)
    position = tag.end() if tag else offset
    while found := _ATTRIBUTE.match(data, position):
        if found[1] == name.encode():
            return found.start(1), found.start(2) if found[2] is not None else found.start(3)
        position = found.end()
    return offset + 1, offset + 1


class Locator:
    """Finds the fields of a document: the position of an element or attribute is that of its name."""

    def __init__(self, data: bytes, tree: _Element) -> None:
        self._data = data
        self._tree = tree
        self._tags = _tags_only(data)
        self._positions = LineIndex(data)
        self._offsets: dict[str, dict[_Element, int]] = {}
        self._items: dict[tuple[_Element, str], list[_Element]] = {}

    def of(self, path: str) -> Position:
        """Return the line and column of a field, or of the nearest one around it if it is absent."""
        unique = _unique_tag(path) if "[" not in path else None
        offset = self._offset_of_unique(*unique) if unique is not None else -1
        if offset >= 0:
            return self._positions.of(offset + 1)
        element, attribute = self._find(path)
        offset = self._offset_of(element)
        return self._positions.of(
            attribute_offsets(self._data, offset, attribute)[0] if attribute else offset + 1
        )

    def _offset_of_unique(self, tag: bytes, number: int) -> int:
        """Return the offset of the innermost tag with a start, or -1."""
        offset = self._tags.find(tag)
        while number > 1 and (inner := self._tags.find(tag, offset + 1)) >= 0:
            offset, number = inner, number - 1
        return offset

    def _offset_of(self, element: _Element) -> int:
        tag = str(element.tag)
        offsets = self._offsets.get(tag)
        if offsets is None:
            starts = [found.start() for found in _start_tags(tag).finditer(self._tags)]
            offsets = self._offsets[tag] = dict(zip(self._tree.iter(tag), starts, strict=True))
        return offsets[element]

    def _find(self, path: str) -> tuple[_Element, str | None]:
        """Return the element of a field, or of the nearest one around it, and the attribute if it is one."""
        element, schema = self._tree, root()
        item: ElementSchema | None = None
        for step in _STEP.finditer(path):
            name, index = step.groups()
            if index is not None:
                inner = item or _item_schema(schema)
                items = self._items_of(element, inner.tag) if inner is not None else []
                if inner is None or int(index) >= len(items):
                    break
                element, schema, item = items[int(index)], inner, None
                continue
            route = _routes(schema).get(name)
            if route is None or item is not None:
                break
            if route.schema is not None and route.schema.many:
                item = route.schema
                continue
            found = _follow(element, route.tags)
            if found is None or (route.attribute is not None and found.get(route.attribute) is None):
                break
            if route.schema is None:
                return found, route.attribute
            element, schema = found, route.schema
        return element, None

    def _items_of(self, element: _Element, tag: str) -> list[_Element]:
        items = self._items.get((element, tag))
        if items is None:
            items = self._items[element, tag] = [*element.iterchildren(tag)]
        return items


def _item_schema(schema: ElementSchema) -> ElementSchema | None:
    """Return the schema of the items of a list."""
    return next((child for child in schema.children.values() if child.many and not child.step), None)


def _follow(element: _Element, tags: tuple[str, ...]) -> _Element | None:
    """Return the first child with the first tag, its first child with the second, and so on."""
    for number, tag in enumerate(tags):
        for child in element[:]:
            if child.tag == tag:
                element = child
                break
        else:
            return element if number else None
    return element
