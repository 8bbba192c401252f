"""Writes a spec as canonical XML, by closures made once per class from its plan."""

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
    """Canonical XML: byte for byte what Katapult stores."""
    return _root_writer()(spec, _NOTHING)


Writer = Callable[[Any, Values], str]
"""Writes the value of a field as an element; given all values of the object it belongs to."""


def _escape(text: str) -> str:
    """Only what XML demands; CR too, which a reader would turn into LF.

    How the API escapes is not known: no stored spec seen holds such a character.
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


def _scalar_writer(tag: str, scalar: Scalar, pad: str) -> Writer:
    opening, closing, empty = f"{pad}<{tag}>", f"</{tag}>\n", f"{pad}<{tag}/>\n"
    if isinstance(scalar, String):
        return lambda value, _: f"{opening}{_escape(value)}{closing}" if value else empty
    return lambda value, _: f"{opening}{value}{closing}"


def _lookup_writer(tag: str, cls: type[Lookup], pad: str) -> Writer:
    closing = f"</{tag}>\n"
    openings = {by: f'{pad}<{tag} by="{by}">' for by in lookup_keys(cls)} | {"id": f"{pad}<{tag}>"}
    return lambda lookup, _: f"{openings[lookup.by]}{_escape(lookup.value)}{closing}"


def _value_writer(tag: str, field: Field, pad: str) -> Writer:
    if field.part is not None:
        return _part_writer(tag, field.part, pad)
    if field.lookup is not None:
        return _lookup_writer(tag, field.lookup, pad)
    assert field.scalar is not None
    return _scalar_writer(tag, field.scalar, pad)


def _attribute_writer(name: str, field: Field) -> Callable[[Values], str]:
    key = field.name
    if isinstance(field.scalar, (Choice, Boolean)):
        marks: dict[object, str] = {value: f' {name}="{word}"' for word, value in field.scalar.words.items()}
        marks[None] = ""
        return lambda values: marks[values[key]]

    def write_attribute(values: Values) -> str:
        text = values[key]
        return "" if text is None else f' {name}="{_escape_attribute(text)}"'

    return write_attribute


def _attributes_writer(fields: dict[str, Field]) -> Callable[[Values], str]:
    writers = [_attribute_writer(name, field) for name, field in fields.items()]
    if len(writers) == 1:
        return writers[0]
    return lambda values: "".join([write(values) for write in writers])


def _wrapped_writer(field: Field, tag: str, item: str, attributes: dict[str, Field], pad: str) -> Writer:
    opening, closing = f"{pad}<{tag}", f"{pad}</{tag}>\n"
    write_item = _value_writer(item, field, pad + "  ")
    write_attributes = _attributes_writer(attributes)

    def write_wrapped(items: tuple[Any, ...], values: Values) -> str:
        marks = write_attributes(values) if attributes else ""
        inner = ""
        for item in items:
            inner += write_item(item, values)
        if inner:
            return f"{opening}{marks}>\n{inner}{closing}"
        return f"{opening}{marks}/>\n" if marks else ""

    return write_wrapped


def _nested_writer(tag: str, attributes: dict[str, Field], pad: str) -> Writer:
    """The element that is always written: without a text it asks for a random one."""
    opening, closing = f"{pad}<{tag}>\n{pad}  <{tag}", f"</{tag}>\n{pad}</{tag}>\n"
    random, empty = f'{opening} type="random"/>\n{pad}</{tag}>\n', f"{opening}/>\n{pad}</{tag}>\n"
    write_attributes = _attributes_writer(attributes)

    def write_nested(text: str | None, values: Values) -> str:
        if text is None:
            return random
        return f"{opening}{write_attributes(values)}>{_escape(text)}{closing}" if text else empty

    return write_nested


def _repeated_writer(write_item: Writer) -> Writer:
    def write_repeated(items: tuple[Any, ...], values: Values) -> str:
        text = ""
        for item in items:
            text += write_item(item, values)
        return text

    return write_repeated


def _child_writer(cls: type[Part], field: Field, pad: str) -> tuple[str, object, Writer] | None:
    """What writes a field as a child element, with its name and the value that needs no writing."""
    match field.binding:
        case Wrapped(tag, item):
            attributes = attributes_of(cls, tag)
            skipped = object() if attributes else field.default
            return field.name, skipped, _wrapped_writer(field, tag, item, attributes, pad)
        case Nested(tag):
            return field.name, object(), _nested_writer(tag, attributes_of(cls, tag), pad)
        case Repeated(tag):
            return field.name, field.default, _repeated_writer(_value_writer(tag, field, pad))
        case Element(tag) | Inline(tag):
            return field.name, field.default, _value_writer(tag, field, pad)
        case Attribute() | Text():
            return None


def _part_writer(tag: str, cls: type[Part], pad: str) -> Writer:
    plan, opening, closing = fields_of(cls), f"{pad}<{tag}", f"{pad}</{tag}>\n"
    bare_opening, empty = f"{opening}>\n", f"{opening}/>\n"
    children = [child for field in plan if (child := _child_writer(cls, field, pad + "  ")) is not None]
    attributes = attributes_of(cls, None)
    write_attributes = _attributes_writer(attributes)
    text_name = next((field.name for field in plan if isinstance(field.binding, Text)), None)

    def write_text_part(part: Part, _: Values) -> str:
        values = part.__dict__
        text, marks = values[text_name or ""], write_attributes(values)
        return f"{opening}{marks}>{_escape(text)}</{tag}>\n" if text else f"{opening}{marks}/>\n"

    def write_part(part: Part, _: Values) -> str:
        values, inner = part.__dict__, ""
        for name, skipped, write_child in children:
            value = values[name]
            if value is not skipped:
                inner += write_child(value, values)
        if attributes:
            marks = write_attributes(values)
            return f"{opening}{marks}>\n{inner}{closing}" if inner else f"{opening}{marks}/>\n"
        return f"{bare_opening}{inner}{closing}" if inner else empty

    return write_part if text_name is None else write_text_part


_NOTHING: Values = {}


@cache
def _root_writer() -> Writer:
    write_root = _part_writer(ROOT_TAG, VirtualMachineSpec, "")
    return lambda spec, values: DECLARATION + write_root(spec, values)
