"""The base classes of the model, and the schema of their fields.

A class states each fact of the format once, in its annotations:

    size: Annotated[Gigabytes | None, Element("Size")] = None

Everything else walks ``fields_of(cls)``, which is computed once for each class.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import attrs
from attrs import NOTHING, frozen

from vmspec.errors import SpecError
from vmspec.model.scalars import Boolean, Choice, Identifier, Integer, Scalar, String
from vmspec.text import join_or


class Attribute(NamedTuple):
    """An attribute of the element itself, or of its child ``of``."""

    name: str
    of: str | None = None


@frozen(eq=False)
class Text:
    """The text of the element itself."""


class Element(NamedTuple):
    """One child element. With ``nested``, its text may be in an inner element of the same name."""

    tag: str
    nested: bool = False


class Repeated(NamedTuple):
    """Child elements that follow each other without a wrapper."""

    tag: str


class Wrapped(NamedTuple):
    """A child element that holds a list: ``<SystemDisks><Disk/>…</SystemDisks>``."""

    tag: str
    item: str
    ordered: bool = True
    """True if the order of the items has a meaning."""


class Inline(NamedTuple):
    """One child element whose keys become keys of its parent in JSON and YAML."""

    tag: str


class Nested(NamedTuple):
    """Text in an element within an element of the same name; the outer one is always written."""

    tag: str


Binding = Attribute | Text | Element | Repeated | Wrapped | Inline | Nested
"""Place of a field in an XML document."""

Values = dict[str, Any]
"""The fields of one object, by name."""


class _Value:
    """Base class of values that are equal if they have the same class and equal fields.

    Having attrs write these methods for each class would take most of the time of ``import vmspec.model``.
    """

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))


@frozen(slots=False, repr=False, eq=False)
class Lookup(_Value):
    """A reference to something that exists in Katapult; ``by`` tells what ``value`` is.

    Raises SpecError for an empty value, whitespace at either end, or a ``by`` that the lookup lacks.
    """

    scalar: ClassVar[Scalar] = Identifier()
    implicit_key: ClassVar[str | None] = None
    """The ``by`` that JSON and YAML leave out: the value stands alone, without a key."""
    prefixes: ClassVar[tuple[str, ...]] = ()
    """The prefixes of ids, as far as they are known."""

    value: str
    by: str

    def __attrs_post_init__(self) -> None:
        cls, problem = type(self), self.scalar.error(self.value)
        if problem is not None:
            raise SpecError(f"{cls.__name__} {problem}")
        if self.by not in lookup_keys(cls):
            raise SpecError(f"{cls.__name__}.by is {self.by!r}; it is {join_or(lookup_keys(cls))}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r}, by={self.by!r})"


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class Part(_Value):
    """Base class of the elements that have fields; checks their values when an object is created.

    Raises SpecError with everything that is wrong.
    """

    exclusive: ClassVar[tuple[str, str] | None] = None
    """Two fields of which at most one may be set."""

    def __attrs_post_init__(self) -> None:
        _check(type(self), self.__dict__, fields_of(type(self)))

    def __repr__(self) -> str:
        """Show the fields that are set, except for secrets."""
        shown = [
            f"{field.name}={value!r}"
            for field in fields_of(type(self))
            if not field.secret and (value := getattr(self, field.name)) != field.default
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


P = TypeVar("P", bound=Part)


def _check(cls: type[Part], values: Values, fields: Iterable[Field]) -> None:
    """Raise SpecError if a field has a wrong value; defaults are never wrong."""
    problems = [
        f"{cls.__name__}.{field.name}{problem}"
        for field in fields
        if (value := values[field.name]) is not field.default and (problem := field.error(value)) is not None
    ]
    if cls.exclusive is not None and all(values[name] is not None for name in cls.exclusive):
        problems.append(f"{cls.__name__} has both {' and '.join(cls.exclusive)}; only one is allowed")
    if problems:
        raise SpecError("; ".join(problems))


def with_fields(part: P, **changes: Any) -> P:
    """Return a copy of an element with other values for some fields; raise SpecError if one is wrong.

    Unlike ``attrs.evolve``, it does not check the other fields again.
    """
    cls, values = type(part), part.__dict__ | changes
    fields = _fields_by_name.get(cls)
    if fields is None:
        fields = _fields_by_name[cls] = {field.name: field for field in fields_of(cls)}
    _check(cls, values, [fields[name] for name in changes])
    copy = object.__new__(cls)
    object.__setattr__(copy, "__dict__", values)
    return copy


@frozen(eq=False)
class Field:
    """The schema of one field: its name, its place in a document, and its values.

    Exactly one of ``part``, ``lookup`` and ``scalar`` is set.
    """

    name: str
    binding: Binding
    part: type[Part] | None
    """The class of its values, if they are elements with fields."""
    lookup: type[Lookup] | None
    """The class of its values, if they are lookups."""
    scalar: Scalar | None
    """The type of its values, if they are single values."""
    many: bool
    """True if the field holds a tuple of values."""
    optional: bool
    """True if the field may be None."""
    required: bool
    """True if the field has no default."""
    default: object
    secret: bool

    def error(self, value: object) -> str | None:
        """Return what is wrong with a value, in words that follow the field's name directly, or None."""
        if value is None:
            return None if self.optional else " is missing"
        if not self.many:
            problem = self._item_error(value)
            return problem and f" {problem}"
        if not isinstance(value, tuple):
            return f" is of type {type(value).__name__}, not tuple"
        for index, item in enumerate(value):
            problem = self._item_error(item)
            if problem:
                return f"[{index}] {problem}"
        return None

    def _item_error(self, value: object) -> str | None:
        if self.scalar is not None:
            return self.scalar.error(value)
        cls = self.part or self.lookup
        assert cls is not None
        return None if isinstance(value, cls) else f"is of type {type(value).__name__}, not {cls.__name__}"


_fields: dict[type[Part], tuple[Field, ...]] = {}
_fields_by_name: dict[type[Part], dict[str, Field]] = {}
_lookup_keys: dict[type[Lookup], tuple[str, ...]] = {}


def fields_of(cls: type[Part]) -> tuple[Field, ...]:
    """Return the fields of a class in the order of its elements.

    Modules that define classes do without ``from __future__ import annotations``, because evaluating
    their annotations here would take ten times as long.
    """
    fields = _fields.get(cls)
    if fields is None:
        fields = _fields[cls] = tuple(map(_field, attrs.fields(cls)))
    return fields


def attributes_of(cls: type[Part], of: str | None) -> dict[str, Field]:
    """Return the fields, by attribute, that are attributes of an element or of its child ``of``."""
    return {
        field.binding.name: field
        for field in fields_of(cls)
        if isinstance(field.binding, Attribute) and field.binding.of == of
    }


def lookup_keys(cls: type[Lookup]) -> tuple[str, ...]:
    """Return the values that ``by`` may have in a lookup, such as ``("id", "permalink")``."""
    keys = _lookup_keys.get(cls)
    if keys is None:
        keys = _lookup_keys[cls] = get_args(attrs.fields_dict(cls)["by"].type)
    return keys


def _field(attribute: attrs.Attribute[Any]) -> Field:
    inner: Any
    inner, *metadata = get_args(attribute.type)
    binding = next(item for item in metadata if isinstance(item, Binding))
    optional = False
    many = get_origin(inner) is tuple
    if many:
        inner = get_args(inner)[0]
    elif get_origin(inner) in (Union, types.UnionType):
        inner = next(arg for arg in get_args(inner) if arg is not type(None))
        optional = True
    cls = inner if isinstance(inner, type) else object
    return Field(
        name=attribute.name,
        binding=binding,
        part=cls if issubclass(cls, Part) else None,
        lookup=cls if issubclass(cls, Lookup) else None,
        scalar=None if issubclass(cls, Part | Lookup) else _scalar(inner, metadata),
        many=many,
        optional=optional,
        required=attribute.default is NOTHING,
        default=attribute.default,
        secret=attribute.repr is False,
    )


def _scalar(inner: Any, metadata: list[object]) -> Scalar:
    """Return the scalar that an annotation carries or implies."""
    if get_origin(inner) is Annotated:
        inner, *more = get_args(inner)
        metadata = [*metadata, *more]
    for item in metadata:
        if isinstance(item, Integer | Identifier):
            return item
    if get_origin(inner) is Literal:
        return Choice(get_args(inner))
    if inner is bool:
        return Boolean()
    if inner is str:
        return String()
    raise TypeError(f"a document cannot hold a field of type {inner!r}")
