"""Syntax errors, above all those in namespaces, which expat does not detect."""

from __future__ import annotations

import pytest

from vmspec import DocumentError, loads

DECLARATION = "a namespace declaration that is not allowed; leave it out"
INSTRUCTION = "an instruction with a colon in its name; leave it out"
NOTE = "an instruction with a colon in its name; write it as a comment: <!-- vmspec: … -->"
HINTS = "http://www.w3.org/2001/XMLSchema-instance"


def document(inner: str) -> str:
    return f"<VirtualMachineSpec>{inner}</VirtualMachineSpec>"


def found(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        loads(text)
    return [str(finding) for finding in caught.value.findings]


@pytest.mark.parametrize(
    "declaration",
    [
        'xmlns:x=""',
        "xmlns:x=''",
        'xmlns:xmlns="u"',
        'xmlns:xml="u"',
        'xmlns:p="http://www.w3.org/XML/1998/namespace"',
        'xmlns:p="http://www.w3.org/2000/xmlns/"',
        'xmlns:p="a b"',
        'xmlns:p="%%%"',
        'xmlns:p="a&lt;b"',
        'xmlns:1="u"',
    ],
)
def test_wrong_namespace_declaration_is_found_among_others(declaration: str) -> None:
    text = document(f'\n<Name xmlns:a="xmlns:x=">é</Name><Zone xmlns:b="u"\n  {declaration}>a</Zone>')
    assert found(text) == [f"3:3: error VMS001 not well-formed XML: {DECLARATION}"]


@pytest.mark.parametrize(
    ("instruction", "sentence"),
    [
        ("<?a:b x?>", INSTRUCTION),
        ("<?:a x?>", INSTRUCTION),
        ("<?vmspec: ignore[VMS231] why?>", NOTE),
    ],
)
def test_instruction_with_a_colon_is_found_among_others(instruction: str, sentence: str) -> None:
    finding = f"error VMS001 not well-formed XML: {sentence}"
    assert found(document(f"<!-- <?a:b?> --><?a b:c?>\n {instruction}<?b:c?>")) == [f"2:4: {finding}"]
    assert found(instruction + document("")) == [f"1:3: {finding}"]


def test_first_of_two_syntax_errors_is_reported() -> None:
    assert found("<?a:b?><VirtualMachineSpec><Name>&a;") == [
        f"1:3: error VMS001 not well-formed XML: {INSTRUCTION}"
    ]
    assert found("<VirtualMachineSpec><Name></Zone><?a:b?>") == [
        "1:29: error VMS001 not well-formed XML: an end tag that does not close <Name>"
    ]


def test_attribute_with_two_prefixes_occurs_twice() -> None:
    hints = f'xmlns:a="{HINTS}" xmlns:b="{HINTS}" a:schemaLocation="a b" b:schemaLocation="a b"'
    assert found(f"<VirtualMachineSpec {hints}/>") == [
        "1:1: error VMS001 not well-formed XML: an attribute that occurs twice; leave one of them out"
    ]


def test_name_with_colons_is_unknown() -> None:
    assert found(document("<a:b:c/>")) == ["1:22: error VMS102 <VirtualMachineSpec> has no child <a:b:c>"]
