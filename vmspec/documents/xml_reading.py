"""Reads the tree of an XML document, by closures made once per class from its plan.

The walk is strict and only says yes or no; what is wrong, where, and what would be right is
``explain``'s to find, and costs nothing until then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from vmspec.model.binding import (
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
    bys_of,
    plan_of,
)
from vmspec.model.leaves import XML_BLANKS, Characters, Choice, Leaf, YesNo
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

if TYPE_CHECKING:
    from lxml.etree import _Element

P = TypeVar("P", bound=Part)

SCHEMA_HINTS = frozenset(
    "{http://www.w3.org/2001/XMLSchema-instance}" + name
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
"""Attributes of the root that tell editors which schema to use; read and ignored."""

SHARED = 128
"""Lookups, numbers and choices of fewer characters are kept for other documents; no real one is longer."""


class Refused(Exception):
    """The walk met what the grammar does not allow."""


def read(root: _Element) -> VirtualMachineSpec:
    """The spec of a tree; raises Refused where the grammar does not allow it."""
    if root.tag != ROOT_TAG:
        raise Refused
    return _root_reader()(root)


Reader = Callable[["_Element"], Any]
"""Reads an element as one value."""

Into = Callable[["_Element", Values], None]
"""Reads an element into the values of the object it belongs to."""


def _blank(text: str | None) -> bool:
    return text is None or not text.strip(XML_BLANKS)


def _text_reader(element: _Element) -> str:
    if element.items() or len(element):
        raise Refused
    return element.text or ""


def _leaf_reader(leaf: Leaf) -> Reader:
    if isinstance(leaf, Characters):
        return _text_reader
    value_of = lru_cache(maxsize=256)(leaf.read)  # there are few numbers and choices

    def read_leaf(element: _Element) -> Any:
        text = _text_reader(element)
        try:
            return value_of(text) if len(text) < SHARED else leaf.read(text)
        except ValueError:
            raise Refused from None

    return read_leaf


def _lookup_reader(cls: type[Lookup]) -> Reader:
    def made(by: str, text: str) -> Lookup:
        try:
            return cls(str(cls.leaf.read(text)), by)
        except ValueError:
            raise Refused from None

    # Documents of one organization name the same few things; a lookup never changes, so it is shared.
    shared = {by: lru_cache(maxsize=256)(partial(made, by)) for by in bys_of(cls)}

    def read_lookup(element: _Element) -> Lookup:
        marks = element.items()
        by = marks[0][1] if marks else "id"
        if len(element) or by not in shared or (marks and (len(marks) > 1 or marks[0][0] != "by")):
            raise Refused
        text = element.text or ""
        return shared[by](text) if len(text) < SHARED else made(by, text)

    return read_lookup


def _nested_text_reader(element: _Element) -> str:
    """The text of <Name>, or of the one <Name> within it: the vendor's own library reads both."""
    if element.items():
        raise Refused
    if not len(element):
        return element.text or ""
    inner = element[0]
    if len(element) > 1 or inner.tag != element.tag or inner.items() or len(inner):
        raise Refused
    if not (_blank(element.text) and _blank(inner.tail)):
        raise Refused
    return inner.text or ""


def _value_reader(field: Field) -> Reader:
    if field.part is not None:
        text = next((item for item in plan_of(field.part) if isinstance(item.binding, Text)), None)
        return _part_reader(field.part) if text is None else _text_part_reader(field.part, text)
    if field.lookup is not None:
        return _lookup_reader(field.lookup)
    if isinstance(field.binding, Element) and field.binding.nested:
        return _nested_text_reader
    assert field.leaf is not None
    return _leaf_reader(field.leaf)


AttributeReaders = dict[str, tuple[str, dict[str, object] | None]]
"""For each attribute the field it is, and the value of each word it may be; None for free text."""


def _attribute_readers(fields: dict[str, Field]) -> AttributeReaders:
    return {
        name: (field.name, field.leaf.words if isinstance(field.leaf, (Choice, YesNo)) else None)
        for name, field in fields.items()
    }


def _read_attributes(items: list[tuple[str, str]], readers: AttributeReaders, values: Values) -> None:
    """Attributes are taken as they stand: blanks around a choice are not trimmed."""
    try:
        for attribute, text in items:
            name, words = readers[attribute]
            values[name] = text if words is None else words[text]
    except KeyError:
        raise Refused from None


def _repeated_into(field: Field) -> Into:
    name, read_item = field.name, _value_reader(field)

    def into(element: _Element, values: Values) -> None:
        values.setdefault(name, []).append(read_item(element))

    return into


def _wrapped_into(field: Field, item: str, attributes: dict[str, Field]) -> Into:
    name, read_item, readers = field.name, _value_reader(field), _attribute_readers(attributes)

    def into(element: _Element, values: Values) -> None:
        if name in values or not _blank(element.text):
            raise Refused
        marks = element.items()
        if marks:
            _read_attributes(marks, readers, values)
        items = []
        for child in element[:]:
            if child.tag != item:
                raise Refused
            items.append(read_item(child))
            tail = child.tail
            if tail is not None and tail.strip(XML_BLANKS):
                raise Refused
        values[name] = tuple(items)

    return into


def _nested_into(field: Field, tag: str, attributes: dict[str, Field]) -> Into:
    """The vendor nests <Hostname> in <Hostname>; type="random" in place of a text asks for any."""
    name, readers = field.name, _attribute_readers(attributes)

    def into(element: _Element, values: Values) -> None:
        if name in values or element.items() or len(element) != 1 or not _blank(element.text):
            raise Refused
        inner = element[0]
        if inner.tag != tag or len(inner) or not _blank(inner.tail):
            raise Refused
        text, marks = inner.text or "", Values()
        _read_attributes(inner.items(), readers, marks)
        if text or not marks:
            values.update(marks)
            values[name] = text
        else:
            values[name] = None

    return into


_Entry = tuple[str, Reader | None, Into | None]
"""The name of a field and what reads it: one value, or more."""


def _entry(cls: type[Part], field: Field) -> tuple[str, _Entry] | None:
    """The tag of the child element that holds a field, and what reads it."""
    match field.binding:
        case Wrapped(tag, item):
            return tag, (field.name, None, _wrapped_into(field, item, attributes_of(cls, tag)))
        case Nested(tag):
            return tag, (field.name, None, _nested_into(field, tag, attributes_of(cls, tag)))
        case Repeated(tag):
            return tag, (field.name, None, _repeated_into(field))
        case Element(tag) | Inline(tag):
            return tag, (field.name, _value_reader(field), None)
        case Attribute() | Text():
            return None


def _text_part_reader(cls: type[P], text_field: Field) -> Callable[[_Element], P]:
    """For an element of attributes and text, such as <Option>."""
    name, plan, new, put = text_field.name, plan_of(cls), object.__new__, object.__setattr__
    readers = _attribute_readers(attributes_of(cls, None))
    required = [field.name for field in plan if field.required]
    defaults = {field.name: field.default for field in plan}

    def read_part(element: _Element) -> P:
        values: Values = {name: element.text or ""}
        _read_attributes(element.items(), readers, values)
        if len(element):
            raise Refused
        for wanted in required:
            if wanted not in values:
                raise Refused
        part = new(cls)
        put(part, "__dict__", defaults | values)  # checked here by the same plan; __init__ would do it again
        return part

    return read_part


def _part_reader(cls: type[P], hints: frozenset[str] = frozenset()) -> Callable[[_Element], P]:
    plan = plan_of(cls)
    table: dict[object, _Entry] = dict(entry for field in plan if (entry := _entry(cls, field)) is not None)
    readers = _attribute_readers(attributes_of(cls, None))
    repeated = [field.name for field in plan if isinstance(field.binding, Repeated)]
    required = [field.name for field in plan if field.required]
    defaults = {field.name: field.default for field in plan}
    exclusive, new, put = cls.exclusive, object.__new__, object.__setattr__

    def read_part(element: _Element) -> P:
        values: Values = {}
        text = element.text
        if text is not None and text.strip(XML_BLANKS):
            raise Refused
        for child in element[:]:  # a slice is far cheaper than an iterator
            try:
                name, read_value, into = table[child.tag]
            except KeyError:
                raise Refused from None
            if into is not None:
                into(child, values)
            elif read_value is None or name in values:
                raise Refused
            else:
                values[name] = read_value(child)
            tail = child.tail
            if tail is not None and tail.strip(XML_BLANKS):
                raise Refused
        marks = element.items()
        if marks:
            if hints:
                marks = [mark for mark in marks if mark[0] not in hints]
            _read_attributes(marks, readers, values)
        for name in repeated:
            if name in values:
                values[name] = tuple(values[name])
        for name in required:
            if name not in values:
                raise Refused
        if exclusive is not None and exclusive[0] in values and exclusive[1] in values:
            raise Refused
        part = new(cls)
        put(part, "__dict__", defaults | values)  # checked here by the same plan; __init__ would do it again
        return part

    return read_part


@cache
def _root_reader() -> Callable[[_Element], VirtualMachineSpec]:
    return _part_reader(VirtualMachineSpec, SCHEMA_HINTS)
