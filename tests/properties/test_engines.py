"""The strict walk, libxml2 and xmlschema are of one mind, over good documents and spoilt ones."""

from __future__ import annotations

from hypothesis import given, settings
from lxml.etree import _Element

from vmspec import DocumentError, VirtualMachineSpec, dumps, loads
from vmspec.documents.xml.explain import Explanation
from vmspec.documents.xml.parser import parse
from vmspec.testing import specs
from vmspec.validation.xsd import is_valid

from .mutations import XSI, mutated_documents

SCHEMA_HINTS = {f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"}


@given(specs())
def test_both_engines_accept_whatever_is_written(spec: VirtualMachineSpec) -> None:
    tree = parse(dumps(spec).encode())
    assert is_valid(tree, "libxml2")
    assert is_valid(tree, "xmlschema")


@settings(max_examples=3 * settings.default.max_examples)
@given(mutated_documents())
def test_walk_and_engines_agree_and_every_refusal_is_explained(document: bytes) -> None:
    tree = parse(document)
    try:
        loads(document, "xml")
        walk = True
    except DocumentError:
        walk = False
    explanation = Explanation(document)
    assert (explanation.findings == [] and explanation.malformed_at is None) is walk
    if names_twice(tree) or has_instance_attributes(tree):
        assert not walk
    else:
        assert (walk, walk) == (is_valid(tree, "libxml2"), is_valid(tree, "xmlschema"))


def names_twice(tree: _Element) -> bool:
    """``<Name>text<Name>x</Name></Name>``: XSD 1.0 cannot forbid text in mixed content, the walk does."""
    return any(
        "".join([outer.text or "", *(child.tail or "" for child in outer)]).strip(" \t\r\n")
        for outer in tree.iterchildren("Name")
        if len(outer)
    )


def has_instance_attributes(tree: _Element) -> bool:
    """``xsi:`` attributes but the hints on the root: no XSD has a say over these, the walk refuses them."""
    return any(
        str(name).startswith(f"{{{XSI}}}") and not (element is tree and name in SCHEMA_HINTS)
        for element in tree.iter()
        for name in element.attrib
    )
