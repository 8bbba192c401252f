"""Formats JSON and YAML: canonical text that keeps the schema hint, comments and blank lines of a document.

An empty list has no key, unless its path is among those that are ``kept``.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from vmspec.documents.data.fast_reader import SCHEMA_KEY
from vmspec.documents.data.json_writer import plain_lookup
from vmspec.documents.data.nodes import DataNode, MappingNode, Path, ScalarNode, SequenceNode
from vmspec.model.schema import Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec


def reformat_json(spec: VirtualMachineSpec, node: DataNode, kept: Collection[str]) -> str:
    """Return canonical JSON for a spec that was read from a document."""
    data = _plain_document(spec, node, _paths(kept))
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def reformat_yaml(spec: VirtualMachineSpec, node: DataNode, kept: Collection[str], text: str) -> str:
    """Return canonical YAML for a spec that was read from a text, with its comments and blank lines."""
    from vmspec.documents.data.yaml.formatter import weave
    from vmspec.documents.data.yaml.layout import layout_of

    layout = layout_of(node, text)
    if () in layout.verbatim:
        return text
    return weave(_plain_document(spec, node, _paths(kept) | layout.commented | layout.leading), layout)


def _paths(kept: Collection[str]) -> set[Path]:
    return {tuple(path.split(".")) for path in kept}


def _plain_document(spec: VirtualMachineSpec, node: DataNode, kept: Collection[Path]) -> dict[str, Any]:
    hints = [(key, value) for key, value in _entries(node) if key.text == SCHEMA_KEY]
    hint = {key.text: value.text for key, value in hints if isinstance(value, ScalarNode)}
    return hint | _plain_part(spec, node, (), kept)


def _plain_part(part: Part, node: DataNode, path: Path, kept: Collection[Path]) -> dict[str, Any]:
    """Return an element as plain data in element order, with the empty fields that are kept."""
    data: dict[str, Any] = {}
    nodes = {key.text: value for key, value in _entries(node)}
    for field in fields_of(type(part)):
        name, value = field.name, getattr(part, field.name)
        where = (*path, name)
        if isinstance(field.binding, Inline) and field.lookup is not None:
            data |= dict.fromkeys(key for key in lookup_keys(field.lookup) if (*path, key) in kept)
            data |= {value.by: value.value} if value is not None else {}
        elif value is None or value == ():
            if where in kept and name in nodes:
                data[name] = [] if isinstance(nodes[name], SequenceNode) else None
        elif isinstance(value, tuple):
            items = zip(value, _items(nodes[name]), strict=True)
            data[name] = [_plain(item, inner, (*where, i), kept) for i, (item, inner) in enumerate(items)]
        else:
            data[name] = _plain(value, nodes[name], where, kept)
    return data


def _plain(value: object, node: DataNode, path: Path, kept: Collection[Path]) -> Any:
    if isinstance(value, Part):
        return _plain_part(value, node, path, kept)
    if not isinstance(value, Lookup):
        return value
    keys = [key.text for key, _ in _entries(node)]
    if any((*path, key) in kept for key in keys):
        return {key: value.value if key == value.by else None for key in keys}
    return plain_lookup(value)


def _items(node: DataNode) -> tuple[DataNode, ...]:
    return node.items if isinstance(node, SequenceNode) else ()


def _entries(node: DataNode) -> tuple[tuple[ScalarNode, DataNode], ...]:
    return node.entries if isinstance(node, MappingNode) else ()
