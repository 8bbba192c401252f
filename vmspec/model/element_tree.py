"""The elements that XML documents have, worked out from the plan: a node for each element.

Explaining, finding places, formatting and comparing with the XSD walk this tree; reading and
writing go by the plan itself.
"""

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


@frozen
class AttributeRule:
    """What an element may carry as an attribute."""

    scalar: Scalar
    required: bool
    step: str
    """What the attribute adds to the path of the element it stands for."""


@define(eq=False)
class ElementSchema:
    """What the grammar allows at one element.

    ``scalar`` is the type of its text, None where it holds elements only. ``step`` is what the
    element adds to the path of the class it belongs to: ``"size"``, or ``""`` for the root.
    """

    tag: str
    step: str
    scalar: Scalar | None = None
    lookup: type[Lookup] | None = None
    required: bool = False
    many: bool = False
    owner: bool = False
    """The element stands for an object of its own, to whose path its children add theirs."""
    nested: bool = False
    """Its text may stand in one element of the same name."""
    secret: bool = False
    attributes: dict[str, AttributeRule] = field(factory=dict)
    children: dict[str, ElementSchema] = field(factory=dict)
    exclusive: tuple[str, ...] = ()
    """Tags of children of which one at most may stand here."""

    @property
    def required_children(self) -> list[ElementSchema]:
        """The children that must be there."""
        return [child for child in self.children.values() if child.required]


@cache
def root() -> ElementSchema:
    """The node of <VirtualMachineSpec>."""
    return _part_node(ROOT_TAG, "", VirtualMachineSpec)


def _part_node(tag: str, step: str, cls: type[Part]) -> ElementSchema:
    node = ElementSchema(tag, step, owner=True)
    plan = fields_of(cls)
    for item in plan:
        if isinstance(item.binding, Text):
            node.scalar, node.secret = item.scalar, item.secret
        elif not isinstance(item.binding, Attribute):
            child = _child(item)
            node.children[child.tag] = child
    for item in plan:
        if isinstance(item.binding, Attribute):
            assert item.scalar is not None  # an attribute holds a single value
            bearer = _bearer(node, item.binding.of)
            bearer.attributes[item.binding.name] = AttributeRule(item.scalar, item.required, item.name)
    tags = {item.name: item.binding.tag for item in plan if isinstance(item.binding, Element)}
    node.exclusive = tuple(tags[name] for name in cls.exclusive or ())
    return node


def _bearer(node: ElementSchema, of: str | None) -> ElementSchema:
    """The element that carries an attribute: the inner one where two of a name are nested."""
    if of is None:
        return node
    child = node.children[of]
    return child.children.get(of, child)


def _child(item: Field) -> ElementSchema:
    binding = item.binding
    match binding:
        case Wrapped(tag, item_tag):
            wrapper = ElementSchema(tag, item.name)
            inner = _value_node(item_tag, "", item)
            inner.many = True
            wrapper.children[item_tag] = inner
            return wrapper
        case Nested(tag):
            outer = ElementSchema(tag, item.name)
            inner = _value_node(tag, "", item)
            inner.required = True
            outer.children[tag] = inner
            return outer
        case Repeated(tag):
            node = _value_node(tag, item.name, item)
            node.many = True
            return node
        case Element(tag) | Inline(tag):
            node = _value_node(tag, item.name, item)
            node.required = item.required
            node.nested = isinstance(binding, Element) and binding.nested
            return node
        case Attribute() | Text():
            raise TypeError(f"{item.name} is not an element")


def _value_node(tag: str, step: str, item: Field) -> ElementSchema:
    if item.part is not None:
        return _part_node(tag, step, item.part)
    if item.lookup is not None:
        by = AttributeRule(Choice(lookup_keys(item.lookup)), False, "by")
        return ElementSchema(
            tag, step, scalar=item.lookup.scalar, lookup=item.lookup, owner=True, attributes={"by": by}
        )
    return ElementSchema(tag, step, scalar=item.scalar, secret=item.secret)
