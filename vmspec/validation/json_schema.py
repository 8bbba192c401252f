"""The JSON Schema of JSON and YAML documents, made from the model and the sentences of the XSD.

It says how values are to be written, and reading forgives more: blanks around a value, and in YAML,
where types come from the model, a number in quotes or a text without. What no JSON Schema can say:
that a key stands there once, that ``20.0`` is no number here, how large a document may be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from vmspec.documents.data.mapping import SCHEMA_KEY
from vmspec.documents.files import write_text
from vmspec.model.scalars import (
    _ID_SHAPE,
    MAX_INT,
    Boolean,
    Choice,
    Identifier,
    Integer,
    Scalar,
    String,
    VersionIdentifier,
)
from vmspec.model.schema import Field, Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.sentences import (
    place_of_value,
    sentence_of_field,
    sentence_of_lookup,
    sentence_of_value,
)
from vmspec.validation.xsd import schema_path

Schema = dict[str, Any]

NAME = "vmspec.schema.json"
"""How the file beside the XSD is called."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/"


def text() -> str:
    """The schema as it is published."""
    return json.dumps(_Maker().document(), indent=2) + "\n"


def refresh() -> None:
    """Writes the published schema anew, as a change of the model or of a sentence calls for."""
    write_text(schema_path(NAME), text())


class _Maker:
    """Walks the plan. Each class, and each kind of text, is one definition."""

    def __init__(self) -> None:
        self._definitions: dict[str, Schema] = {}

    def document(self) -> Schema:
        spec = self._part(VirtualMachineSpec, "")
        hint = {"description": "Where this schema lies: for editors, ignored otherwise.", "type": "string"}
        return {
            "$schema": _DIALECT,
            "$comment": "Made from the model and vmspec.xsd; not edited by hand.",
            **spec,
            "properties": {SCHEMA_KEY: hint, **spec["properties"]},
            "$defs": self._definitions,
        }

    def _defined(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self._definitions:
            self._definitions[name] = {}  # keeps its place before those that it refers to
            self._definitions[name] = make()
        return {"$ref": _DEFINITIONS + name}

    # Elements

    def _part(self, cls: type[Part], path: str) -> Schema:
        properties: dict[str, Schema] = {}
        schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
        for field in fields_of(cls):
            if isinstance(field.binding, Inline) and field.lookup is not None:
                properties |= self._keys(field.lookup)
                schema["oneOf"] = [{"required": [by]} for by in lookup_keys(field.lookup)]
            else:
                properties[field.name] = self._property(field, path)
        required = [field.name for field in fields_of(cls) if field.required and field.name in properties]
        if required:
            schema["required"] = required
        if cls.exclusive is not None:
            schema["not"] = _all_given(cls.exclusive)
        return schema

    def _property(self, field: Field, path: str) -> Schema:
        value = self._value(field, place_of_value(field, path))
        if field.many:
            value = {"type": "array", "items": {"description": sentence_of_value(field, path), **value}}
        if not field.required:
            value = self._or_null(value)
        return {"description": sentence_of_field(field, path), **value}

    def _value(self, field: Field, place: str) -> Schema:
        part, lookup = field.part, field.lookup
        if part is not None:
            return self._defined(part.__name__, lambda: self._part(part, f"{place}/"))
        if lookup is not None:
            return self._defined(lookup.__name__, lambda: self._lookup(lookup))
        assert field.scalar is not None  # a field holds an element, a lookup or a single value
        return self._scalar(field.scalar)

    # Lookups

    def _lookup(self, cls: type[Lookup]) -> Schema:
        mapping: Schema = {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
            "properties": self._keys(cls),
        }
        if cls.implicit_key is None:
            return mapping
        return {"anyOf": [_whole(Integer()), mapping]}

    def _keys(self, cls: type[Lookup]) -> dict[str, Schema]:
        return {
            by: {"description": sentence_of_lookup(cls, by), **self._scalar(cls.scalar)}
            for by in lookup_keys(cls)
        }

    # Single values

    def _scalar(self, scalar: Scalar) -> Schema:
        match scalar:
            case Boolean():
                return {"type": "boolean"}
            case Choice(values):
                return {"enum": [*values]}
            case Integer():
                return _whole(scalar)
            case _:
                return self._defined(type(scalar).__name__, lambda: _text(scalar))

    # What may be absent

    def _or_null(self, schema: Schema) -> Schema:
        """The same, or null, which is as good as absent."""
        match schema:
            case {"enum": [*values]}:
                return {"enum": [*values, None]}
            case {"$ref": _}:  # editors complete by the type, and look for it no deeper than here
                return {"type": [*self._types(schema), "null"], "anyOf": [schema, {"type": "null"}]}
            case _:
                return {**schema, "type": [*self._types(schema), "null"]}

    def _types(self, schema: Schema) -> list[str]:
        match schema:
            case {"$ref": str(reference)}:
                return self._types(self._definitions[reference.removeprefix(_DEFINITIONS)])
            case {"anyOf": [*choices]}:
                return [kind for choice in choices for kind in self._types(choice)]
            case {"type": str(kind)}:
                return [kind]
            case _:
                return [*schema["type"]]


def _all_given(keys: Iterable[str]) -> Schema:
    """That elements stand at all of these keys; null is as good as none."""
    return {"required": [*keys], "properties": {key: {"type": "object"} for key in keys}}


def _whole(scalar: Integer) -> Schema:
    return {"type": "integer", "minimum": scalar.minimum, "maximum": scalar.maximum}


def _text(scalar: Scalar) -> Schema:
    match scalar:
        case String():
            return {"type": "string", "pattern": f"^[^{_not_xml()}]*$"}
        case Identifier():
            end, inner = f"[^{_not_xml()}{_blanks()}]", f"[^{_not_xml()}]"
            return {"type": "string", "pattern": f"^{end}({inner}*{end})?$"}
        case VersionIdentifier():
            number = f"[1-9][0-9]{{0,{len(str(MAX_INT)) - 1}}}"
            pattern = f"^({number}|{_ID_SHAPE})$"
            return {**_whole(Integer()), "type": ["string", "integer"], "pattern": pattern}
        case _:
            raise TypeError(f"no schema for {scalar!r}")


@cache
def _not_xml() -> str:
    """What stands in a class of characters for those that XML cannot hold; surrogates are no characters."""
    return _ranges(lambda text: String().error(text) is not None)


@cache
def _blanks() -> str:
    return _ranges(lambda text: String().error(text) is None and Identifier().error(text) is not None)


def _ranges(is_in: Callable[[str], bool]) -> str:
    """The characters of the basic plane that are meant, escaped as every dialect of patterns reads it."""
    codes = [code for code in range(0x10000) if not 0xD800 <= code < 0xE000 and is_in(chr(code))]
    starts = [code for code in codes if code - 1 not in codes]
    ends = [code for code in codes if code + 1 not in codes]
    return "".join(
        f"\\u{start:04x}" if start == end else f"\\u{start:04x}-\\u{end:04x}"
        for start, end in zip(starts, ends, strict=True)
    )
