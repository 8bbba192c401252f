"""Writes a spec as canonical XML, by closures made once per class from its fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from vmspec.model.scalars import Boolean, Choice, Scalar, String
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

DECLARATION = '<?xml version="1.0"?>\n'


def write(spec: VirtualMachineSpec) -> str:
    """Return canonical XML, byte for byte what Katapult stores."""
    return DECLARATION + _root_writer()(spec, {})


Write = Callable[[Any, Values], str]
"""Writes the value of a field as an element.

The second argument holds the fields of the object to which the field belongs, because an attribute of the
element may be another field of that object.
"""


def _escape(text: str) -> str:
    """Escape what XML requires, and CR, which readers would turn into LF.

    The API's own escaping is unknown: no stored spec seen so far contains such a character.
    """
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return text.replace("\r", "&#13;")
    return text


def _escape_attribute(text: str) -> str:
    text = _escape(text)
    if '"' in text or "\n" in text or "\t" in text:
        return text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text


def _scalar_writer(tag: str, scalar: Scalar, indent: str) -> Write:
    opening, closing, empty = f"{indent}<{tag}>", f"</{tag}>\n", f"{indent}<{tag}/>\n"
    if isinstance(scalar, String):
        return lambda value, _: f"{opening}{_escape(value)}{closing}" if value else empty
    return lambda value, _: f"{opening}{value}{closing}"


def _lookup_writer(tag: str, cls: type[Lookup], indent: str) -> Write:
    closing = f"</{tag}>\n"
    openings = {by: f'{indent}<{tag} by="{by}">' for by in lookup_keys(cls)} | {"id": f"{indent}<{tag}>"}
    return lambda lookup, _: f"{openings[lookup.by]}{_escape(lookup.value)}{closing}"


def _value_writer(tag: str, field: Field, indent: str) -> Write:
    if field.part is not None:
        return _part_writer(tag, field.part, indent)
    if field.lookup is not None:
        return _lookup_writer(tag, field.lookup, indent)
    assert field.scalar is not None
    return _scalar_writer(tag, field.scalar, indent)


def _attribute_writer(name: str, field: Field) -> Callable[[Values], str]:
    key = field.name
    if isinstance(field.scalar, (Choice, Boolean)):
        texts: dict[object, str] = {value: f' {name}="{word}"' for word, value in field.scalar.words.items()}
        texts[None] = ""
        return lambda values: texts[values[key]]

    def write_attribute(values: Values) -> str:
        text = values[key]
        return "" if text is None else f' {name}="{_escape_attribute(text)}"'

    return write_attribute


def _attributes_writer(fields: dict[str, Field]) -> Callable[[Values], str]:
    writers = [_attribute_writer(name, field) for name, field in fields.items()]
    if len(writers) == 1:
        return writers[0]
    return lambda values: "".join([write(values) for write in writers])


def _wrapped_writer(field: Field, tag: str, item: str, attributes: dict[str, Field], indent: str) -> Write:
    opening, closing = f"{indent}<{tag}", f"{indent}</{tag}>\n"
    write_item = _value_writer(item, field, indent + "  ")
    write_attributes = _attributes_writer(attributes)

    def write_wrapped(items: tuple[Any, ...], values: Values) -> str:
        start_attributes = write_attributes(values) if attributes else ""
        inner = ""
        for item in items:
            inner += write_item(item, values)
        if inner:
            return f"{opening}{start_attributes}>\n{inner}{closing}"
        return f"{opening}{start_attributes}/>\n" if start_attributes else ""

    return write_wrapped


def _nested_writer(tag: str, attributes: dict[str, Field], indent: str) -> Write:
    """Return a writer of <Hostname>, which is always written; None asks for a random hostname."""
    opening, closing = f"{indent}<{tag}>\n{indent}  <{tag}", f"</{tag}>\n{indent}</{tag}>\n"
    random, empty = f'{opening} type="random"/>\n{indent}</{tag}>\n', f"{opening}/>\n{indent}</{tag}>\n"
    write_attributes = _attributes_writer(attributes)

    def write_nested(text: str | None, values: Values) -> str:
        if text is None:
            return random
        return f"{opening}{write_attributes(values)}>{_escape(text)}{closing}" if text else empty

    return write_nested


def _repeated_writer(write_item: Write) -> Write:
    def write_repeated(items: tuple[Any, ...], values: Values) -> str:
        text = ""
        for item in items:
            text += write_item(item, values)
        return text

    return write_repeated


def _child_writer(cls: type[Part], field: Field, indent: str) -> tuple[str, object, Write] | None:
    """Return a field's name, the value that is not written, and the writer of its child element."""
    match field.binding:
        case Wrapped(tag, item):
            attributes = attributes_of(cls, tag)
            unwritten = object() if attributes else field.default
            return field.name, unwritten, _wrapped_writer(field, tag, item, attributes, indent)
        case Nested(tag):
            return field.name, object(), _nested_writer(tag, attributes_of(cls, tag), indent)
        case Repeated(tag):
            return field.name, field.default, _repeated_writer(_value_writer(tag, field, indent))
        case Element(tag) | Inline(tag):
            return field.name, field.default, _value_writer(tag, field, indent)
        case Attribute() | Text():
            return None


def _part_writer(tag: str, cls: type[Part], indent: str) -> Write:
    fields, attributes = fields_of(cls), attributes_of(cls, None)
    write_attributes = _attributes_writer(attributes)
    for field in fields:
        if isinstance(field.binding, Text):
            return _text_part_writer(tag, field.name, write_attributes, indent)
    children = [child for field in fields if (child := _child_writer(cls, field, indent + "  ")) is not None]
    opening, closing = f"{indent}<{tag}", f"{indent}</{tag}>\n"
    bare_opening, empty = f"{opening}>\n", f"{opening}/>\n"

    def write_part(part: Part, _: Values) -> str:
        values, inner = part.__dict__, ""
        for name, unwritten, write_child in children:
            value = values[name]
            if value is not unwritten:
                inner += write_child(value, values)
        if attributes:
            start = opening + write_attributes(values)
            return f"{start}>\n{inner}{closing}" if inner else f"{start}/>\n"
        return f"{bare_opening}{inner}{closing}" if inner else empty

    return write_part


def _text_part_writer(tag: str, name: str, write_attributes: Callable[[Values], str], indent: str) -> Write:
    """Return a writer of an element with attributes and text, such as <Option>."""
    opening, closing = f"{indent}<{tag}", f"</{tag}>\n"

    def write_text_part(part: Part, _: Values) -> str:
        values = part.__dict__
        start, text = opening + write_attributes(values), values[name]
        return f"{start}>{_escape(text)}{closing}" if text else f"{start}/>\n"

    return write_text_part


@cache
def _root_writer() -> Write:
    return _part_writer(ROOT_TAG, VirtualMachineSpec, "")
