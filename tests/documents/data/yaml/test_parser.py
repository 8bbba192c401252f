"""YAML: scalars are strings, lines are those of editors, and every reader reads alike what is written."""

from __future__ import annotations

import pytest

from vmspec import VirtualMachineSpec, dumps, loads
from vmspec.documents.data.nodes import MAX_DEPTH, MAX_NODES, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.data.yaml import parser
from vmspec.errors import DocumentError, MalformedDocumentError


@pytest.mark.parametrize(
    "word", ["no", "Yes", "on", "22:22", "1e3", "0x1F", "1_000", "2024-01-01", ".inf", "=", "<<", "v"]
)
def test_plain_word_stays_a_string(word: str) -> None:
    assert loads(f"tags: [{word}]", "yaml") == VirtualMachineSpec(tags=(word,))


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_null_is_absent(word: str) -> None:
    assert loads(f"name: {word}\nresources:\n  memory: {word}\n", "yaml") == loads("resources: {}", "yaml")


@pytest.mark.parametrize(
    ("text", "name"), [("'null'", "null"), ('"~"', "~"), ('""', ""), ("|-\n  null", "null")]
)
def test_null_in_quotes_is_a_string(text: str, name: str) -> None:
    assert loads(f"name: {text}", "yaml") == VirtualMachineSpec(name=name)


def test_every_value_has_its_offsets() -> None:
    assert parser.read("# é\r\né: [b,\n  'c']\n") == MappingNode(
        (
            (
                ScalarNode("é", "untyped", 5, 6),
                SequenceNode((ScalarNode("b", "untyped", 9, 10), ScalarNode("c", "untyped", 14, 17)), 8),
            ),
        ),
        5,
    )


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_lines_end_where_editors_end_them(end: str) -> None:
    """YAML 1.1 ends a line at these as well."""
    with pytest.raises(DocumentError) as caught:
        loads(f"# a{end}\n# b\nnmae: web", "yaml")
    assert [(finding.line, finding.column) for finding in caught.value.findings] == [(3, 1)]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "1:1: error VMS001 the document is empty"),
        ("# nothing\n", "1:1: error VMS001 the document is empty"),
        (
            "a: b: c",
            "1:5: error VMS001 not YAML: mapping values are not allowed in this context; "
            "put a value with a colon in quotes",
        ),
        (
            "é: [a",
            "1:4: error VMS001 not YAML: a bracket that is not closed, or a missing comma; "
            "close it with ], or put a comma between its items",
        ),
        (
            "a:\n\tb: c",
            "2:1: error VMS001 not YAML: found character that cannot start any token; indent with spaces",
        ),
        ("é: \x07", "1:4: error VMS001 not YAML: a character it cannot hold"),
        ("a: &b c", "1:4: error VMS005 a YAML anchor; leave it out"),
        ("a: *b", "1:4: error VMS005 a YAML alias; write the value out"),
        ("a: !!int 1", "1:4: error VMS005 a YAML tag; types come from the format; leave it out"),
        ("a: !", "1:4: error VMS005 a YAML tag; types come from the format; leave it out"),
        ("? [a]\n: b", "1:3: error VMS005 a key that is not a single value"),
        ("a: b\n---\na: b", "2:1: error VMS005 a second YAML document; keep one spec a file"),
    ],
)
def test_text_that_is_not_read_is_rejected(text: str, finding: str) -> None:
    with pytest.raises(MalformedDocumentError) as caught:
        parser.read(text)
    assert str(caught.value) == finding


def test_document_at_a_limit_is_read_and_one_over_it_rejected() -> None:
    parser.read("[" * MAX_DEPTH + "a" + "]" * MAX_DEPTH)
    parser.read(f"[{','.join(['a'] * (MAX_NODES - 1))}]")
    too_deep = "[" * (MAX_DEPTH + 1) + "a" + "]" * (MAX_DEPTH + 1)
    for text in (too_deep, "[" * 100_000, f"[{','.join(['a'] * MAX_NODES)}]"):
        with pytest.raises(MalformedDocumentError) as caught:
            parser.read(text)
        assert [finding.code for finding in caught.value.findings] == ["VMS004"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("web", "web"),
        ("templates/ubuntu-22-04", "templates/ubuntu-22-04"),
        ("two words", "two words"),
        ("a@b.example", "a@b.example"),
        ("", '""'),
        ("no", '"no"'),
        ("Null", '"Null"'),
        ("22:22", '"22:22"'),
        ("1gbps", '"1gbps"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        (" a", '" a"'),
        ("a\n", "|\n  a"),
        ("a\n\n b", "|-\n  a\n\n   b"),
        ("a\r\n", '"a\\r\\n"'),
        ("a\n\x85", '"a\\n\\N"'),
        ("x" * 200 + " " + "y" * 200, "x" * 200 + " " + "y" * 200),
    ],
)
def test_string_is_quoted_if_a_reader_might_take_it_for_more(text: str, written: str) -> None:
    spec = VirtualMachineSpec(name=text)
    assert dumps(spec, "yaml") == f"name: {written}\n"
    assert loads(dumps(spec, "yaml"), "yaml") == spec
