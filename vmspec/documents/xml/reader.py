"""Reads the tree of an XML document, by closures made once per class from its fields.

The reader is strict and only accepts or rejects. What is wrong, where, and what would be right is worked
out by ``explain``, for rejected documents only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import NOTHING

from vmspec.model.scalars import XML_WHITESPACE, Boolean, Choice, Scalar, String
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

SCHEMA_HINTS = frozenset(
    "{http://www.w3.org/2001/XMLSchema-instance}" + name
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
"""Attributes of the root that tell editors which schema to use; read and ignored."""


class GrammarMismatch(Exception):
    """The grammar does not allow the document."""


Read = Callable[["_Element", Values], Any]
"""Reads an element and returns the value of its field.

The second argument holds the fields of the object to which the field belongs. An attribute of the element
may be another field of that object, and is added there.
"""


def read(root: _Element) -> VirtualMachineSpec:
    """Return the spec of a tree; raise GrammarMismatch if the grammar does not allow it."""
    if root.tag != ROOT_TAG:
        raise GrammarMismatch
    try:
        spec: VirtualMachineSpec = _root_reader()(root, {})
    except ValueError:
        raise GrammarMismatch from None
    return spec


_new, _set = object.__new__, object.__setattr__
# Objects are made without __init__, which would check again what the reader has checked.


def _check_blank(text: str | None) -> None:
    if text is not None and text.strip(XML_WHITESPACE):
        raise GrammarMismatch


def _read_string(element: _Element, _: Values) -> str:
    if element.items() or len(element):
        raise GrammarMismatch
    return element.text or ""


def _scalar_reader(scalar: Scalar) -> Read:
    if isinstance(scalar, String):
        return _read_string
    read_text = scalar.read

    def read_scalar(element: _Element, _: Values) -> Any:
        if element.items() or len(element):
            raise GrammarMismatch
        return read_text(element.text or "")

    return read_scalar


def _lookup_reader(cls: type[Lookup]) -> Read:
    keys, read_text = frozenset(lookup_keys(cls)), cls.scalar.read

    def read_lookup(element: _Element, _: Values) -> Any:
        by = "id"
        if attributes := element.items():
            (name, by), *others = attributes
            if name != "by" or by not in keys or others:
                raise GrammarMismatch
        if len(element):
            raise GrammarMismatch
        lookup = _new(cls)
        _set(lookup, "__dict__", {"value": read_text(element.text or ""), "by": by})
        return lookup

    return read_lookup


def _read_nested_string(element: _Element, _: Values) -> str:
    """Read the text of <Name>, or of a <Name> within it: the vendor's library accepts both."""
    if element.items():
        raise GrammarMismatch
    if not len(element):
        return element.text or ""
    inner = element[0]
    if len(element) > 1 or inner.tag != element.tag or inner.items() or len(inner):
        raise GrammarMismatch
    _check_blank(element.text)
    _check_blank(inner.tail)
    return inner.text or ""


def _value_reader(field: Field) -> Read:
    if field.part is not None:
        text = next((item for item in fields_of(field.part) if isinstance(item.binding, Text)), None)
        return _part_reader(field.part) if text is None else _text_part_reader(field.part, text)
    if field.lookup is not None:
        return _lookup_reader(field.lookup)
    if isinstance(field.binding, Element) and field.binding.nested:
        return _read_nested_string
    assert field.scalar is not None
    return _scalar_reader(field.scalar)


AttributeReaders = dict[str, tuple[str, dict[str, object] | None]]
"""For each attribute its field, and the value of each word allowed; None for any string."""


def _attribute_readers(fields: dict[str, Field]) -> AttributeReaders:
    return {
        name: (field.name, field.scalar.words if isinstance(field.scalar, (Choice, Boolean)) else None)
        for name, field in fields.items()
    }


def _read_attributes(items: list[tuple[str, str]], readers: AttributeReaders, values: Values) -> None:
    """Add the fields that are attributes; whitespace around a word is not trimmed."""
    try:
        for attribute, text in items:
            name, words = readers[attribute]
            values[name] = text if words is None else words[text]
    except KeyError:
        raise GrammarMismatch from None


def _wrapped_reader(field: Field, item: str, attributes: dict[str, Field]) -> Read:
    read_item, readers = _value_reader(field), _attribute_readers(attributes)

    def read_wrapped(element: _Element, values: Values) -> Any:
        if (text := element.text) is not None and text.strip(XML_WHITESPACE):
            raise GrammarMismatch
        if attributes := element.items():
            _read_attributes(attributes, readers, values)
        items: list[Any] = []
        for child in element[:]:
            if child.tag != item:
                raise GrammarMismatch
            items.append(read_item(child, values))
            if (text := child.tail) is not None and text.strip(XML_WHITESPACE):
                raise GrammarMismatch
        return tuple(items)

    return read_wrapped


def _nested_reader(tag: str, attributes: dict[str, Field]) -> Read:
    """Return a reader of <Hostname> in <Hostname>; type="random" without text asks for any."""
    readers = _attribute_readers(attributes)

    def read_nested(element: _Element, values: Values) -> Any:
        if element.items() or len(element) != 1:
            raise GrammarMismatch
        inner = element[0]
        if inner.tag != tag or len(inner):
            raise GrammarMismatch
        _check_blank(element.text)
        _check_blank(inner.tail)
        text = inner.text
        if attributes := inner.items():
            _read_attributes(attributes, readers, values if text else {})
            if not text:
                return None
        return text or ""

    return read_nested


_Child = tuple[int, str, bool, Read]
"""The index of a field, its name, whether its element may be repeated, and the reader of its element."""


def _child(cls: type[Part], field: Field, index: int) -> tuple[str, _Child] | None:
    """Return the tag of the child element that holds a field, with its reader."""
    match field.binding:
        case Wrapped(tag, item):
            return tag, (index, field.name, False, _wrapped_reader(field, item, attributes_of(cls, tag)))
        case Nested(tag):
            return tag, (index, field.name, False, _nested_reader(tag, attributes_of(cls, tag)))
        case Repeated(tag):
            return tag, (index, field.name, True, _value_reader(field))
        case Element(tag) | Inline(tag):
            return tag, (index, field.name, False, _value_reader(field))
        case Attribute() | Text():
            return None


def _text_part_reader(cls: type[Part], text: Field) -> Read:
    """Return a reader of an element with attributes and text, such as <Option>."""
    readers, defaults = _attribute_readers(attributes_of(cls, None)), _defaults(cls)

    def read_text_part(element: _Element, _: Values) -> Any:
        if len(element):
            raise GrammarMismatch
        values = defaults.copy()
        _read_attributes(element.items(), readers, values)
        values[text.name] = element.text or ""
        if NOTHING in values.values():
            raise GrammarMismatch
        part = _new(cls)
        _set(part, "__dict__", values)
        return part

    return read_text_part


def _part_reader(cls: type[Part], ignored: frozenset[str] = frozenset()) -> Read:
    entries = (_child(cls, field, index) for index, field in enumerate(fields_of(cls)))
    children: dict[object, _Child] = dict(entry for entry in entries if entry is not None)
    readers, defaults = _attribute_readers(attributes_of(cls, None)), _defaults(cls)
    has_required = NOTHING in defaults.values()
    repeated = [name for _, name, is_repeated, _ in children.values() if is_repeated]
    first, second = cls.exclusive or ("", "")

    def read_part(element: _Element, _: Values) -> Any:
        values, last, in_order = defaults.copy(), -1, True
        if (text := element.text) is not None and text.strip(XML_WHITESPACE):
            raise GrammarMismatch
        for child in element[:]:  # a slice is far cheaper than an iterator
            try:
                index, name, is_repeated, read_child = children[child.tag]
            except KeyError:
                raise GrammarMismatch from None
            if is_repeated:
                values[name] = values[name] or []
                values[name].append(read_child(child, values))
            else:
                values[name] = read_child(child, values)
                in_order = in_order and index > last
                last = index
            if (text := child.tail) is not None and text.strip(XML_WHITESPACE):
                raise GrammarMismatch
        if not in_order:
            _check_repetition(element, children)
        if attributes := element.items():
            if ignored:
                attributes = [item for item in attributes if item[0] not in ignored]
            _read_attributes(attributes, readers, values)
        if has_required and NOTHING in values.values():
            raise GrammarMismatch
        for name in repeated:
            values[name] = tuple(values[name])
        if first and values[first] is not None and values[second] is not None:
            raise GrammarMismatch
        part = _new(cls)
        _set(part, "__dict__", values)
        return part

    return read_part


def _check_repetition(element: _Element, children: dict[object, _Child]) -> None:
    """Raise GrammarMismatch for an element that occurs twice; in an ordered document none does."""
    tags = [child.tag for child in element if not children[child.tag][2]]
    if len(set(tags)) < len(tags):
        raise GrammarMismatch


def _defaults(cls: type[Part]) -> Values:
    return {field.name: field.default for field in fields_of(cls)}


@cache
def _root_reader() -> Read:
    return _part_reader(VirtualMachineSpec, SCHEMA_HINTS)
