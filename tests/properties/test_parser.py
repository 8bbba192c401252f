"""The parser leaves out whitespace between elements only, never in a value."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from vmspec.documents.limits import to_utf8
from vmspec.documents.xml.parser import parse

from .support.decorations import decorated_documents
from .support.mutations import mutated_documents

PLAIN_PARSER = etree.XMLParser(remove_comments=True, remove_pis=True)


@given(st.one_of(decorated_documents(), mutated_documents()))
@example(b"<a> <b> </b> <c>  \r\n</c> <d> <![CDATA[ ]]></d> <e> <!-- --></e> <f> <?f?></f> </a>")
@example(b"<a> <b> </b>\n<c>\t</c> <d> &#32;</d><e>x</e> y </a>")
def test_values_are_those_of_a_parser_that_keeps_all_whitespace(document: bytes) -> None:
    data = to_utf8(document)
    assert texts(parse(data)) == texts(etree.fromstring(data, PLAIN_PARSER))


def texts(tree: etree._Element) -> list[tuple[str, str, str]]:
    """Return the tag, text and following text of each element, without whitespace between elements."""
    return [
        (str(element.tag), _text(element.text, keep_blank=not len(element)), _text(element.tail))
        for element in tree.iter()
    ]


def _text(text: str | None, *, keep_blank: bool = False) -> str:
    return text if text and (keep_blank or text.strip(" \t\r\n")) else ""
