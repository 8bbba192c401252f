"""Where a field sits in a document, and the plan of a class: all its fields with their places.

A class of the model says each fact of the format once, in its annotations:

    size: Annotated[Gigabytes | None, Element("Size")] = None

Readers, writers, checks and all else walk ``plan_of(cls)``, worked out once per class.
"""

from __future__ import annotations

import types
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

import attrs
from attrs import NOTHING, frozen

from vmspec.errors import SpecError
from vmspec.model.scalars import Boolean, Choice, Identifier, Integer, Scalar, String


@frozen
class Attribute:
    """An XML attribute of the element itself, or of its child ``of``."""

    name: str
    of: str | None = None


@frozen
class Text:
    """The text of the element itself."""


@frozen
class Element:
    """One child element. With ``nested`` the text may stand in a second element of the same name."""

    tag: str
    nested: bool = False


@frozen
class Repeated:
    """Child elements that follow each other without a wrapper."""

    tag: str


@frozen
class Wrapped:
    """A child element that holds a list: ``<SystemDisks><Disk/>…</SystemDisks>``."""

    tag: str
    item: str
    ordered: bool = True
    """Whether the order of the items means anything."""


@frozen
class Inline:
    """One child element whose keys JSON and YAML lay into those of its parent."""

    tag: str


@frozen
class Nested:
    """Text in an element within an element of the same name, the outer one always written."""

    tag: str


Binding = Attribute | Text | Element | Repeated | Wrapped | Inline | Nested


@frozen(slots=False, repr=False)
class Lookup:
    """A reference to something that exists in Katapult; ``by`` says what ``value`` is.

    Raises SpecError for an empty value, one with a blank at an end, or a ``by`` it has not.
    """

    scalar: ClassVar[Scalar] = Identifier()
    implicit_key: ClassVar[str | None] = None
    """The ``by`` that JSON and YAML write as a bare number, where there is one."""
    prefixes: ClassVar[tuple[str, ...]] = ()
    """How ids of the thing begin, as far as they were seen."""

    value: str
    by: str

    def __attrs_post_init__(self) -> None:
        name = type(self).__name__
        problem = self.scalar.error(self.value)
        if problem:
            raise SpecError(f"{name} {problem}")
        problem = Choice(lookup_keys(type(self))).error(self.by)
        if problem:
            raise SpecError(f"{name}.by {problem}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r}, by={self.by!r})"


@frozen(kw_only=True, slots=False, repr=False)
class Part:
    """The base of every element that has fields; checks them when an object is made.

    Raises SpecError with all that is wrong with the values given.
    """

    exclusive: ClassVar[tuple[str, str] | None] = None
    """Two fields of which the grammar allows one at most."""

    def __attrs_post_init__(self) -> None:
        values = self.__dict__
        problems = [
            f"{type(self).__name__}.{field.name}{problem}"
            for field in fields_of(type(self))
            if (problem := field.error(values[field.name])) is not None
        ]
        if self.exclusive is not None and all(values[name] is not None for name in self.exclusive):
            problems.append(
                f"{type(self).__name__} has both {' and '.join(self.exclusive)}; only one is possible"
            )
        if problems:
            raise SpecError("; ".join(problems))

    def __repr__(self) -> str:
        """What is set, but for what is secret."""
        shown = [
            f"{field.name}={value!r}"
            for field in fields_of(type(self))
            if not field.secret and (value := getattr(self, field.name)) != field.default
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


@frozen
class Field:
    """One field of a class: its name, its place in a document, and what it holds."""

    name: str
    binding: Binding
    kind: type[Part] | type[Lookup] | Scalar
    many: bool
    optional: bool
    required: bool
    default: object
    secret: bool

    @property
    def scalar(self) -> Scalar | None:
        """The type of a single value; None where the field holds elements or lookups."""
        return None if isinstance(self.kind, type) else self.kind

    @property
    def part(self) -> type[Part] | None:
        """The class of the element that the field holds, where it holds one."""
        return self.kind if isinstance(self.kind, type) and issubclass(self.kind, Part) else None

    @property
    def lookup(self) -> type[Lookup] | None:
        """The class of the lookup that the field holds, where it holds one."""
        return self.kind if isinstance(self.kind, type) and issubclass(self.kind, Lookup) else None

    def error(self, value: object) -> str | None:
        """What is wrong with a value for this field, to stand right after its name; None where nothing is."""
        if value is None:
            return None if self.optional else " is missing"
        if not self.many:
            problem = self._item_error(value)
            return problem and f" {problem}"
        if not isinstance(value, tuple):
            return f" is of type {type(value).__name__}, not a tuple"
        for index, item in enumerate(value):
            problem = self._item_error(item)
            if problem:
                return f"[{index}] {problem}"
        return None

    def _item_error(self, value: object) -> str | None:
        if isinstance(self.kind, type):
            if isinstance(value, self.kind):
                return None
            return f"is of type {type(value).__name__}, not {self.kind.__name__}"
        return self.kind.error(value)


Plan = tuple[Field, ...]

Values = dict[str, Any]
"""The fields of one object, by name."""


_PLANS: dict[type[Part], Plan] = {}
_BYS: dict[type[Lookup], tuple[str, ...]] = {}


def fields_of(cls: type[Part]) -> Plan:
    """The fields of a class in the order of its elements.

    Its module does without ``annotations`` of the future: to evaluate them here takes ten times as long.
    """
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = tuple(_field(attribute) for attribute in attrs.fields(cls))
    return plan


def attributes_of(cls: type[Part], of: str | None) -> dict[str, Field]:
    """The fields that are attributes of the element of a class, or of its child ``of``."""
    return {
        field.binding.name: field
        for field in fields_of(cls)
        if isinstance(field.binding, Attribute) and field.binding.of == of
    }


def lookup_keys(cls: type[Lookup]) -> tuple[str, ...]:
    """What a lookup can be looked up by, as its ``by`` says: ``("id", "permalink")``."""
    bys = _BYS.get(cls)
    if bys is None:
        bys = _BYS[cls] = get_args(attrs.fields_dict(cls)["by"].type)
    return bys


def _field(attribute: attrs.Attribute[Any]) -> Field:
    inner: Any
    inner, *marks = get_args(attribute.type)
    binding = next(mark for mark in marks if isinstance(mark, Binding))
    optional = False
    many = get_origin(inner) is tuple
    if many:
        inner = get_args(inner)[0]
    elif get_origin(inner) in (Union, types.UnionType):
        inner = next(arg for arg in get_args(inner) if arg is not type(None))
        optional = True
    return Field(
        name=attribute.name,
        binding=binding,
        kind=_kind(inner, marks),
        many=many,
        optional=optional,
        required=attribute.default is NOTHING,
        default=attribute.default,
        secret=attribute.repr is False,
    )


def _kind(inner: Any, marks: list[object]) -> type[Part] | type[Lookup] | Scalar:
    """The scalar that an annotation carries or implies, or the class of an element or lookup."""
    if get_origin(inner) is Annotated:
        inner, *more = get_args(inner)
        marks = [*marks, *more]
    for mark in marks:
        if isinstance(mark, (Integer, Identifier)):
            return mark
    if get_origin(inner) is Literal:
        return Choice(get_args(inner))
    if inner is bool:
        return Boolean()
    if inner is str:
        return String()
    if isinstance(inner, type) and issubclass(inner, (Part, Lookup)):
        return inner
    raise TypeError(f"{inner!r} has no place in a document")
