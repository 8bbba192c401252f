"""Path of a field -> line and column, in an XML document that was read.

Such a document is well formed and has no DOCTYPE: but for comments, CDATA sections and instructions
each < begins a tag, and the tree says whose. So one search of the bytes does, and no second parse.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from vmspec.documents.line_index import LineIndex, Position, attribute_offsets
from vmspec.model.element_tree import ElementSchema, root

if TYPE_CHECKING:
    from lxml.etree import _Element

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@frozen
class _Way:
    """From the element of an object to where one of its fields stands."""

    tags: tuple[str, ...]
    """Of elements within each other; the last of two of one name may be absent."""
    node: ElementSchema | None = None
    attribute: str | None = None


@cache
def _ways(node: ElementSchema) -> dict[str, _Way]:
    """The ways to the fields of the object that an element stands for, by their names."""
    ways: dict[str, _Way] = {}
    if node.owner:
        ways |= {rule.step: _Way((), attribute=name) for name, rule in node.attributes.items()}
    for child in node.children.values():
        tags: tuple[str, ...] = (child.tag,)
        bearer = child
        if child.nested:
            tags = (child.tag, child.tag)
        elif not child.owner and child.tag in child.children:  # the text stands in the inner one
            tags, bearer = (child.tag, child.tag), child.children[child.tag]
        if not child.owner:
            ways |= {rule.step: _Way(tags, attribute=name) for name, rule in bearer.attributes.items()}
        ways[child.step] = _Way(tags, child)
    return ways


@cache
def _unique_tag(path: str) -> tuple[bytes, int] | None:
    """How the tag of a field begins, and how many of its tags lie within each other.

    None where something else may begin likewise, so that only the tree knows which is which.
    """
    node = root()
    tags: tuple[str, ...] = ()
    for step in path.split("."):
        way = _ways(node).get(step)
        if way is None or way.node is None or way.node.many:
            return None
        node, tags = way.node, (*tags, *way.tags)
    alike = sum(count for tag, count in _counts(root()).items() if tag.startswith(node.tag))
    number = tags.count(node.tag)
    return (b"<" + node.tag.encode(), number) if number == alike else None


def _counts(node: ElementSchema) -> Counter[str]:
    """How many places each tag has in the grammar."""
    counts = Counter([node.tag] * (1 + node.nested))
    for child in node.children.values():
        counts += _counts(child)
    return counts


_NOTE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)


def _without_notes(data: bytes) -> bytes:
    """The same tags at the same offsets, and nothing else that looks like one."""
    declaration_end = data.find(b">") if data.startswith(b"<?xml ") else 0
    if b"!" in data or data.find(b"?", declaration_end) >= 0:  # one byte is found ten times as fast as two
        return _NOTE.sub(lambda note: b" " * len(note[0]), data)
    return data


@cache
def _tags_named(tag: str) -> re.Pattern[bytes]:
    return re.compile(rb"<%s(?=[\s/>])" % tag.encode())


class Locator:
    """Where the fields of a document are: at the name of a tag or of an attribute."""

    def __init__(self, data: bytes, tree: _Element) -> None:
        self._data = data
        self._tree = tree
        self._tags = _without_notes(data)
        self._places = LineIndex(data)
        self._offsets: dict[str, dict[_Element, int]] = {}
        self._items: dict[tuple[_Element, str], list[_Element]] = {}

    def of(self, path: str) -> Position:
        """Line and column of a field, or of the nearest thing around it where it is absent."""
        sole = _unique_tag(path) if "[" not in path else None
        offset = self._offset_of_sole(*sole) if sole is not None else -1
        if offset >= 0:
            return self._places.of(offset + 1)
        element, attribute = self._find(path)
        offset = self._offset_of(element)
        place = attribute_offsets(self._data, offset, attribute)[0] if attribute else offset + 1
        return self._places.of(place)

    def _offset_of_sole(self, tag: bytes, number: int) -> int:
        """Of the innermost tag that begins so; -1 where there is none."""
        offset = self._tags.find(tag)
        while number > 1 and (inner := self._tags.find(tag, offset + 1)) >= 0:
            offset, number = inner, number - 1
        return offset

    def _offset_of(self, element: _Element) -> int:
        tag = str(element.tag)
        offsets = self._offsets.get(tag)
        if offsets is None:
            starts = [found.start() for found in _tags_named(tag).finditer(self._tags)]
            offsets = self._offsets[tag] = dict(zip(self._tree.iter(tag), starts, strict=True))
        return offsets[element]

    def _find(self, path: str) -> tuple[_Element, str | None]:
        """The element that a path leads to, and the attribute of it if the field is one."""
        element, node = self._tree, root()
        many: ElementSchema | None = None
        for step in _STEP.finditer(path):
            name, index = step.groups()
            if index is not None:
                inner = many or _item(node)
                items = self._items_of(element, inner.tag) if inner is not None else []
                if inner is None or int(index) >= len(items):
                    break
                element, node, many = items[int(index)], inner, None
                continue
            way = _ways(node).get(name)
            if way is None or many is not None:
                break
            if way.node is not None and way.node.many:
                many = way.node
                continue
            found = _follow(element, way.tags)
            if found is None or (way.attribute is not None and found.get(way.attribute) is None):
                break
            if way.node is None:
                return found, way.attribute
            element, node = found, way.node
        return element, None

    def _items_of(self, element: _Element, tag: str) -> list[_Element]:
        items = self._items.get((element, tag))
        if items is None:
            items = self._items[element, tag] = [*element.iterchildren(tag)]
        return items


def _item(node: ElementSchema) -> ElementSchema | None:
    """What an element holds that stands for a list."""
    return next((child for child in node.children.values() if child.many and not child.step), None)


def _follow(element: _Element, tags: tuple[str, ...]) -> _Element | None:
    """The first child of each tag in turn."""
    for number, tag in enumerate(tags):
        for child in element[:]:
            if child.tag == tag:
                element = child
                break
        else:
            return element if number else None
    return element
