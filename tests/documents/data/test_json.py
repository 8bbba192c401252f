"""Strict JSON: where its values are, and what is said of text that is none."""

from __future__ import annotations

import pytest

from vmspec.documents.data import json
from vmspec.documents.data.nodes import DEPTH, NODES, MappingNode, ScalarNode, SequenceNode
from vmspec.errors import MalformedDocumentError

CONTROL = "a control character in a text"


def test_every_value_has_its_place() -> None:
    assert json.read('\n{"é": [1.5,\r\n true], "b":null}\n') == MappingNode(
        (
            (
                ScalarNode("é", "text", 2, 2),
                SequenceNode((ScalarNode("1.5", "number", 2, 8), ScalarNode("true", "boolean", 3, 2)), 2, 7),
            ),
            (ScalarNode("b", "text", 3, 9), ScalarNode("null", "null", 3, 13)),
        ),
        2,
        1,
    )


def test_a_key_given_twice_is_kept_twice() -> None:
    node = json.read('{"a": 1, "a": 2}')
    assert isinstance(node, MappingNode)
    assert [(key.text, value) for key, value in node.entries] == [
        ("a", ScalarNode("1", "number", 1, 7)),
        ("a", ScalarNode("2", "number", 1, 15)),
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "1:1: error VMS001 the JSON text ends too early"),
        (" \n", "2:1: error VMS001 the JSON text ends too early"),
        ("{", "1:2: error VMS001 a key in double quotes is expected here"),
        ("{'a': 1}", "1:2: error VMS001 a key in double quotes is expected here"),
        ('{"a" 1}', '1:6: error VMS001 ":" is expected after a key'),
        ('{"a": 1', "1:8: error VMS001 the JSON text ends too early"),
        ('{"a": 1,}', "1:8: error VMS001 a comma before the end; leave it out"),
        ('{"a": 1;}', '1:8: error VMS001 "," or "}" is expected here'),
        ("[1 2]", '1:4: error VMS001 "," or "]" is expected here'),
        ("[1,]", "1:3: error VMS001 a comma before the end; leave it out"),
        ("[,]", "1:2: error VMS001 a JSON value is expected here; put text in double quotes"),
        ("{} {}", "1:4: error VMS001 more text after the end of the JSON value"),
        ("01", "1:2: error VMS001 more text after the end of the JSON value"),
        ("+1", "1:1: error VMS001 a JSON value is expected here; put text in double quotes"),
        ("True", "1:1: error VMS001 a JSON value is expected here; put text in double quotes"),
        ("NaN", "1:1: error VMS001 a JSON value is expected here; put text in double quotes"),
        ("-Infinity", "1:1: error VMS001 a JSON value is expected here; put text in double quotes"),
        ("web", "1:1: error VMS001 a JSON value is expected here; put text in double quotes"),
        ('"a', '1:1: error VMS001 a text that is not closed; close it with "'),
        (
            '"a\nb"',
            rf"1:3: error VMS001 {CONTROL}; write \n for the end of a line, or close the quotes before it",
        ),
        ('{"a\tb": 1}', rf"1:4: error VMS001 {CONTROL}; write \t for a tab"),
        ('"\x1b"', rf"1:2: error VMS001 {CONTROL}; leave it out"),
        ('"\\x"', r"1:2: error VMS001 a \ that begins no escape; write \\ where \ itself is meant"),
        (
            '"C:\\users"',
            r"1:5: error VMS001 a \u without four hexadecimal digits; "
            r"write all four, or \\ where \ itself is meant",
        ),
        ('"\\ud800"', "1:1: error VMS001 half of a surrogate pair, which no text can hold"),
        ('{"\\udc00": 1}', "1:2: error VMS001 half of a surrogate pair, which no text can hold"),
        ("1" * 33, "1:1: error VMS001 a number of more than 32 characters, which no spec needs"),
    ],
)
def test_what_is_no_json(text: str, finding: str) -> None:
    with pytest.raises(MalformedDocumentError) as caught:
        json.read(text)
    assert str(caught.value) == finding


def test_limits_are_met_before_they_are_passed() -> None:
    json.read("[" * DEPTH + "1" + "]" * DEPTH)
    json.read(f"[{','.join(['1'] * (NODES - 1))}]")
    for text in ("[" * (DEPTH + 1) + "1" + "]" * (DEPTH + 1), f"[{','.join(['1'] * NODES)}]"):
        with pytest.raises(MalformedDocumentError) as caught:
            json.read(text)
        assert [finding.code for finding in caught.value.findings] == ["VMS004"]


def test_written_with_indent_and_characters_as_they_are() -> None:
    assert json.write({"a": ["é\u2028\U0001f427\n", True, 3], "b": {}}) == (
        '{\n  "a": [\n    "é\u2028\U0001f427\\n",\n    true,\n    3\n  ],\n  "b": {}\n}\n'
    )
