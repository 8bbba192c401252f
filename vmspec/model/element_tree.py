"""The elements of XML documents as a tree, derived from the fields of the model."""

from __future__ import annotations

from functools import cache

from attrs import define, field, frozen

from vmspec.model.scalars import Choice, Scalar
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
    Wrapped,
    fields_of,
    lookup_keys,
)
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec


@frozen(slots=False)
class AttributeSchema:
    """An attribute that an element may have."""

    scalar: Scalar
    required: bool
    step: str
    """The last step of its path."""


@define(eq=False, slots=False, repr=False)
class ElementSchema:
    """An element, with everything that the grammar allows in it."""

    tag: str
    step: str
    """The step that it adds to the path of the object it belongs to; empty if its content adds it."""
    scalar: Scalar | None = None
    """The type of its text; None if it holds elements only."""
    lookup: type[Lookup] | None = None
    required: bool = False
    many: bool = False
    """True if it may be repeated."""
    is_object: bool = False
    """True if it is an object of its own, to whose path its children and attributes add a step."""
    nested: bool = False
    """True if its text may be in an inner element of the same name."""
    secret: bool = False
    attributes: dict[str, AttributeSchema] = field(factory=dict)
    children: dict[str, ElementSchema] = field(factory=dict)
    exclusive: tuple[str, ...] = ()
    """Tags of children of which at most one is allowed."""


@cache
def root() -> ElementSchema:
    """Return the schema of the <VirtualMachineSpec> element."""
    return _part_schema(ROOT_TAG, "", VirtualMachineSpec)


def _part_schema(tag: str, step: str, cls: type[Part]) -> ElementSchema:
    schema, fields = ElementSchema(tag, step, is_object=True), fields_of(cls)
    for item in fields:
        if isinstance(item.binding, Text):
            schema.scalar, schema.secret = item.scalar, item.secret
        elif not isinstance(item.binding, Attribute):
            child = _child_schema(item)
            schema.children[child.tag] = child
    for item in fields:
        if isinstance(item.binding, Attribute):
            assert item.scalar is not None
            attribute = AttributeSchema(item.scalar, item.required, item.name)
            _element_with_attribute(schema, item.binding.of).attributes[item.binding.name] = attribute
    tags = {item.name: item.binding.tag for item in fields if isinstance(item.binding, Element)}
    schema.exclusive = tuple(tags[name] for name in cls.exclusive or ())
    return schema


def _element_with_attribute(schema: ElementSchema, of: str | None) -> ElementSchema:
    """Return the element that has an attribute: of two nested elements, the inner one."""
    if of is None:
        return schema
    child = schema.children[of]
    return child.children.get(of, child)


def _child_schema(item: Field) -> ElementSchema:
    match item.binding:
        case Wrapped(tag, item_tag):
            wrapper, inner = ElementSchema(tag, item.name), _value_schema(item_tag, "", item)
            inner.many = True
            wrapper.children[item_tag] = inner
            return wrapper
        case Nested(tag):
            outer, inner = ElementSchema(tag, item.name), _value_schema(tag, "", item)
            inner.required = True
            outer.children[tag] = inner
            return outer
        case Repeated(tag):
            schema = _value_schema(tag, item.name, item)
            schema.many = True
            return schema
        case Element(tag) | Inline(tag):
            schema = _value_schema(tag, item.name, item)
            schema.required = item.required
            schema.nested = isinstance(item.binding, Element) and item.binding.nested
            return schema
        case Attribute() | Text():
            raise TypeError(f"{item.name} is not an element")


def _value_schema(tag: str, step: str, item: Field) -> ElementSchema:
    if item.part is not None:
        return _part_schema(tag, step, item.part)
    if item.lookup is not None:
        cls, by = item.lookup, AttributeSchema(Choice(lookup_keys(item.lookup)), False, "by")
        return ElementSchema(tag, step, cls.scalar, cls, is_object=True, attributes={"by": by})
    return ElementSchema(tag, step, item.scalar, secret=item.secret)
