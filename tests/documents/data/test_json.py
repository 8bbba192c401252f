"""Strict JSON: the offsets of values, and the errors for text that is not JSON."""

from __future__ import annotations

import pytest

from vmspec.documents.data import json
from vmspec.documents.data.nodes import MAX_DEPTH, MAX_NODES, MappingNode, ScalarNode, SequenceNode
from vmspec.errors import MalformedDocumentError

CONTROL = "a control character in a string"
EARLY = "error VMS001 the document ends too early; expected"
NO_VALUE = "error VMS001 expected a JSON value; put strings in double quotes"


def test_every_value_has_its_offsets() -> None:
    assert json.read('\n{"é": [1.5,\r\n true], "b":null}\n') == MappingNode(
        (
            (
                ScalarNode("é", "string", 2, 5),
                SequenceNode((ScalarNode("1.5", "number", 8, 11), ScalarNode("true", "boolean", 15, 19)), 7),
            ),
            (ScalarNode("b", "string", 22, 25), ScalarNode("null", "null", 26, 30)),
        ),
        1,
    )


def test_repeated_key_is_kept() -> None:
    node = json.read('{"a": 1, "a": 2}')
    assert isinstance(node, MappingNode)
    assert [(key.text, value) for key, value in node.entries] == [
        ("a", ScalarNode("1", "number", 6, 7)),
        ("a", ScalarNode("2", "number", 14, 15)),
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", f"1:1: {EARLY} a JSON value"),
        (" \n", f"2:1: {EARLY} a JSON value"),
        ("{", f"1:2: {EARLY} a key in double quotes"),
        ('{"a"', f'1:5: {EARLY} ":" after the key'),
        ('{"a": 1', f'1:8: {EARLY} "," or "}}"'),
        ("[1", f'1:3: {EARLY} "," or "]"'),
        ("{'a': 1}", "1:2: error VMS001 expected a key in double quotes"),
        ('{"a" 1}', '1:6: error VMS001 expected ":" after the key'),
        ('{"a": 1,}', '1:8: error VMS001 a comma before "}"; leave it out'),
        ('{"a": 1;}', '1:8: error VMS001 expected "," or "}"'),
        ("[1 2]", '1:4: error VMS001 expected "," or "]"'),
        ("[1,]", '1:3: error VMS001 a comma before "]"; leave it out'),
        ("[,]", f"1:2: {NO_VALUE}"),
        ("{} {}", "1:4: error VMS001 expected nothing more after the JSON value"),
        ("01", "1:2: error VMS001 expected nothing more after the JSON value"),
        ("+1", f"1:1: {NO_VALUE}"),
        ("web", f"1:1: {NO_VALUE}"),
        ("'web'", f"1:1: {NO_VALUE}"),
        ("{} // why", "1:4: error VMS001 a comment, which JSON does not have; leave it out"),
        ('{# why\n"a": 1}', "1:2: error VMS001 a comment, which JSON does not have; leave it out"),
        ('{"a": /* why */ 1}', "1:7: error VMS001 a comment, which JSON does not have; leave it out"),
        ("NaN", "1:1: error VMS001 NaN is not a number in JSON; leave it out"),
        ("[-Infinity]", "1:2: error VMS001 -Infinity is not a number in JSON; leave it out"),
        ("True", "1:1: error VMS001 True is not JSON; write true"),
        ("None", "1:1: error VMS001 None is not JSON; write null, or leave the key out"),
        ('"a', '1:1: error VMS001 a string that is not closed; close it with "'),
        (
            '"a\nb"',
            rf"1:3: error VMS001 {CONTROL}; write \n for the end of a line, or close the quotes before it",
        ),
        ('{"a\tb": 1}', rf"1:4: error VMS001 {CONTROL}; write \t for a tab"),
        ('"\x1b"', rf"1:2: error VMS001 {CONTROL}; leave it out"),
        ('"\\x"', r"1:2: error VMS001 \ that does not begin an escape; write \\ if \ itself is meant"),
        (
            '"C:\\users"',
            r"1:5: error VMS001 \u without four hexadecimal digits; "
            r"write all four, or \\ if \ itself is meant",
        ),
        ('"\\ud800"', "1:1: error VMS001 an unpaired surrogate in a string"),
        ('{"\\udc00": 1}', "1:2: error VMS001 an unpaired surrogate in a string"),
        ("1" * 33, "1:1: error VMS001 a number of more than 32 characters, which no spec needs"),
    ],
)
def test_text_that_is_not_json_is_rejected(text: str, finding: str) -> None:
    with pytest.raises(MalformedDocumentError) as caught:
        json.read(text)
    assert str(caught.value) == finding


def test_document_at_a_limit_is_read_and_one_over_it_rejected() -> None:
    json.read("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH)
    json.read(f"[{','.join(['1'] * (MAX_NODES - 1))}]")
    for text in ("[" * (MAX_DEPTH + 1) + "1" + "]" * (MAX_DEPTH + 1), f"[{','.join(['1'] * MAX_NODES)}]"):
        with pytest.raises(MalformedDocumentError) as caught:
            json.read(text)
        assert [finding.code for finding in caught.value.findings] == ["VMS004"]
