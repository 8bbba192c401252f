"""The documentation of fields, from the descriptions in the JSON Schema."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from vmspec.lsp.data_cursor import content_at
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.text import join_or
from vmspec.validation.xsd import schema_path


@cache
def describe(path: str) -> str | None:
    """Return a sentence about a field and one about its values, in Markdown; None for an unknown field.

    >>> print(describe("system_disks.size"))
    The size in GB.
    <BLANKLINE>
    Value: an integer from 1 (GB)
    """
    if path.endswith(".by"):
        return _expected(path.removesuffix(".by"))
    definition: dict[str, Any] = _schema()
    description: str | None = None
    for step in path.split("."):
        definition = _definition(definition).get("properties", {}).get(step, {})
        description = definition.get("description")
    if description is None:
        return None
    expected = _expected(path)
    return f"{description}\n\n{expected}" if expected else description


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(schema_path("vmspec.schema.json").read_bytes())
    return schema


def _definition(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema refers to; of a list, the schema of its items."""
    items = schema.get("items")
    if isinstance(items, dict):
        schema = items
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    definition: dict[str, Any] = _schema()["$defs"][reference.rpartition("/")[2]]
    return definition


def _expected(path: str) -> str | None:
    """Return what the values of a field are, in Markdown."""
    content = content_at(path.split("."))
    if isinstance(content, type):
        if not issubclass(content, Lookup):
            return None
        prefixes = f"; ids begin with {join_or(content.prefixes)}" if content.prefixes else ""
        return f"Looked up by {join_or(lookup_keys(content))}{prefixes}"
    return f"Value: {content.expected}" if content is not None else None
