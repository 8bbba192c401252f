"""The positions of fields agree with those that expat reports."""

from __future__ import annotations

import re
from xml.parsers import expat

import yaml
from hypothesis import given
from hypothesis import strategies as st

from vmspec import DocumentError, VirtualMachineSpec, dumps
from vmspec.documents.formats import open_document
from vmspec.model.element_tree import ElementSchema, root
from vmspec.testing import specs

from .support.decorations import decorated_documents
from .support.mutations import mutated_documents

Position = tuple[int, int]

_ATTRIBUTE = re.compile(r"""\s+([^\s=<>"']+)\s*=\s*(?:"[^"]*"|'[^']*')""")


@given(st.one_of(decorated_documents(), mutated_documents()))
def test_positions_agree_with_expat(data: bytes) -> None:
    try:
        document = open_document(data, "xml")
    except DocumentError:
        return
    positions = positions_by_expat(document.data)
    assert {path: document.position_of(path) for path in positions} == positions


def positions_by_expat(data: bytes) -> dict[str, Position]:
    """Return the positions of all fields that are there; of nested elements, those of the innermost."""
    parser = expat.ParserCreate("UTF-8")
    positions: dict[str, Position] = {}
    frames: list[tuple[str, ElementSchema, str, str, dict[str, int]]] = []

    def start(tag: str, _: object) -> None:
        node, path, owner = root(), "", ""
        if frames:
            outer_tag, outer, path, owner, counts = frames[-1]
            node = ElementSchema(tag, "") if outer.nested and tag == outer_tag else outer.children[tag]
            path = f"{owner}.{node.step}".removeprefix(".") if node.step else path
            if node.many:
                path += f"[{counts.get(tag, 0)}]"
            counts[tag] = counts.get(tag, 0) + 1
            owner = path if node.is_object else owner
        frames.append((tag, node, path, owner, {}))
        before = data[: parser.CurrentByteIndex].decode()
        positions[path] = _end_of(before + "<")
        rest = data[parser.CurrentByteIndex :].decode()
        position = 1 + len(tag)
        while found := _ATTRIBUTE.match(rest, position):
            rule = node.attributes.get(found[1])
            if rule is not None:
                positions[f"{owner}.{rule.step}".removeprefix(".")] = _end_of(before + rest[: found.start(1)])
            position = found.end()

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: frames.pop()
    parser.Parse(data, True)
    return positions


def _end_of(before: str) -> Position:
    """Return the position behind a text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@given(specs(), st.data())
def test_fast_positions_in_yaml_are_those_of_the_slow_way(
    spec: VirtualMachineSpec, data: st.DataObject
) -> None:
    text = dumps(spec, "yaml")
    paths = [
        *locations(text),
        "tags[99]",
        "hostname.x",
        "nothing",
        "system_disks[0].backup_policies[3].retention",
    ]
    path = data.draw(st.sampled_from(paths))
    document = open_document(text, "yaml")
    first, second = document.position_of(path), document.position_of(path)
    assert first == second


def locations(text: str) -> list[str]:
    """Return the paths of fields that a document has, as the fields of findings would name them."""
    found: list[str] = []

    def walk(value: object, path: str) -> None:
        if path:
            found.append(path)
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{path}.{key}" if path else str(key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, f"{path}[{index}]")

    walk(yaml.safe_load(text), "")
    return found or ["hostname"]
