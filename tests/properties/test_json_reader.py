"""The JSON reader accepts the same texts as the standard library, with the same values.

The exceptions that it rejects are ``NaN`` and infinities, unpaired surrogates, numbers of more than 32
characters, more than 64 levels and more than 20,000 values. It keeps duplicate keys for later.
"""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from vmspec.documents.data import json as reader
from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.errors import MalformedDocumentError

from .support.mutations import SPACES

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
fragments = st.sampled_from(
    (
        *("{", "}", "[", "]", ",", ":", '"', "\\", "\\u", "\\ud83d", "\\udc27", "\\/", "null", "true", "tru"),
        *(
            "NaN",
            "Infinity",
            "-Infinity",
            "1",
            "0",
            "-",
            "+",
            ".",
            "e",
            "E",
            "00",
            "1.",
            ".5",
            "1e5",
            "//",
            "'",
        ),
        *('"a"', '"a":', "\x00", "\x1f", *SPACES),
    )
)


@st.composite
def mutated_json(draw: DrawFn) -> str:
    """Draw JSON text with a few insertions and deletions."""
    indent = draw(st.sampled_from([None, 2]))
    text = json.dumps(draw(values), indent=indent, ensure_ascii=draw(st.booleans()))
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 2, len(text))))
        text = text[:start] + draw(st.one_of(st.just(""), fragments)) + text[end:]
    return text


@given(st.one_of(mutated_json(), st.lists(fragments, max_size=8).map("".join)))
@example("[" * 64 + "]" * 64)
@example('{"a": 1, "a": 2}')
@example('{"": ""}')
@example(" \t\r\n{}\n")
@example("\ufeff{}")
@example("1" * 32)
@example("[1,]")
def test_both_readers_agree(text: str) -> None:
    try:
        expected = json.loads(
            text, object_pairs_hook=pairs, parse_constant=reject, parse_int=number, parse_float=number
        )
    except ValueError:
        expected = REJECTED
    if has_unpaired_surrogate(expected):
        expected = REJECTED
    try:
        assert plain(reader.read(text)) == expected
    except MalformedDocumentError:
        assert expected is REJECTED


REJECTED = object()


def reject(_: str) -> None:
    raise ValueError


def number(text: str) -> tuple[str, str]:
    if len(text) > 32:
        raise ValueError(text)
    return "number", text


def pairs(found: list[tuple[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    return "mapping", found


def has_unpaired_surrogate(value: Any) -> bool:
    return isinstance(value, (str, tuple, list)) and re.search("[\ud800-\udfff]", flat(value)) is not None


def flat(value: Any) -> str:
    return "".join(map(flat, value)) if isinstance(value, (tuple, list)) else str(value)


def plain(node: DataNode) -> Any:
    match node:
        case MappingNode(entries):
            return pairs([(key.text, plain(value)) for key, value in entries])
        case SequenceNode(items):
            return [plain(item) for item in items]
        case ScalarNode(text, "number"):
            return number(text)
        case ScalarNode(text, "string"):
            return text
        case ScalarNode(text):
            return json.loads(text)
