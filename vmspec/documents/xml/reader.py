"""Reads the tree of an XML document, by closures made once per class from its plan.

The walk is strict and only says yes or no; what is wrong, where, and what would be right is
``explain``'s to find, and costs nothing until then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from operator import call
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from vmspec.model.scalars import XML_BLANKS, Boolean, Choice, Scalar, String
from vmspec.model.schema import (
    Attribute,
    Element,
    Field,
    Inline,
    Lookup,
    Nested,
    Part,
    Repeated,
    Text,
    Values,
    Wrapped,
    attributes_of,
    fields_of,
    lookup_keys,
)
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

if TYPE_CHECKING:
    from lxml.etree import _Element

T = TypeVar("T", bound="Part | Lookup")

SCHEMA_HINTS = frozenset(
    "{http://www.w3.org/2001/XMLSchema-instance}" + name
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
"""Attributes of the root that tell editors which schema to use; read and ignored."""

SHARED = 128
"""Lookups, numbers and choices of fewer characters are kept for other documents; no real one is longer."""


class GrammarMismatch(Exception):
    """The grammar does not allow a document, or one of its texts."""


ReadText = Callable[[str], Any]
"""Reads a text as a value; ValueError where it stands for none."""


class Maker(NamedTuple):
    """What is made of what the walk meets: things, or the numbers of things that are to be made."""

    value: Callable[[ReadText, str], Any]
    """Of a text, and what reads it."""
    part: Callable[[type[Part], Values, list[tuple[str, Any]]], Any]
    """Of a class, the values that an object of it has anyway, and its other fields."""
    items: Callable[[list[Any]], Any]
    """Of the things in a list."""


Walk = Callable[["_Element", Maker, Values], Any]
"""Has an element made; attributes that belong to the object around it come to the values that this has
anyway. None where attributes are all there is."""


def read(root: _Element) -> VirtualMachineSpec:
    """The spec of a tree; raises Refused where the grammar does not allow it."""
    spec: VirtualMachineSpec = walked(root, _AT_ONCE)
    return spec


def walked(root: _Element, maker: Maker) -> Any:
    """What a maker makes of a tree; raises Refused where the grammar does not allow it."""
    if root.tag != ROOT_TAG:
        raise GrammarMismatch
    try:
        return _root_walk()(root, maker, {})
    except ValueError:
        raise GrammarMismatch from None


_new, _fill = object.__new__, object.__setattr__


def made(cls: type[T], known: Values, fields: list[tuple[str, Any]]) -> T:
    """An object with these fields; its __init__ would check again what was read by the same plan."""
    thing = _new(cls)
    _fill(thing, "__dict__", known | dict(fields))
    return thing


_AT_ONCE = Maker(cast("Callable[[ReadText, str], Any]", call), made, tuple)


def _blank(text: str | None) -> bool:
    return text is None or not text.strip(XML_BLANKS)


def _leaf_walk(leaf: Scalar) -> Walk:
    read_text = _text_reader(leaf)

    def walk(element: _Element, maker: Maker, around: Values) -> Any:
        if element.items() or len(element):
            raise GrammarMismatch
        return maker.value(read_text, element.text or "")

    return walk


def _text_reader(leaf: Scalar) -> ReadText:
    if isinstance(leaf, String):
        return str
    known = lru_cache(maxsize=256)(leaf.read)  # there are few numbers and choices
    return lambda text: known(text) if len(text) < SHARED else leaf.read(text)


def _lookup_walk(cls: type[Lookup]) -> Walk:
    readers = {by: _lookup_reader(cls, by) for by in lookup_keys(cls)}

    def walk(element: _Element, maker: Maker, around: Values) -> Any:
        marks = element.items()
        by = marks[0][1] if marks else "id"
        if len(element) or by not in readers or (marks and (len(marks) > 1 or marks[0][0] != "by")):
            raise GrammarMismatch
        return maker.value(readers[by], element.text or "")

    return walk


def _lookup_reader(cls: type[Lookup], by: str) -> ReadText:
    def looked_up(text: str) -> Lookup:
        return made(cls, {"by": by}, [("value", cls.leaf.read(text))])

    # Documents of one organization name the same few things; a lookup never changes, so it is shared.
    known = lru_cache(maxsize=256)(looked_up)
    return lambda text: known(text) if len(text) < SHARED else looked_up(text)


def _nested_text_walk(element: _Element, maker: Maker, around: Values) -> Any:
    """The text of <Name>, or of the one <Name> within it: the vendor's own library reads both."""
    if element.items():
        raise GrammarMismatch
    if not len(element):
        return maker.value(str, element.text or "")
    inner = element[0]
    if len(element) > 1 or inner.tag != element.tag or inner.items() or len(inner):
        raise GrammarMismatch
    if not (_blank(element.text) and _blank(inner.tail)):
        raise GrammarMismatch
    return maker.value(str, inner.text or "")


def _value_walk(field: Field) -> Walk:
    if field.part is not None:
        text = next((item for item in fields_of(field.part) if isinstance(item.binding, Text)), None)
        return _part_walk(field.part) if text is None else _text_part_walk(field.part, text)
    if field.lookup is not None:
        return _lookup_walk(field.lookup)
    if isinstance(field.binding, Element) and field.binding.nested:
        return _nested_text_walk
    assert field.leaf is not None
    return _leaf_walk(field.leaf)


AttributeReaders = dict[str, tuple[str, dict[str, object] | None]]
"""For each attribute the field it is, and the value of each word it may be; None for free text."""


def _attribute_readers(fields: dict[str, Field]) -> AttributeReaders:
    return {
        name: (field.name, field.leaf.words if isinstance(field.leaf, (Choice, Boolean)) else None)
        for name, field in fields.items()
    }


def _read_attributes(items: list[tuple[str, str]], readers: AttributeReaders, values: Values) -> None:
    """Attributes are taken as they stand: blanks around a choice are not trimmed."""
    try:
        for attribute, text in items:
            name, words = readers[attribute]
            values[name] = text if words is None else words[text]
    except KeyError:
        raise GrammarMismatch from None


def _wrapped_walk(field: Field, item: str, attributes: dict[str, Field]) -> Walk:
    walk_item, readers = _value_walk(field), _attribute_readers(attributes)

    def walk(element: _Element, maker: Maker, around: Values) -> Any:
        if not _blank(element.text):
            raise GrammarMismatch
        marks = element.items()
        if marks:
            _read_attributes(marks, readers, around)
        items: list[Any] = []
        for child in element[:]:
            if child.tag != item:
                raise GrammarMismatch
            items.append(walk_item(child, maker, around))
            tail = child.tail
            if tail is not None and tail.strip(XML_BLANKS):
                raise GrammarMismatch
        return maker.items(items) if items else None

    return walk


def _nested_walk(tag: str, attributes: dict[str, Field]) -> Walk:
    """The vendor nests <Hostname> in <Hostname>; type="random" in place of a text asks for any."""
    readers = _attribute_readers(attributes)

    def walk(element: _Element, maker: Maker, around: Values) -> Any:
        if element.items() or len(element) != 1 or not _blank(element.text):
            raise GrammarMismatch
        inner = element[0]
        if inner.tag != tag or len(inner) or not _blank(inner.tail):
            raise GrammarMismatch
        marks: Values = {}
        _read_attributes(inner.items(), readers, marks)
        if marks and not inner.text:
            return None
        around.update(marks)
        return maker.value(str, inner.text or "")

    return walk


_Entry = tuple[str, bool, Walk]
"""The name of a field, whether its element may come again, and what takes that down."""


def _entry(cls: type[Part], field: Field) -> tuple[str, _Entry] | None:
    """The tag of the child element that holds a field, and what takes it down."""
    match field.binding:
        case Wrapped(tag, item):
            return tag, (field.name, False, _wrapped_walk(field, item, attributes_of(cls, tag)))
        case Nested(tag):
            return tag, (field.name, False, _nested_walk(tag, attributes_of(cls, tag)))
        case Repeated(tag):
            return tag, (field.name, True, _value_walk(field))
        case Element(tag) | Inline(tag):
            return tag, (field.name, False, _value_walk(field))
        case Attribute() | Text():
            return None


def _text_part_walk(cls: type[Part], text: Field) -> Walk:
    """For an element of attributes and text, such as <Option>."""
    readers = _attribute_readers(attributes_of(cls, None))
    defaults, required = _defaults(cls), [field.name for field in fields_of(cls) if field.required]

    def walk(element: _Element, maker: Maker, around: Values) -> Any:
        known: Values = {}
        _read_attributes(element.items(), readers, known)
        if len(element):
            raise GrammarMismatch
        for name in required:
            if name not in known:
                raise GrammarMismatch
        value = maker.value(str, element.text or "")
        return maker.part(cls, defaults | known, [(text.name, value)])

    return walk


def _part_walk(cls: type[Part], hints: frozenset[str] = frozenset()) -> Walk:
    plan = fields_of(cls)
    table: dict[object, _Entry] = dict(entry for field in plan if (entry := _entry(cls, field)) is not None)
    readers = _attribute_readers(attributes_of(cls, None))
    defaults, required = _defaults(cls), [field.name for field in plan if field.required]
    exclusive = cls.exclusive

    def walk(element: _Element, maker: Maker, around: Values) -> Any:
        known: Values = {}
        fields: list[tuple[str, Any]] = []
        lists: dict[str, list[Any]] = {}
        seen: set[str] = set()
        text = element.text
        if text is not None and text.strip(XML_BLANKS):
            raise GrammarMismatch
        for child in element[:]:  # a slice is far cheaper than an iterator
            try:
                name, again, walk_child = table[child.tag]
            except KeyError:
                raise GrammarMismatch from None
            if name in seen and not again:
                raise GrammarMismatch
            seen.add(name)
            thing = walk_child(child, maker, known)
            if again:
                lists.setdefault(name, []).append(thing)
            elif thing is not None:
                fields.append((name, thing))
            tail = child.tail
            if tail is not None and tail.strip(XML_BLANKS):
                raise GrammarMismatch
        marks = element.items()
        if marks:
            if hints:
                marks = [mark for mark in marks if mark[0] not in hints]
            _read_attributes(marks, readers, known)
        for name in required:
            if name not in seen and name not in known:
                raise GrammarMismatch
        if exclusive is not None and exclusive[0] in seen and exclusive[1] in seen:
            raise GrammarMismatch
        for name, items in lists.items():
            fields.append((name, maker.items(items)))
        return maker.part(cls, defaults | known if known else defaults, fields)

    return walk


def _defaults(cls: type[Part]) -> Values:
    return {field.name: field.default for field in fields_of(cls)}


@cache
def _root_walk() -> Walk:
    return _part_walk(VirtualMachineSpec, SCHEMA_HINTS)
