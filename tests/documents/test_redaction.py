"""Redaction: a parsed document shows what the model knows and does not call secret, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vmspec import VM, VirtualMachineSpec, backup_policy, dumps, existing_ip, new_ipv4
from vmspec.documents import FORMATS
from vmspec.documents.formats import FormatName, format_named
from vmspec.documents.redaction import RedactedText, redact
from vmspec.errors import DocumentError
from vmspec.testing.strategies import specs

SECRET = "hunter2"
FULL = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", version=3)
    .option("root_password", SECRET)
    .cloud_init(f"#cloud-config\npassword: {SECRET}\nchpasswd:\n  list: |\n    root:{SECRET}\n")
    .disk(20, name="System", backup=backup_policy(retention=7, every="daily", at=2))
    .network("uk-lon-01-public", new_ipv4(), existing_ip("ip_Q3k1LZddqvzMH21b"))
    .authorize(users="all", ssh_keys="all")
    .description("two\nlines")
    .tags("web", "public")
    .build()
)


def marked(text: str, format: FormatName) -> str | None:
    """Return a document with each masked span between « and »; None if nothing of it is shown."""
    redacted = redact(text.encode(), format)
    if redacted is None:
        return None
    pieces: list[str] = []
    offset = 0
    while offset < len(text):
        span = redacted.span_at(offset)
        end = span[1] if span else offset + 1
        pieces.append(f"«{text[offset:end]}»" if span else text[offset])
        offset = end
    return "".join(pieces)


def bare(marked: str) -> str:
    return marked.replace("«", "").replace("»", "")


@pytest.mark.parametrize(
    "shown",
    [
        "<Name>web</Name>",
        "<Name><Name>x</Name></Name>",
        "<Name><![CDATA[a]]></Name>",
        "<Name>a<!--« b »-->c</Name>",
        "<Nmae>«web»</Nmae>",
        '<Resources><Packge by="permalink">«rock-3»</Packge></Resources>',
        '<Resources><Packge «slug»="«x»">«rock-3»</Packge></Resources>',
        "<Resources>«stray»<Memory>4</Memory></Resources>",
        "<DataCenter by='slug'>uk-lon-01</DataCenter>",
        "<CloudInit><UserData>\n  «a\n  b»\n</UserData></CloudInit>",
        "<CloudInit><UserData><![CDATA[«</UserData>»]]></UserData></CloudInit>",
        "<CloudInit><UserData>«a»<Name>«b»</Name><«b1»>«c»</«b1»></UserData></CloudInit>",
        "<CloudInit><UsreData>«a»</UsreData><«hunter2»/></CloudInit>",
        "<CloudInt><«Dta»>«a»</«Dta»></CloudInt>",
        '<DiskTemplate><Option key="root_password">«a»</Option></DiskTemplate>',
        '<DiskTemplate><Option key="«note value=»" «hunter2»="«x»">«a»</Option></DiskTemplate>',
        '<DiskTemplate><Option kay="«note»">«a»</Option></DiskTemplate>',
        "<Option>«d»</Option>",
        "<!--« was hunter2 »--><?«php hunter2»?>",
        '<x:Name «xmlns:x»="«urn:x»">«a»</x:Name>',
        "<Tags><Tag/><Label/></Tags>",
    ],
)
def test_xml(shown: str) -> None:
    shown = f'<?xml version="1.0"?>\n<VirtualMachineSpec>{shown}</VirtualMachineSpec>\n'
    assert marked(bare(shown), "xml") == shown


@pytest.mark.parametrize(
    "shown",
    [
        '{"hostname": "web", "tags": ["a", "b"]}',
        '{"nmae": «"web"»}',
        '{"resources": {"packge": {"permalink": «"rock-3"»}, "memory": "4"}}',
        '{"resources": {"package": {"slug": «"rock-3"»}}}',
        '{"resources": {"package": "rock-3"}}',
        '{"resources": «"rock-3"»}',
        '{"disk_template": {"id": "x", "options": [{"key": "a", "value": «"b"»}]}}',
        '{"disk_template": {"options": [{"key": «"a value: b"», "vlaue": «"b"», «"b1"»: «1»}]}}',
        '{"disk_template": {"options": {«"a"»: «"b"»}}}',
        '{"cloud_init": «"a"»}',
        '{"cloud_init": {"user_data": {«"a1"»: [«true»]}}}',
        '{"cloud_init": {«"#cloud-config\\npassword: a"»: «""»}}',
        '{«"#cloud-config\\npassword: a"»: «null», «"hunter2"»: «null», "labels": {}}',
        '{"$schema": «"https://user:password@example.com"»}',
        '[«"a"»]',
    ],
)
def test_json(shown: str) -> None:
    assert marked(bare(shown), "json") == shown


@pytest.mark.parametrize(
    "shown",
    [
        "hostname: web «# why»\n",
        "«%YAML 1.1»\n--- «# a»\nhostname: web «# b»\n... «# c»\n",
        "tags:\n- a\n-   'b # c'\n",
        "resources: {package: {slug: «x»}}",
        "disk_template:\n  id: x\n  options:\n  - key: a\n    value: «b-»\n",
        "cloud_init:\n  user_data: «|\n    name: a\n\n    b»\n\nname: c",
        "cloud_init:\n  user_data: «#cloud-config»\n  «password»: «x»\n  «hunter2»: «x»\n",
        "cloud_init:\n  user_data: «#cloud-config»\n«root:hunter2»: «x»\n",
        "description: | «# a»\n  # b\n",
        "disk_template: {options: [{key: pw, «value:S3CRET»}]}",
        "disk_template: {options: [{key: pw, «value S3CRET»}]}",
        "disk_template: {options: [{«pw=S3CRET»}]}",
        "disk_template: {options: [{key: «pw\n value S3CRET»}]}",
        "disk_template: {options: {«pw:S3CRET»}}",
        "cloud_init: {«user_data:S3CRET»}",
        "cloud_init: {«S3CRET»}",
        "«S3CRET»:\nname: a",
        "nmae:\n  name: «a»\n  «b1»: «c»\n",
    ],
)
def test_yaml(shown: str) -> None:
    assert marked(bare(shown), "yaml") == shown


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("xml", '<VirtualMachineSpec><DiskTemplate></Version<>Option key="root_password">SECRET'),
        ("xml", '<VirtualMachineSpec><DiskTemplate><Option key=note">SECRET</Option></DiskTemplate>'),
        ("xml", "<!DOCTYPE a [<!ENTITY b 'SECRET'>]><VirtualMachineSpec/>"),
        ("json", '{"cloud_init": {"user_data": "SECRET}}'),
        ("json", '{"name": "SECRET",}'),
        ("yaml", 'disk_template: {options: [{key: "pw, value: "SECRET"}]}'),
        ("yaml", "cloud_init: {user_data: !SECRET a}"),
        ("yaml", "cloud_init: {user_data: &SECRET a}"),
        ("yaml", "name: a\n---\nname: SECRET\n"),
    ],
)
def test_document_that_cannot_be_parsed_is_not_shown(format: FormatName, text: str) -> None:
    assert redact(text.encode(), format) is None


@pytest.mark.parametrize("data", [b"name: \xff", b"name: \0", b"\xff\xfename: a"])
def test_bytes_that_are_not_text_are_not_shown(data: bytes) -> None:
    assert redact(data, "yaml") is None


DOCUMENTS: list[tuple[FormatName, str]] = [(format, dumps(FULL, format)) for format in FORMATS]


@pytest.mark.parametrize(("format", "text"), DOCUMENTS)
def test_document_without_mistakes_hides_its_secrets_only(format: FormatName, text: str) -> None:
    shown = marked(text, format)
    assert shown is not None
    masked = re.findall("«[^»]*»", shown)
    assert len(masked) == 2
    assert all(SECRET in piece for piece in masked)


SLIPS = st.text("<>/\"'&:{}[],-x \n", max_size=2)


@given(st.sampled_from(DOCUMENTS), st.data())
def test_slip_shows_no_secret(document: tuple[FormatName, str], data: st.DataObject) -> None:
    format, text = document
    position = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 1))
    text = text[:position] + data.draw(SLIPS) + text[position + cut :]
    shown = marked(text, format) or ""
    assert SECRET not in re.sub("«[^»]*»", "", shown)


def test_piece_of_a_text_is_masked_and_escaped() -> None:
    redacted = RedactedText("a\tb\x1b secret\nmore secret c", [(5, 23)])
    assert redacted.show(0, 11) == "a    b\\x1b ***"
    assert redacted.show(12, 25) == "*** c"
    assert redacted.show(6, 8) == "***"
    assert redacted.show(24, 25) == "c"
    assert redacted.show(0, 0) == ""


@pytest.mark.parametrize("format", FORMATS)
@given(spec=specs(), edit=st.sampled_from(["", "comment", "hint"]))
def test_valid_document_is_redacted_in_the_same_way(
    format: FormatName, spec: VirtualMachineSpec, edit: str
) -> None:
    text = dumps(spec, format)
    if edit == "comment":
        text = {"xml": text + f"<!-- {SECRET} -->", "yaml": f"# {SECRET}\n{text}", "json": text}[format]
    if edit == "hint" and format == "xml":
        hint = 'xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:noNamespaceSchemaLocation="a"'
        text = text.replace("<VirtualMachineSpec", f"<VirtualMachineSpec {hint}")
    data = text.encode()
    shown, quickly_shown = redact(data, format), redact(data, format, is_valid=True)
    assert shown is not None
    assert quickly_shown is not None
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        assert quickly_shown.show(start, end) == shown.show(start, end)
        assert quickly_shown.span_at(start) == shown.span_at(start)
        start = end + 1


@pytest.mark.parametrize(("format", "written"), [("json", "json"), ("yaml", "yaml"), ("yaml", "json")])
@given(spec=specs())
@example(spec=FULL)
def test_secret_region_has_everything_that_is_masked(
    format: FormatName, written: FormatName, spec: VirtualMachineSpec
) -> None:
    text = dumps(spec, written)
    try:
        spans = format_named(format).masked_spans(text.encode())
    except DocumentError:  # JSON that YAML does not read
        return
    first, last = format_named(format).secret_region(text)
    assert [span for span in spans if span[0] < first or span[1] > last] == []


@pytest.mark.parametrize(
    "text",
    [
        "disk_template: {id: a, options: [{key: k, value: hunter2}\n]}\nhostname: a\n",
        "disk_template:\n  id: a\n  options:\n    - key: k\n      value: 'x\n\nhostname: hunter2'\nname: a\n",
        'disk_template:\n  id: a\n  options:\n    - key: k\n      value: "x\n\nname: hunter2"\nhostname: a\n',
        "description: 'disk_template:\n a'\ndisk_template:\n  id: a\n  options: [{key: k, value: hunter2}]",
        "hostname: a\ncloud_init:\n  user_data: |\n    hunter2\n\n    name: hunter2\n",
    ],
)
def test_valid_yaml_of_unusual_layout_hides_its_secrets(text: str) -> None:
    redacted = redact(text.encode(), "yaml", is_valid=True)
    assert redacted is not None
    for start in range(0, len(text), 3):
        line_end = text.find("\n", start)
        assert SECRET not in redacted.show(start, line_end if line_end >= 0 else len(text))
