"""Every input ends in a spec or in findings with a position in the document."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from vmspec import DocumentError, Finding, Severity, detect, dumps, loads, validate
from vmspec.documents import FORMATS, FormatName
from vmspec.model.schema import fields_of
from vmspec.model.spec import VirtualMachineSpec
from vmspec.testing import specs, texts

from .support.mutations import SPACES, mutated_documents

VECTORS = Path(__file__).parent.parent / "vectors"


def written_by_people(format: FormatName) -> list[bytes]:
    """Return the documents of the conformance vectors."""
    paths = [path for folder in ("valid", "lenient") for path in (VECTORS / folder).glob(f"*.{format}")]
    return [path.read_bytes() for path in sorted(paths)]


CRUMBS: dict[FormatName, tuple[bytes, ...]] = {
    "xml": (
        *(b"<", b">", b"/>", b"</", b"&", b"&#0;", b"&#13;", b"&lt;", b"<!--", b"-->", b"<?", b"?>", b"="),
        *(b"<![CDATA[", b"]]>", b'xmlns="a"', b"xmlns:a=''", b"a:", b'"', b"'", b"<!DOCTYPE a>", b" by='id'"),
        b'<?xml version="1.0"?>',
    ),
    "json": (
        *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\ud800", b"null", b"true", b"1e5", b"-"),
        *(b"NaN", b'"$schema"'),
    ),
    "yaml": (
        *(b"- ", b"? ", b": ", b":", b"|", b">", b"|2+", b"#", b" #", b"{", b"}", b"[", b"]", b"&a ", b"*a"),
        *(b"!a ", b"---\n", b"...\n", b"%YAML 1.2\n", b"<<: ", b"~", b"'", b'"', b"\\x00", b"\t", b"@", b"`"),
    ),
}
COMMON = (
    *(b"", b"\0", b"\n", b"\r", b"\r\n", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"0"),
    *(space.encode() for space in SPACES),
)


@st.composite
def _spoilt(draw: DrawFn, format: FormatName) -> bytes:
    data = draw(st.sampled_from(written_by_people(format)))
    crumbs = st.sampled_from(COMMON + CRUMBS[format])
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.one_of(st.integers(start, min(start + 3, len(data))), st.just(len(data))))
        data = data[:start] + draw(crumbs) + data[end:]
    return data


def any_bytes(format: FormatName) -> SearchStrategy[bytes]:
    heap = st.lists(st.sampled_from(COMMON + CRUMBS[format]), max_size=12).map(b"".join)
    return st.one_of(_spoilt(format), _spoilt(format), heap, st.binary())


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_bytes(format: FormatName, data: st.DataObject) -> None:
    check(data.draw(any_bytes(format)), format)


@pytest.mark.parametrize("format", FORMATS)
@given(text=st.text(st.characters()))
def test_text_with_surrogates(format: FormatName, text: str) -> None:
    check(text, format)


@given(mutated_documents())
def test_documents_similar_to_a_spec(document: bytes) -> None:
    check(document, "xml")


KEYS = (*(field.name for field in fields_of(VirtualMachineSpec)), "id", "permalink", "size", "$schema", "")
keys = st.sampled_from(KEYS)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-1, 10**10), st.floats(), texts())
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def _spoilt_data(draw: DrawFn) -> Any:
    data = json.loads(dumps(draw(specs()), "json"))
    for _ in range(draw(st.integers(1, 3))):
        spot: Any = data
        while isinstance(spot, (dict, list)) and spot and draw(st.integers(0, 3)):
            holder = spot
            key = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
            spot = holder[key]
            if not draw(st.integers(0, 3)):
                holder[key] = draw(anything)
        if isinstance(spot, dict):
            spot[draw(keys)] = draw(anything)
        elif isinstance(spot, list):
            spot.append(draw(anything))
    return data


@pytest.mark.parametrize("format", ["json", "yaml"])
@given(data=_spoilt_data())
def test_data_similar_to_a_spec(format: FormatName, data: Any) -> None:
    check(json.dumps(data, indent=2), format)


def check(document: bytes | str, format: FormatName) -> None:
    report = validate(document, format)
    for finding in report.findings:
        check_finding(finding, document)
    assert validate(document, format, engine="xmlschema") == report
    assert outcome(document, format) == (report.spec or report.findings)
    assert outcome(document, None) != ()
    if report.spec is not None:
        assert loads(dumps(report.spec)) == report.spec
    assert detect(document) in (None, *FORMATS)


def outcome(document: bytes | str, format: FormatName | None) -> VirtualMachineSpec | tuple[Finding, ...]:
    """Return the findings of reading, which are none for a spec."""
    try:
        return loads(document, format)
    except DocumentError as error:
        return error.findings


def check_finding(finding: Finding, document: bytes | str) -> None:
    assert re.fullmatch("VMS[0-9]{3}", finding.code)
    assert finding.severity in Severity
    for sentence in (finding.message, finding.hint or "x"):
        assert sentence.isprintable()
        assert sentence
    text = document if isinstance(document, str) else document.decode("utf-8", "replace")
    lines = text.removeprefix("\ufeff").split("\n")
    assert finding.line is not None
    assert finding.column is not None
    assert 1 <= finding.line <= len(lines)
    assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1
