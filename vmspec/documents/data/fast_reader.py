"""Reads the plain data of a JSON or YAML document fast: accepts it, or says nothing about it.

Dicts, lists and scalars, as C code parsed them, are read by closures made once per class from its fields.
Data that is not accepted may still be valid (a choice with a space around it): the slow reader decides,
and knows positions and messages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from vmspec.model.scalars import Identifier, Integer, Scalar, String, VersionIdentifier
from vmspec.model.schema import Field, Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

SCHEMA_KEY = "$schema"
"""A hint for editors at the top of a document; read and ignored, never written."""

Read = Callable[[Any], Any]
"""Reads a value; raises one of the rejections if it does not accept it."""

REJECTIONS = (KeyError, TypeError, ValueError)

ScalarReader = Callable[[Scalar], Read]
"""Returns the reader of a type of scalar, in one of the two formats."""

_new, _set = object.__new__, object.__setattr__


def spec_reader(scalar_reader: ScalarReader) -> Read:
    """Return the reader of a whole document."""
    read_part = _part_reader(VirtualMachineSpec, scalar_reader)

    def read_spec(data: Any) -> Any:
        if type(data) is not dict:
            raise ValueError("not a mapping")
        if SCHEMA_KEY in data:
            hint = data.pop(SCHEMA_KEY)
            if type(hint) is not str or not hint.isascii():
                raise ValueError("not a plain string")
        spec = read_part(data)
        if spec.hostname_type is not None and not spec.hostname:
            raise ValueError("a random hostname without a text, which the class treats as absent")
        return spec

    return read_spec


def _part_reader(cls: type[Part], scalar_reader: ScalarReader) -> Read:
    readers: dict[str, tuple[str, Read]] = {}
    for field in fields_of(cls):
        if isinstance(field.binding, Inline) and field.lookup is not None:
            for key in lookup_keys(field.lookup):
                readers[key] = (field.name, _keyed_reader(field.lookup, key, scalar_reader))
        else:
            readers[field.name] = (field.name, _field_reader(field, scalar_reader))
    defaults = {field.name: field.default for field in fields_of(cls)}
    required = [field.name for field in fields_of(cls) if field.required]
    exclusive = cls.exclusive

    def read_part(data: Any) -> Any:
        if type(data) is not dict:
            raise ValueError("not a mapping")
        values: dict[str, Any] = {}
        for key, value in data.items():
            name, read = readers[key]
            if value is None:
                continue
            if name in values:
                raise ValueError("two keys of one lookup")
            values[name] = read(value)
        for name in required:
            if name not in values:
                raise ValueError("a missing field")
        if exclusive is not None and exclusive[0] in values and exclusive[1] in values:
            raise ValueError("fields that exclude each other")
        part = _new(cls)
        _set(part, "__dict__", defaults | values)
        return part

    return read_part


def _field_reader(field: Field, scalar_reader: ScalarReader) -> Read:
    if field.part is not None:
        read = _part_reader(field.part, scalar_reader)
    elif field.lookup is not None:
        read = _lookup_reader(field.lookup, scalar_reader)
    else:
        assert field.scalar is not None
        read = scalar_reader(field.scalar)
    if not field.many:
        return read

    def read_items(data: Any) -> tuple[Any, ...]:
        if type(data) is not list:
            raise ValueError("not a list")
        return tuple([read(item) for item in data])

    return read_items


def _lookup_reader(cls: type[Lookup], scalar_reader: ScalarReader) -> Read:
    readers = {key: _keyed_reader(cls, key, scalar_reader) for key in lookup_keys(cls)}
    read_implicit = _implicit_reader(cls, scalar_reader)

    def read_lookup(data: Any) -> Any:
        if type(data) is not dict:
            return read_implicit(data)
        ((key, value),) = data.items()
        return readers[key](value)

    return read_lookup


def _keyed_reader(cls: type[Lookup], by: str, scalar_reader: ScalarReader) -> Read:
    """Return a reader of the value of a lookup with this key."""
    read_value = scalar_reader(cls.scalar)

    def read_keyed(value: Any) -> Any:
        lookup = _new(cls)
        _set(lookup, "__dict__", {"value": read_value(value), "by": by})
        return lookup

    return read_keyed


def _implicit_reader(cls: type[Lookup], scalar_reader: ScalarReader) -> Read:
    """Return a reader of a lookup without its key."""
    key = cls.implicit_key
    if key is None:
        return reject
    if not isinstance(cls.scalar, VersionIdentifier):
        return _keyed_reader(cls, key, scalar_reader)
    read_number = scalar_reader(Integer())
    return lambda value: cls(str(read_number(value)), key)


# Scalars


def reject(_: object) -> Any:
    """Raise ValueError."""
    raise ValueError("not a value of this type")


def read_string(value: Any) -> str:
    """Return a string that XML can hold."""
    is_simple = type(value) is str and value.isascii() and value.isprintable()
    if is_simple or String().error(value) is None:
        return str(value)
    raise ValueError("not a string that XML can hold")


def text_reader(scalar: Scalar) -> Read:
    """Return a reader of strings that are trimmed and checked as the slow reader does it."""

    def read_text(value: Any) -> Any:
        if type(value) is not str:
            reject(value)
        result = scalar.read(value)
        return result if scalar.error(result) is None else reject(value)

    def read_identifier(value: Any) -> Any:
        if (
            type(value) is str
            and value.isascii()
            and value.isprintable()
            and value
            and value == value.strip()
        ):
            return value
        return read_text(value)

    return read_identifier if isinstance(scalar, Identifier) else read_text


def member_reader(values: Collection[Any], type_of_value: type, otherwise: Read = reject) -> Read:
    """Return a reader of values of one type that are in a collection."""

    def read_member(value: Any) -> Any:
        return value if type(value) is type_of_value and value in values else otherwise(value)

    return read_member
