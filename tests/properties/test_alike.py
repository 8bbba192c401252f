"""A document that is like one read before is judged as if it were the first."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from lxml.etree import XMLSyntaxError

from vmspec import dumps, validate
from vmspec.documents.alike import MEMORY, OFTEN, taken_apart
from vmspec.documents.xml import parse
from vmspec.testing import specs
from vmspec.validation.xsd import is_valid

from .decorations import decorated_documents
from .mutations import RICH

NUMBERS = (" 5", "5 ", "+5", "007", "0", "-1", "1.5", "5_0", "１２", "٤", "1000000000", "9" * 200)
WORDS = ("yes", "no", "true", "SSD", "random", "id_1", "rock-3", "rock 3", "a/b", "WEB", "web-", "x" * 300)
ADDRESSES = ("10.0.0.1", "::1", "10.0.0.0/8")
MARKUP = ("a > b", "a>b", "]]>", "a&amp;b", "&nope;", "a&b", "&#5;", "<b/>", "</b>", "--")
BLANKS = ("", " ", "a\nb", "a\tb", "a\rb", "a\r\nb", "\x85a", "a\x85", "\xa0a", "a\xa0", "\u2028a", "a\u200b")
CHARACTERS = ("\0", "a\x0bb", "a\x1fb", "\x7f", "\ufeffa", "\ufffe", "a\uffff", "a\ufdd0", "\U0010ffff", "é")
ODD = (*NUMBERS, *WORDS, *ADDRESSES, *MARKUP, *BLANKS, *CHARACTERS)
TEXTS = st.one_of(st.sampled_from(ODD), st.text(st.characters(codec="utf-8"), max_size=12))

DOCUMENTS = st.one_of(
    specs().map(lambda spec: dumps(spec).encode()),
    st.sampled_from(RICH),
    decorated_documents(),
)

NEVER_KEPT = b"<!---->"
"""Behind the root it moves no place; and no document with a comment is remembered."""


def with_values(markup: Sequence[str], values: Sequence[str]) -> bytes:
    """What was taken apart, put together again."""
    texts = [*(f">{value}</" for value in values), ""]
    return "".join(piece + text for piece, text in zip(markup, texts, strict=True)).encode()


@st.composite
def alike(draw: DrawFn) -> tuple[bytes, bytes]:
    """A document that may be remembered when it is read often, and one of other values with its markup."""
    document = draw(DOCUMENTS)
    markup, values = taken_apart(document)
    for index in draw(st.sets(st.integers(0, len(values) - 1), max_size=2)) if values else ():
        values[index] = draw(TEXTS)
    return document, with_values(markup, values)


def assert_judged_as_if_it_were_the_first(document: bytes) -> None:
    report = validate(document, "xml")
    assert report == validate(document + NEVER_KEPT, "xml")
    assert (report.spec is not None) is libxml2_accepts(document)


def libxml2_accepts(document: bytes) -> bool:
    try:
        return b"\0" not in document and is_valid(parse(document))
    except XMLSyntaxError:
        return False


@settings(max_examples=2 * settings.default.max_examples)
@given(alike())
def test_it_is_judged_as_if_it_were_the_first(documents: tuple[bytes, bytes]) -> None:
    first, second = documents
    assert len({repr(validate(first, "xml")) for _ in range(OFTEN)}) == 1
    assert_judged_as_if_it_were_the_first(second)


def places_of_each_kind() -> dict[str, tuple[bytes, int]]:
    """For each tag that a value may follow, a document that has it and the number of that value."""
    documents = [document for document in RICH if is_known(document)] + [OTHER_PLACES]
    return {
        before.rpartition("<")[2]: (document, number)
        for document in documents
        for number, before in enumerate(taken_apart(document)[0][:-1])
    }


OTHER_PLACES = b"""<VirtualMachineSpec>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources><Package by="permalink">rock-3</Package></Resources>
  <DiskTemplate>
    <DiskTemplate>dtpl_Ob5Xs7TgJq3Ea0Pc</DiskTemplate>
    <Version by="number">3</Version>
    <Option key="a">b</Option>
  </DiskTemplate>
  <CloudInit><UserData>#cloud-config</UserData></CloudInit>
  <Hostname><Hostname type="random">web-1</Hostname></Hostname>
  <Description>The shop.</Description>
  <ISO>iso_Yv2Ag9TkLm4Xe6Bn</ISO>
</VirtualMachineSpec>
"""


def is_known(document: bytes) -> bool:
    assert len({repr(validate(document, "xml")) for _ in range(OFTEN)}) == 1
    return MEMORY.shape_of(taken_apart(document)[0]) is not None


@pytest.mark.parametrize("odd", ODD)
def test_so_it_is_with_each_odd_value_in_each_kind_of_place(odd: str) -> None:
    for document, number in PLACES.values():
        markup, values = taken_apart(document)
        values[number] = odd
        assert_judged_as_if_it_were_the_first(with_values(markup, values))


PLACES = places_of_each_kind()
