"""The position of each field in an XML document that was read.

Such a document is well formed and has no DOCTYPE, so that each < begins a tag, except in comments, CDATA
sections and instructions. Nearly every field has a tag that is unique within the object that it belongs to,
and is found by a search of the bytes. For the others, the tree tells which of several tags it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from attrs import field, frozen

from vmspec.documents.line_index import LineIndex, Position
from vmspec.model.element_tree import ElementSchema, root
from vmspec.model.spec import ROOT_TAG

if TYPE_CHECKING:
    from lxml.etree import _Element

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_NOT_A_TAG = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_EXCLAMATION_MARK = ord("!")


_ROOT = b"<" + ROOT_TAG.encode()


class Locator:
    """Finds the fields of a document: the position of an element or attribute is that of its name."""

    def __init__(self, data: bytes, tree: _Element) -> None:
        self._data = data
        self._tree = tree
        self._tags = _tags_only(data)
        self._positions = LineIndex(data)
        self._item_starts: dict[tuple[int, str], list[int]] = {}
        self._offsets: dict[str, dict[_Element, int]] = {}
        self._items: dict[tuple[_Element, str], list[_Element]] = {}

    def of(self, path: str) -> Position:
        """Return the line and column of a field, or of the nearest one around it if it is absent."""
        offset = self._search(path)
        return self._positions.of(self._find(path) if offset is None else offset)

    # By a search of the bytes

    def _search(self, path: str) -> int | None:
        """Return the offset of a name; None if a tag on the way is not unique."""
        tags, schema, items = self._tags, root(), None
        start, end = tags.find(_ROOT), len(tags)
        parent: _Route | None = None
        for name, index in _STEP.findall(path):
            if parent is not None:  # an element without content has no end tag
                end, parent = max(tags.rfind(parent.end_tag, start, end), start), None
            if index:
                schema, items = items or _item_schema(schema), None
                starts = self._starts_of_items(schema, start, end)
                if int(index) >= len(starts) - 1:
                    break
                start, end = starts[int(index)], starts[int(index) + 1]
                continue
            route = _routes(schema).get(name)
            if route is None:
                break
            if not route.has_unique_tag:
                return None
            if route.schema is not None and route.schema.many:
                items = route.schema
                continue
            found = start
            for start_tag in route.start_tags:
                inner = tags.find(start_tag, found + 1, end)
                if inner < 0:
                    break
                found = inner
            if route.schema is None:
                offset = attribute_offsets(self._data, found, route.attribute or "")[0]
                return offset if offset != found + 1 else start + 1
            if found == start:
                break
            schema, start, parent = route.schema, found, route
        return start + 1

    def _starts_of_items(self, schema: ElementSchema, start: int, end: int) -> list[int]:
        """Return the offsets of the tags of a list, and the end of the list."""
        starts = self._item_starts.get((start, schema.tag))
        if starts is None:
            found = _start_tags(schema.tag).finditer(self._tags, start + 1, end)
            starts = self._item_starts[start, schema.tag] = [*(item.start() for item in found), end]
        return starts

    # By the tree

    def _find(self, path: str) -> int:
        """Return the offset of a name."""
        element, schema = self._tree, root()
        items: ElementSchema | None = None
        for name, index in _STEP.findall(path):
            if index:
                schema, items = items or _item_schema(schema), None
                elements = self._items_of(element, schema.tag)
                if int(index) >= len(elements):
                    break
                element = elements[int(index)]
                continue
            route = _routes(schema).get(name)
            if route is None:
                break
            if route.schema is not None and route.schema.many:
                items = route.schema
                continue
            found = _follow(element, route.tags)
            if found is None:
                break
            if route.schema is None:
                tag_offset = self._offset_of(found)
                offset = attribute_offsets(self._data, tag_offset, route.attribute or "")[0]
                return offset if offset != tag_offset + 1 else self._offset_of(element) + 1
            element, schema = found, route.schema
        return self._offset_of(element) + 1

    def _offset_of(self, element: _Element) -> int:
        """Return the offset of the tag of an element."""
        tag = str(element.tag)
        offsets = self._offsets.get(tag)
        if offsets is None:
            starts = [found.start() for found in _start_tags(tag).finditer(self._tags)]
            offsets = self._offsets[tag] = dict(zip(self._tree.iter(tag), starts, strict=True))
        return offsets[element]

    def _items_of(self, element: _Element, tag: str) -> list[_Element]:
        items = self._items.get((element, tag))
        if items is None:
            items = self._items[element, tag] = [*element.iterchildren(tag)]
        return items


def _tags_only(data: bytes) -> bytes:
    """Return the document with the same tags at the same offsets, and nothing else that looks like a tag."""
    if _EXCLAMATION_MARK in data or data.find(b"?", data.find(b">")) >= 0:
        return _NOT_A_TAG.sub(lambda found: b" " * len(found[0]), data)
    return data


@cache
def _start_tags(tag: str) -> re.Pattern[bytes]:
    return re.compile(rb"<%s(?=[\s/>])" % tag.encode())


def _follow(element: _Element, tags: tuple[str, ...]) -> _Element | None:
    """Return the first child with the first tag, its first child with the second, and so on."""
    for number, tag in enumerate(tags):
        child = next(element.iterchildren(tag), None)
        if child is None:
            return element if number else None
        element = child
    return element


_TAG_NAME = re.compile(rb"<[^ \t\r\n/>]+")
_ATTRIBUTE = re.compile(rb"""[ \t\r\n]+([^ \t\r\n=/>]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")


def attribute_offsets(data: bytes, offset: int, name: str) -> tuple[int, int]:
    """Return the offsets of the name and the value of an attribute in the tag at an offset.

    If the attribute is absent, both are the offset of the tag's name.
    """
    tag, key = _TAG_NAME.match(data, offset), name.encode()
    position = tag.end() if tag else offset
    while found := _ATTRIBUTE.match(data, position):
        if found[1] == key:
            return found.start(1), found.start(2) if found[2] is not None else found.start(3)
        position = found.end()
    return offset + 1, offset + 1


# The way to fields, by the schema of the elements


@frozen(eq=False, slots=False)
class _Route:
    """The way from the element of an object to one of its fields."""

    tags: tuple[str, ...]
    """Tags of elements inside each other; the last of two with the same name may be absent."""
    schema: ElementSchema | None
    attribute: str | None
    has_unique_tag: bool
    start_tags: tuple[bytes, ...] = field(init=False)
    end_tag: bytes = field(init=False)

    def __attrs_post_init__(self) -> None:
        tags = [tag.encode() for tag in self.tags]
        object.__setattr__(self, "start_tags", tuple(b"<" + tag for tag in tags))
        object.__setattr__(self, "end_tag", b"</" + (tags[0] if tags else b""))


@cache
def _routes(schema: ElementSchema) -> dict[str, _Route]:
    """Return the routes to the fields of an object, by field name."""
    routes: dict[str, _Route] = {}
    if schema.is_object:
        routes |= {item.step: _Route((), None, name, True) for name, item in schema.attributes.items()}
    for child in schema.children.values():
        tags: tuple[str, ...] = (child.tag,)
        with_attributes, is_unique = child, _has_unique_tag(child, schema)
        if child.nested:
            tags = (child.tag, child.tag)
        elif not child.is_object and child.tag in child.children:  # the text is in the inner element
            tags, with_attributes = (child.tag, child.tag), child.children[child.tag]
        if not child.is_object:
            attributes = with_attributes.attributes
            routes |= {item.step: _Route(tags, None, name, is_unique) for name, item in attributes.items()}
        routes[child.step] = _Route(tags, child, None, is_unique)
    return routes


def _has_unique_tag(child: ElementSchema, parent: ElementSchema) -> bool:
    """Return True if nothing else in an element starts like the tag of a child, except inside this child.

    If the child may be repeated, nothing inside it may start like that, either.
    """
    others = (_tags_of(other) for other in parent.children.values() if other is not child)
    inside = map(_tags_of, child.children.values() if child.many else ())
    return not any(tag.startswith(child.tag) for tag in chain.from_iterable((*others, *inside)))


def _tags_of(schema: ElementSchema) -> Iterator[str]:
    yield schema.tag
    for child in schema.children.values():
        yield from _tags_of(child)


@cache
def _item_schema(schema: ElementSchema) -> ElementSchema:
    """Return the schema of the items of a list; the path must lead to one."""
    return next(child for child in schema.children.values() if child.many and not child.step)
