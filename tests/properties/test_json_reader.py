"""The JSON reader takes what the standard library's takes, with the same values, but for what is named here.

Refused here, taken there: ``NaN`` and the infinities, half a surrogate pair, numbers of more than
32 characters, more than 64 levels or 20,000 values. A key given twice is kept twice by the reader,
and minded by who asks it for a spec.
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

from .mutations import BLANKS

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
crumbs = st.sampled_from(
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
        *('"a"', '"a":', "\x00", "\x1f", *BLANKS),
    )
)


@st.composite
def spoilt(draw: DrawFn) -> str:
    """JSON text into which a hand has put, or out of which it has taken, a little."""
    indent = draw(st.sampled_from([None, 2]))
    text = json.dumps(draw(values), indent=indent, ensure_ascii=draw(st.booleans()))
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 2, len(text))))
        text = text[:start] + draw(st.one_of(st.just(""), crumbs)) + text[end:]
    return text


@given(st.one_of(spoilt(), st.lists(crumbs, max_size=8).map("".join)))
@example("[" * 64 + "]" * 64)
@example('{"a": 1, "a": 2}')
@example('{"": ""}')
@example(" \t\r\n{}\n")
@example("\ufeff{}")
@example("1" * 32)
@example("[1,]")
def test_the_two_readers_agree(text: str) -> None:
    try:
        expected = json.loads(
            text, object_pairs_hook=pairs, parse_constant=refuse, parse_int=number, parse_float=number
        )
    except ValueError:
        expected = REFUSED
    if has_half_a_pair(expected):
        expected = REFUSED
    try:
        assert plain(reader.read(text)) == expected
    except MalformedDocumentError:
        assert expected is REFUSED


REFUSED = object()


def refuse(_: str) -> None:
    raise ValueError


def number(text: str) -> tuple[str, str]:
    if len(text) > 32:
        raise ValueError(text)
    return "number", text


def pairs(found: list[tuple[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    return "mapping", found


def has_half_a_pair(value: Any) -> bool:
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
