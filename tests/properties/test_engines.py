"""The reader, libxml2 and xmlschema agree about valid and mutated documents."""

from __future__ import annotations

from hypothesis import given, settings
from lxml.etree import _Element

from vmspec import DocumentError, VirtualMachineSpec, dumps, loads
from vmspec.documents.xml.explain import Explanation
from vmspec.documents.xml.parser import parse
from vmspec.testing import specs
from vmspec.validation.xsd import is_valid

from .support.mutations import XSI, mutated_documents

SCHEMA_HINTS = {f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"}


@given(specs())
def test_written_documents_are_valid(spec: VirtualMachineSpec) -> None:
    tree = parse(dumps(spec).encode())
    assert is_valid(tree, "libxml2")
    assert is_valid(tree, "xmlschema")


@settings(max_examples=3 * settings.default.max_examples)
@given(mutated_documents())
def test_reader_and_engines_agree_and_every_rejection_is_explained(document: bytes) -> None:
    tree = parse(document)
    try:
        loads(document, "xml")
        is_read = True
    except DocumentError:
        is_read = False
    explanation = Explanation(document)
    assert (explanation.findings == [] and explanation.malformed_at is None) is is_read
    if has_name_and_text(tree) or has_instance_attributes(tree):
        assert not is_read
    else:
        assert (is_read, is_read) == (is_valid(tree, "libxml2"), is_valid(tree, "xmlschema"))


def has_name_and_text(tree: _Element) -> bool:
    """Return True for ``<Name>text<Name>x</Name></Name>``, which XSD 1.0 cannot forbid."""
    return any(
        "".join([outer.text or "", *(child.tail or "" for child in outer)]).strip(" \t\r\n")
        for outer in tree.iterchildren("Name")
        if len(outer)
    )


def has_instance_attributes(tree: _Element) -> bool:
    """Return True for ``xsi:`` attributes other than schema hints, which no XSD can forbid."""
    return any(
        str(name).startswith(f"{{{XSI}}}") and not (element is tree and name in SCHEMA_HINTS)
        for element in tree.iter()
        for name in element.attrib
    )
