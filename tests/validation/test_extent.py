"""The end of each finding: behind the tag, attribute, key or value that it is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmspec import validate
from vmspec.documents import FORMATS, FormatName

XML = """\
<VirtualMachineSpec>
  <Resources><Packge by="x">rock-3</Packge><Memory> 20 GB </Memory></Resources>
  <DataCenter by="slug" foo = 'a'>x</DataCenter>
</VirtualMachineSpec>
"""
YAML = """\
resources: {packge: 1}
"hostnme": web
data_center: {slug: a b}  # x
zone: [a]
system_disks:
  - size: 20 GB # y
    speed: 'N'
    io_profile: {}
"""


def extents(text: str, format: FormatName) -> list[str]:
    """Return the piece of the document that each finding is about."""
    lines = text.split("\n")
    pieces: list[str] = []
    for finding in validate(text, format).findings:
        assert (finding.line, finding.column, finding.end_column) != (None, None, None)
        assert finding.end_line == finding.line
        pieces.append(lines[finding.line - 1][finding.column - 1 : finding.end_column - 1])  # type: ignore[operator]
    return pieces


def test_extent_in_xml() -> None:
    assert extents(XML, "xml") == ["Packge", "20 GB", "slug", "foo"]


def test_extent_in_yaml() -> None:
    assert extents(YAML, "yaml") == ["packge", '"hostnme"', "slug", "[", "20 GB", "'N'", "{"]


def test_extent_in_json() -> None:
    assert extents('{"hostnme": "a", "memory": {"a": 1}}', "json") == ['"hostnme"', '"memory"']


def test_length_of_a_secret_is_not_told() -> None:
    text = '{"disk_template": {"id": "dtpl_x", "options": [{"key": "a", "value": 123456}]}}'
    assert extents(text, "json") == ["1"]


def test_spec_has_no_ends() -> None:
    from vmspec import VirtualMachineSpec

    for finding in validate(VirtualMachineSpec()).findings:
        assert (finding.line, finding.end_line, finding.end_column) == (None, None, None)


@pytest.mark.parametrize("format", FORMATS)
@given(text=st.text(alphabet="<>/\"'=:{}[],-# \n\rab\xe9&|", max_size=40))
def test_end_is_never_before_the_start(format: FormatName, text: str) -> None:
    for start in ("", "<VirtualMachineSpec><Name a='b'>x</Name>", "hostname: web\n", '{"hostname": '):
        for finding in validate(start + text, format).findings:
            assert finding.line is not None
            assert finding.end_line == finding.line
            assert finding.end_column >= finding.column  # type: ignore[operator]
