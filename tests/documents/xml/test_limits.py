"""The checks on XML before it is parsed."""

from __future__ import annotations

import pytest

from vmspec.documents.limits import to_utf8
from vmspec.documents.xml.limits import FULL_SCAN_THRESHOLD, check
from vmspec.errors import MalformedDocumentError

LONG_ENOUGH_TO_COUNT = f"<!-- {'x' * FULL_SCAN_THRESHOLD} -->"


def rejection(source: str) -> str:
    with pytest.raises(MalformedDocumentError) as caught:
        check(to_utf8(source))
    return str(caught.value)


class TestDeclaration:
    @pytest.mark.parametrize(
        "declaration",
        [
            '<?xml version="1.0"?>',
            "<?xml version='1.0' encoding='utf-8'?>",
            '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>',
            '<?xml\tversion = "1.0"\n encoding\r=\r"us-ascii"?>',
            "",
        ],
    )
    def test_utf_8_declaration_is_accepted(self, declaration: str) -> None:
        check(f"{declaration}<a/>".encode())

    @pytest.mark.parametrize(
        ("declaration", "finding"),
        [
            (
                '<?xml version="1.1"?>',
                '1:16: error VMS005 an XML version other than 1.0; write version="1.0"',
            ),
            (
                "<?xml version='1.0' encoding='UTF-7'?>",
                "1:31: error VMS002 declares an encoding other than UTF-8; save and declare it as UTF-8",
            ),
            (
                "<?xml version='1.0'\nencoding='latin-1'?>",
                "2:11: error VMS002 declares an encoding other than UTF-8; save and declare it as UTF-8",
            ),
            (
                '<?xml version="1.0" encoding=""?>',
                "1:31: error VMS002 declares an encoding other than UTF-8; save and declare it as UTF-8",
            ),
        ],
    )
    def test_other_declarations_are_rejected(self, declaration: str, finding: str) -> None:
        assert rejection(f"{declaration}<a/>") == finding


class TestDoctype:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("<!DOCTYPE a><a/>", "1:1"),
            ('<?xml version="1.0"?>\n<!-- <!DOCTYPE b> -->\n  <!DOCTYPE a [<!ENTITY b "c">]><a/>', "3:3"),
            ('<!DOCTYPE a SYSTEM "file:///a"><a/>', "1:1"),
        ],
    )
    def test_doctype_is_rejected(self, text: str, place: str) -> None:
        assert (
            rejection(text)
            == f"{place}: error VMS003 a DOCTYPE; entities and the like are not read; leave it out"
        )

    @pytest.mark.parametrize(
        "text", ["<a><!-- <!DOCTYPE a> --></a>", "<a><![CDATA[<!DOCTYPE a>]]></a>", "<a b='!DOCTYPE'/>"]
    )
    def test_text_that_looks_like_a_doctype_is_accepted(self, text: str) -> None:
        check(text.encode())


TEXTS = {
    "depth": ("<a>" * 32 + "{}" + "</a>" * 32, "<a/>"),
    "elements": ("<a>" + "<a/>" * 19_999 + "{}</a>", "<a/>"),
    "attributes": ("<a " + " ".join(f"a{n}=''" for n in range(64)) + " {}/>", "b=''"),
    "namespaces": ("<a " + " ".join(f"xmlns:a{n}='b'" for n in range(16)) + " {}/>", "xmlns:b='b'"),
    "comments": ("<a>" + "<!---->" * 999 + "<?a?>" * 1000 + "{}</a>", "<?a?>"),
}
"""A text at each limit, and the content that exceeds it."""

MESSAGES = {
    "depth": "nested deeper than 32 elements, which no spec needs",
    "elements": "more than 20,000 elements, which no spec needs",
    "attributes": "more than 64 attributes on one element, which no spec needs",
    "namespaces": "more than 16 namespace declarations, which no spec needs",
    "comments": "more than 2,000 comments and instructions, which no spec needs",
}


@pytest.mark.parametrize("limit", TEXTS)
def test_limit_is_exceeded_only_beyond_it(limit: str) -> None:
    text, more = TEXTS[limit]
    assert check((LONG_ENOUGH_TO_COUNT + text.format("")).encode()) is None
    assert rejection(LONG_ENOUGH_TO_COUNT + text.format(more)).endswith(f"error VMS004 {MESSAGES[limit]}")


def test_scan_returns_the_offset_at_which_it_stopped() -> None:
    """lxml accepts more names than expat, and would read on to the DOCTYPE."""
    text = "<!-- --><?\u0370?><!DOCTYPE a><a/>"
    assert check(text.encode()) == text.index("\u0370")
