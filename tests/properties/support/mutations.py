"""Mutations of XML documents."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from lxml import etree

from vmspec import dumps
from vmspec.model.element_tree import ElementSchema, root
from vmspec.model.spec import ROOT_TAG
from vmspec.testing import specs, texts

RICH = [path.read_bytes() for path in sorted(Path(__file__).parents[2].glob("vectors/valid/*.xml"))]
"""Documents with nearly every element, because drawn specs are mostly small."""

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def _names() -> tuple[list[str], list[str]]:
    """Return all tags and all attributes of the grammar."""
    tags, attributes = set[str](), set[str]()
    waiting: list[ElementSchema] = [root()]
    while waiting:
        node = waiting.pop()
        tags.add(node.tag)
        attributes.update(node.attributes)
        waiting.extend(node.children.values())
    return sorted(tags), sorted(attributes)


_TAGS, _ATTRIBUTES = _names()

SPACES = (" ", "\t", "\n", "\r", "\x85", "\xa0", "\u1680", "\u200b", "\u2003", "\u2028", "\u3000", "\ufeff")

tags = st.sampled_from(
    [*_TAGS, "Foo", "foo", "Größe", "\u0370", "{urn:x}Disk", f"{{urn:x}}{ROOT_TAG}", f"{{{XSI}}}Name"]
)
attribute_names = st.sampled_from(
    [*_ATTRIBUTES, "By", "foo", "zone", "xmlns_", "{urn:x}by", "{http://www.w3.org/XML/1998/namespace}lang"]
    + [f"{{{XSI}}}{name}" for name in ("type", "nil", "schemaLocation", "noNamespaceSchemaLocation")]
)
words = st.one_of(
    st.sampled_from(["id", "name", "permalink", "number", "address", "email_address", "random", "yes", "no"]),
    st.sampled_from(
        ["new", "existing", "nvme", "ssd", "SSD", "xfs", "daily", "true", "ID", "LookupById", "dtv_1"]
    ),
    st.sampled_from(
        [
            "0",
            "1",
            "4",
            "6",
            "5",
            "-1",
            "+4",
            "-0",
            "+0",
            "007",
            "1_000",
            "\u0664",
            "\uff14",
            "1e3",
            "4.0",
            "0x4",
        ]
    ),
    st.sampled_from(["20GB", "ten", "999999999", "1000000000", "0000000001", "+", "4 6", "--", "vmpkg_a b"]),
    st.sampled_from(["", *SPACES]),
    texts(),
)
values = st.one_of(
    words,
    st.builds("{0}{1}{2}".format, st.sampled_from(SPACES), words, st.sampled_from(["", *SPACES])),
    st.builds("{0}{1}{2}".format, words, st.sampled_from(SPACES), words),
)

Mutation = Callable[[DrawFn, Any], None]


def _any_of(draw: DrawFn, tree: Any) -> Any:
    """Draw an element, rarely the root: with a wrong root, nothing else is checked."""
    inner = [element for element in tree.iter() if isinstance(element.tag, str)][1:]
    return draw(st.sampled_from(inner * 4 + [tree]))


def _place_in(draw: DrawFn, parent: Any) -> int:
    return draw(st.integers(0, len(parent)))


def rename(draw: DrawFn, tree: Any) -> None:
    _any_of(draw, tree).tag = draw(tags)


def misspell(draw: DrawFn, tree: Any) -> None:
    element = _any_of(draw, tree)
    at = draw(st.integers(0, len(element.tag) - 1))
    if element.tag[0] != "{":
        element.tag = element.tag[:at] + draw(st.sampled_from("aZ_")) + element.tag[at + 1 :]


def change_case(draw: DrawFn, tree: Any) -> None:
    element = _any_of(draw, tree)
    if element.tag[0] != "{":
        element.tag = element.tag.lower()


def set_attribute(draw: DrawFn, tree: Any) -> None:
    _any_of(draw, tree).set(draw(attribute_names), draw(values))


def drop_attribute(draw: DrawFn, tree: Any) -> None:
    bearers = [element for element in tree.iter() if isinstance(element.tag, str) and element.attrib]
    if bearers:
        bearer = draw(st.sampled_from(bearers))
        del bearer.attrib[draw(st.sampled_from(list(bearer.attrib)))]


def set_text(draw: DrawFn, tree: Any) -> None:
    _any_of(draw, tree).text = draw(values)


def set_number(draw: DrawFn, tree: Any) -> None:
    numbers = list(tree.iter("Memory", "CPUCores", "Size", "Version", "Retention", "Time"))
    if numbers:
        draw(st.sampled_from(numbers)).text = draw(values)


def set_tail(draw: DrawFn, tree: Any) -> None:
    element = _any_of(draw, tree)
    if element is not tree:
        element.tail = draw(values)


def as_cdata(draw: DrawFn, tree: Any) -> None:
    element = _any_of(draw, tree)
    if element.text and "]]>" not in element.text:
        element.text = etree.CDATA(element.text)


def insert(draw: DrawFn, tree: Any) -> None:
    parent = _any_of(draw, tree)
    child = etree.Element(draw(tags))
    child.text = draw(st.one_of(st.none(), values))
    parent.insert(_place_in(draw, parent), child)


def remove(draw: DrawFn, tree: Any) -> None:
    element = _any_of(draw, tree)
    if element is not tree:
        element.getparent().remove(element)


def repeat(draw: DrawFn, tree: Any) -> None:
    element = _any_of(draw, tree)
    if element is not tree:
        parent = element.getparent()
        parent.insert(_place_in(draw, parent), deepcopy(element))


def move(draw: DrawFn, tree: Any) -> None:
    element, parent = _any_of(draw, tree), _any_of(draw, tree)
    if element not in (parent, *parent.iterancestors()):
        parent.insert(_place_in(draw, parent), element)


def reorder(draw: DrawFn, tree: Any) -> None:
    parent = _any_of(draw, tree)
    parent[:] = draw(st.permutations(list(parent)))


def nest(draw: DrawFn, tree: Any) -> None:
    """Move the content of an element to an inner element of the same name."""
    element = _any_of(draw, tree)
    inner = etree.Element(element.tag, dict(element.attrib))
    inner.text, element.text = element.text, None
    inner.extend(list(element))
    if draw(st.booleans()):
        element.attrib.clear()
    element.append(inner)


def unwrap(draw: DrawFn, tree: Any) -> None:
    """Replace an element by its children."""
    element = _any_of(draw, tree)
    if element is tree:
        return
    parent = element.getparent()
    at = parent.index(element)
    if not len(element):
        parent.text = (parent.text or "") + (element.text or "")
    parent[at : at + 1] = list(element)


def comment(draw: DrawFn, tree: Any) -> None:
    """Insert a comment or an instruction between children or in a text."""
    parent = _any_of(draw, tree)
    note = draw(
        st.sampled_from([etree.Comment(" <Size>1</Size> "), etree.ProcessingInstruction("note", "x")])
    )
    note = deepcopy(note)
    if len(parent) or not parent.text:
        parent.insert(_place_in(draw, parent), note)
        return
    cut = draw(st.integers(0, len(parent.text)))
    note.tail, parent.text = parent.text[cut:], parent.text[:cut]
    parent.append(note)


HARMLESS: tuple[Mutation, ...] = (as_cdata, comment, reorder)
MUTATIONS: tuple[Mutation, ...] = (
    *(rename, misspell, change_case, set_attribute, drop_attribute, set_text, set_number, set_tail, insert),
    *(remove, repeat, move, nest, unwrap, *HARMLESS),
)


@st.composite
def _mutated(draw: DrawFn) -> bytes:
    tree = etree.fromstring(draw(st.one_of(specs().map(dumps).map(str.encode), st.sampled_from(RICH))))
    for mutation in draw(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=3)):
        mutation(draw, tree)
    return etree.tostring(tree, encoding="UTF-8", pretty_print=draw(st.booleans()))


def mutated_documents() -> SearchStrategy[bytes]:
    """Return a strategy for well-formed XML that is or nearly is a spec."""
    return _mutated()
