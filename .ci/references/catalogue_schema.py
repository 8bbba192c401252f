"""The JSON Schema of a catalogue's file."""

from __future__ import annotations

import datetime
import inspect
import json
from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_origin

from attrs import NOTHING, fields, has

from vmspec.catalogue import Catalogue
from vmspec.catalogue.file import VERSION

_SCALARS = {str: "string", int: "integer", bool: "boolean"}


def catalogue_schema() -> str:
    """Return the text of ``schemas/katapult.schema.json``."""
    root = _object(Catalogue)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Catalogue of a Katapult organization",
        **root,
        "properties": {
            "version": {"description": "Version of this format.", "const": VERSION},
            **root["properties"],
        },
        "required": ["version"],
    }
    return json.dumps(schema, indent=2) + "\n"


def _object(cls: type[Any]) -> dict[str, Any]:
    required = [attribute.name for attribute in fields(cls) if attribute.default is NOTHING]
    names = {attribute.name: attribute.type for attribute in fields(cls) if attribute.name != "in_use"}
    properties = {name: _schema(annotation) for name, annotation in names.items()}
    found = {"description": inspect.getdoc(cls), "type": "object", "properties": properties}
    return found | ({"required": required} if required else {})


def _schema(annotation: Any) -> dict[str, Any]:
    arguments = get_args(annotation)
    if NoneType in arguments:
        inner = _schema(next(argument for argument in arguments if argument is not NoneType))
        if "type" in inner and inner["type"] in ("string", "integer", "boolean"):
            return inner | {"type": [inner["type"], "null"]}
        return {"anyOf": [inner, {"type": "null"}]}
    if get_origin(annotation) is tuple:
        return {"type": "array", "items": _schema(arguments[0])}
    if get_origin(annotation) is Mapping:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if annotation is datetime.date:
        return {"type": "string", "format": "date"}
    return _object(annotation) if has(annotation) else {"type": _SCALARS[annotation]}
