"""What of a document an excerpt shows, and where the caret is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmspec import dumps, loads
from vmspec.cli.output.snippets import MOST_BYTES, WIDTH, Snippets
from vmspec.cli.output.visible import visible
from vmspec.documents.formats import FormatName

from ..support.documents import FULL, SECRET


def excerpt(text: str, format: FormatName, line: int, column: int) -> tuple[str, str] | None:
    return Snippets(text.encode(), format).of(line, column)


def told(text: str, format: FormatName) -> str:
    """The text with each word that is hidden between « and »."""
    marks = visible(text, format)
    hidden = "".join(
        "#" if not marks[index] and not char.isspace() else "." for index, char in enumerate(text)
    )
    pieces = ((found[0][0], text[found.start() : found.end()]) for found in re.finditer(r"#+|\.+", hidden))
    return "".join(f"«{piece}»" if kind == "#" else piece for kind, piece in pieces)


def bare(marked: str) -> str:
    return marked.replace("«", "").replace("»", "")


@pytest.mark.parametrize(
    "marked",
    [
        "<Name>web</Name>",
        "<Nmae>«web»</Nmae>",
        "<Resources><Packge by='id'>x</Packge></Resources>",
        "<CloudInit><UserData>«a<b>c</b>»</UserData></CloudInit>",
        "<CloudInit><UserData>«<![CDATA[</UserData>]]>»</UserData>",
        "<CloudInit><UserData>«a» «&» «b» «<»",
        "<DiskTemplate><Option key='a' «b='c'»>«d»</Option>",
        "<Resources><Option>«d»</Option></Resources>",
        "<Name>a<Name><Option>«d»</Option>",
        "<Name><![CDATA[a]]></Name>",
        "<Name>«<![CDATA[a</Name><Option>d</Option>»",
        "«<!--» «here» «--><!--» «<Option>d</Option>» «-->»",
        "«stray»",
        "<Name>x</Nmae><UserDat>«S3CRET»</UserDat>",
        "<Name>x</Nmae><CloudInt>«<Data>S3CRET</Data>»</CloudInt>",
        '<DiskTemplate><Version by="number">3</Vers «key="pw"»>«S3CRET»</Option>',
        '<DiskTemplate><Version by="number">3</Ver@sion><ption key="pw">«S3CRET</Option>»',
        "<Name>x</Nmae><Hostname><Hostname>y</Hostname></Hostname>",
        "<Name>x<UserDat>«S3CRET»</UserDat>",
        "<Name><Name>x</Name><UserDat>«S3CRET»</UserDat>",
        "<Resources><Package>a</Package></Resorces><UserDat>«S3CRET»</UserDat>",
        "<Resources><Package>a</Package><CloudInt>«<Data>S3CRET</Data>»</CloudInt>",
    ],
)
def test_xml_shows_what_is_known_and_not_secret(marked: str) -> None:
    marked = f"<VirtualMachineSpec>{marked}"
    assert told(bare(marked), "xml") == marked


@pytest.mark.parametrize(
    "marked",
    [
        '{"hostname": "web", "tags": ["a", "b"]}',
        '{"nmae": «"web"»}',
        '{"resources": {"packge": {"slug": 1}}}',
        '{"disk_template": {"id": "x", "options": [{"key": "a", "value": «"b"»}]}}',
        '{"cloud_init": «"a"», "name": "b"}',
        '{"tags": [{"value": «"a"»}]}',
        '{«"name"» «"a",» «"value":» «"b"}»',
        """{"name": 'a'«,» «"value":» «"b"}»""",
        '{"name": "a"\n"hostname"«:» «"b"}»',
        '{"key": «"pw,» «"value":» «"S3CRET"}»',
        '{"options": [{"key": pw«",» «"value":» «"S3CRET"}]}»',
        '{"hostname": «"a,» «"cloud_init":» «{"user_data":» «"S3CRET"}}»',
        '{"cloud_init": {«"S3CRET"»: «"b"»}}',
        '{"cloud_init": {"user_data«:S3CRET"»: «"b"»}}',
        '{"user_data": «"a»',
    ],
)
def test_json_shows_what_is_known_and_not_secret(marked: str) -> None:
    assert told(bare(marked), "json") == marked


@pytest.mark.parametrize(
    "marked",
    [
        "hostname: web «#» «why»",
        "tags:\n- a\n-   b",
        "resources: {packge: {slug: x}}",
        "disk_template:\n  id: x\n  options:\n  - key: a\n    value: «b-»",
        "disk_template: {options: [{value: «b-», key: a}]}",
        "cloud_init:\n  user_data: «|»\n    «name:» «a»\n\n    «b»\nname: c",
        "name: a\n tags: «[»",
        "hostname: web\nname: [a\nvalue: «b»",
        "disk_template: {options: [{key: pw, value«:S3CRET»}]}",
        "disk_template: {options: [{key: pw, value«=S3CRET»}]}",
        "disk_template: {options: [{key: pw, value «S3CRET»}]}",
        "disk_template: {options: [{«pw=S3CRET»}]}",
        'disk_template: {options: [{key: pw, value«:"S3CRET"»}]}',
        "disk_template: {options: {«pw:S3CRET»}}",
        "disk_template: {options: [{key: «pw»\n «value» «S3CRET»}]}",
        "disk_template: {options: [{value: «&S3CRET» «pw}]}»",
        "disk_template: {options: [«!S3CRET» «{key:» «pw}]}»",
        'disk_template: {options: [{key: «"pw,» «value:» «"S3CRET"}]}»',
        "cloud_init: {user_data«:S3CRET»}",
        "cloud_init: {«S3CRET»}",
        "cloud_init:\n  user_data: «#cloud-config»\n  «password:» «x»\n  «S3CRET2:» «x»",
        "cloud_init:\n  usre_data: «x»",
    ],
)
def test_yaml_shows_what_is_known_and_not_secret(marked: str) -> None:
    assert told(bare(marked), "yaml") == marked


SLIPS = st.text("<>/\"'&:{}[],-x \n", max_size=2)
DOCUMENTS: list[tuple[FormatName, str]] = [
    (format, dumps(loads(FULL), format)) for format in ("xml", "json", "yaml")
]


@given(st.sampled_from(DOCUMENTS), st.data())
def test_no_slip_shows_a_secret(document: tuple[FormatName, str], data: st.DataObject) -> None:
    format, text = document
    position = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 1))
    text = text[:position] + data.draw(SLIPS) + text[position + cut :]
    assert SECRET not in re.sub("«[^»]*»", "", told(text, format))


class TestExcerpts:
    def test_have_the_caret_below_the_word(self) -> None:
        assert excerpt("hostname: web\nname:  we-b.x # y\n", "yaml", 2, 8) == (
            "name:  we-b.x ***",
            "       ^^^^^^",
        )

    def test_count_columns_of_the_terminal(self) -> None:
        text = "<VirtualMachineSpec>\n\t<Name>日本e\u0301</Name><Zone>x</Zone>"
        assert excerpt(text, "xml", 2, 20) == (
            "    <Name>日本e\u0301</Name><Zone>x</Zone>",
            " " * 23 + "^^^^",
        )

    def test_collapse_what_is_hidden(self) -> None:
        text = f"<VirtualMachineSpec><CloudInit><UserData>a {SECRET} b</UserData></CloudInit><Size>"
        assert excerpt(text, "xml", 1, text.index("CloudInit>") + 1) == (
            "<VirtualMachineSpec><CloudInit><UserData>***</UserData></CloudInit><Size>",
            " " * 21 + "^" * 9,
        )

    def test_are_no_wider_than_people_read(self) -> None:
        text = "name: " + "a" * 1000 + " " + "b" * 1000
        found = excerpt(text, "yaml", 1, 1008)
        assert found is not None
        assert found[0].startswith("…aaa")
        assert found[0].endswith("bbb…")
        assert len(found[0]) == WIDTH + 2
        assert found[1].count("^") == WIDTH - found[0].index("b") + 1

    @pytest.mark.parametrize(
        ("text", "line", "column"),
        [
            ("user_data: x", 1, 12),
            ("name: x", 2, 1),
            ("name: x", 1, 20),
            ("name: x", 1, 0),
            ("", 1, 1),
            ("name: x\n" * MOST_BYTES, 1, 1),
        ],
    )
    def test_are_none_where_nothing_may_or_can_be_shown(self, text: str, line: int, column: int) -> None:
        assert excerpt(text, "yaml", line, column) is None

    def test_are_none_of_what_is_no_text(self) -> None:
        assert Snippets(b"name: \xff", "yaml").of(1, 1) is None

    def test_know_no_byte_order_mark_and_no_cr(self) -> None:
        assert Snippets(b"\xef\xbb\xbfname: x\r\ntags: []\r\n", "yaml").of(1, 1) == ("name: x", "^^^^")
        assert Snippets(b"<VirtualMachineSpec>\r\n", "xml").of(1, 2) == (
            "<VirtualMachineSpec>",
            " " + "^" * 18,
        )

    def test_escape_what_steers_terminals(self) -> None:
        assert excerpt("name: a\u202eb", "yaml", 1, 1) == (r"name: a\u202eb", "^^^^")
