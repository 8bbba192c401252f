"""The places of fields are those that a parser with places would tell."""

from __future__ import annotations

import re
from xml.parsers import expat

from hypothesis import given
from hypothesis import strategies as st

from vmspec import DocumentError
from vmspec.documents.formats import open_document
from vmspec.model.element_tree import ElementSchema, root

from .decorations import decorated_documents
from .mutations import mutated_documents

Place = tuple[int, int]

_ATTRIBUTE = re.compile(r"""\s+([^\s=<>"']+)\s*=\s*(?:"[^"]*"|'[^']*')""")


@given(st.one_of(decorated_documents(), mutated_documents()))
def test_each_field_is_where_expat_meets_it(data: bytes) -> None:
    try:
        document = open_document(data, "xml")
    except DocumentError:
        return
    places = places_by_expat(document.data)
    assert {path: document.position_of(path) for path in places} == places


def places_by_expat(data: bytes) -> dict[str, Place]:
    """The places of all fields of a spec that is there; the innermost element of a path is meant."""
    parser = expat.ParserCreate("UTF-8")
    places: dict[str, Place] = {}
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
        places[path] = _place(before + "<")
        rest = data[parser.CurrentByteIndex :].decode()
        position = 1 + len(tag)
        while found := _ATTRIBUTE.match(rest, position):
            rule = node.attributes.get(found[1])
            if rule is not None:
                places[f"{owner}.{rule.step}".removeprefix(".")] = _place(before + rest[: found.start(1)])
            position = found.end()

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: frames.pop()
    parser.Parse(data, True)
    return places


def _place(before: str) -> Place:
    """Of what follows a text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")
