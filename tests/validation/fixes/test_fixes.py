"""Each fix changes one thing and nothing else, in three formats."""

from __future__ import annotations

import pytest

from vmspec import validate
from vmspec.documents import FORMATS, FormatName
from vmspec.findings import Edit, Fix
from vmspec.validation.fixes import FIXABLE, in_data, in_xml
from vmspec.validation.fixing import fix_document

XML_HEAD, XML_TAIL = "<VirtualMachineSpec>\n", "\n</VirtualMachineSpec>\n"


def fixed(text: str, format: FormatName, *, unsafe: bool = False) -> str:
    result = fix_document(text.encode(), format, unsafe=unsafe)
    assert fix_document(result.data, format, unsafe=unsafe).data == result.data
    return result.data.decode()


def test_codes_with_a_fix_are_those_that_some_format_corrects() -> None:
    assert in_xml.CORRECTIONS.keys() | in_data.CORRECTIONS.keys() == FIXABLE


def test_fix_is_made_of_edits_with_places() -> None:
    [finding, *_] = validate(f"{XML_HEAD}<tags><Tag>é</Tag></tags>{XML_TAIL}").findings
    assert finding.fix == Fix((Edit(2, 2, 2, 6, "Tags"), Edit(2, 21, 2, 25, "Tags")))


XML = [
    ("<Nmae>web</Nmae>", "<Name>web</Name>"),
    ("<DISKTEMPLATE ><DiskTemplate>dtpl_x</DiskTemplate></DISKTEMPLATE >",
     "<DiskTemplate ><DiskTemplate>dtpl_x</DiskTemplate></DiskTemplate >"),
    ("<system_disks/>", "<SystemDisks/>"),
    ("<Hostname>web</Hostname>", "<Hostname><Hostname>web</Hostname></Hostname>"),
    ("<Hostname type='random'/>", "<Hostname><Hostname type='random'/></Hostname>"),
    ("<Hostname><![CDATA[a]]></Hostname>", None),
    ("<DiskTemplate by='permalink'>a/b</DiskTemplate>",
     "<DiskTemplate><DiskTemplate by='permalink'>a/b</DiskTemplate></DiskTemplate>"),
    ("<DiskTemplate by='permalink'>\n a/b <Version by='number'>1</Version></DiskTemplate>",
     "<DiskTemplate>\n <DiskTemplate by='permalink'>a/b</DiskTemplate> "
     "<Version by='number'>1</Version></DiskTemplate>"),
    ("<Resources><Package By='permalink'>rock-3</Package></Resources>",
     "<Resources><Package by='permalink'>rock-3</Package></Resources>"),
    ("<Resources><Package by = ' Permalink'>rock-3</Package></Resources>",
     "<Resources><Package by = 'permalink'>rock-3</Package></Resources>"),
    ("<Resources><Package>rock-3</Package></Resources>",
     '<Resources><Package by="permalink">rock-3</Package></Resources>'),
    ("<Resources><Package by='slug'>rock-3</Package></Resources>",
     "<Resources><Package by='permalink'>rock-3</Package></Resources>"),
    ("<Resources><Package permalink='rock-3'/></Resources>",
     "<Resources><Package by='permalink'>rock-3</Package></Resources>"),
    ("<Resources><Package by='permalink'>vmpkg_W0hEo4JsUz8Pf6Mi</Package></Resources>",
     "<Resources><Package>vmpkg_W0hEo4JsUz8Pf6Mi</Package></Resources>"),
    ("<DataCenter by='slug'>London</DataCenter>", "<DataCenter by='name'>London</DataCenter>"),
    ("<DataCenter by='slug'>london</DataCenter>", None),
    ("<Resources><Memory>4 GB</Memory></Resources>", "<Resources><Memory>4</Memory></Resources>"),
    ("<Resources><Memory>4096MB</Memory></Resources>", None),
    ("<SystemDisks><Disk><Speed>NVMe</Speed></Disk></SystemDisks>",
     "<SystemDisks><Disk><Speed>nvme</Speed></Disk></SystemDisks>"),
    ("<SystemDisks><Disk><Speed>fast</Speed></Disk></SystemDisks>", None),
    ("<AuthorizedKeys><Users all='True'/></AuthorizedKeys>",
     "<AuthorizedKeys><Users all='yes'/></AuthorizedKeys>"),
    ("<AuthorizedKeys><Users all='on'/></AuthorizedKeys>", None),
    ("<Tags>\n  <Tag>a</Tag>\n  <!-- b --><Tag>a</Tag>\n</Tags>",
     "<Tags>\n  <Tag>a</Tag>\n  <!-- b -->\n</Tags>"),
    ("<Tags><Tag> a\n</Tag></Tags>", "<Tags><Tag>a</Tag></Tags>"),
    ("<Name>a</Name><Name>a</Name>", "<Name>a</Name>"),
    ("<Name>a</Name><Name>b</Name>", None),
    ("<DiskTemplate><DiskTemplate>dtpl_x</DiskTemplate><Version>3</Version></DiskTemplate>",
     '<DiskTemplate><DiskTemplate>dtpl_x</DiskTemplate><Version by="number">3</Version></DiskTemplate>'),
    ("<Zzyzx/>", None),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), XML)
def test_fix_in_xml(before: str, after: str | None) -> None:
    assert fixed(XML_HEAD + before + XML_TAIL, "xml") == XML_HEAD + (after or before) + XML_TAIL


YAML = [
    ("nmae: web # x\n", "name: web # x\n"),
    ("'Host-Name': web\n", "'hostname': web\n"),
    ("data_centre: {id: dc_1}\n", "data_center: {id: dc_1}\n"),
    ("resources:\n  package: rock-3\n", "resources:\n  package: {permalink: rock-3}\n"),
    ("resources: {package: {slug: rock-3}}\n", "resources: {package: {permalink: rock-3}}\n"),
    ("resources: {package: {id: rock-3}}\n", "resources: {package: {permalink: rock-3}}\n"),
    ("resources:\n  memory: 4 GB\n", "resources:\n  memory: 4\n"),
    ("system_disks:\n- {speed: 'NVME'}\n", "system_disks:\n- {speed: 'nvme'}\n"),
    ("authorized_keys: {all_users: yes}\n", "authorized_keys: {all_users: true}\n"),
    ("authorized_keys: {all_users: 'TRUE'}\n", "authorized_keys: {all_users: true}\n"),
    ("tags: [a, b, a]\n", "tags: [a, b]\n"),
    ("tags:\n- a\n- a\nname: b\n", "tags:\n- a\nname: b\n"),
    ("tags:\n- a\n- a", "tags:\n- a"),
    ("tags:\n- a\n- a  # again\n", None),
    ("authorized_keys:\n  users:\n    - id: user_1\n    - id: user_1\n",
     "authorized_keys:\n  users:\n    - id: user_1\n"),
    ("name: a\nname: a\n", "name: a\n"),
    ("name: a\nname: b\n", None),
    ('name: " a "\n', 'name: "a"\n'),
    ('name: "\\ta"\n', None),
    ("disk_template: {permalink: a/b, version: {id: '3'}}\n",
     "disk_template: {permalink: a/b, version: {number: '3'}}\n"),
    ("zzyzx: 1\nname: a\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), YAML)
def test_fix_in_yaml(before: str, after: str | None) -> None:
    assert fixed(before, "yaml") == (after or before)


JSON = [
    ('{"nmae":"web"}', '{"name":"web"}'),
    ('{"resources": {"package": "rock-3"}}', '{"resources": {"package": {"permalink": "rock-3"}}}'),
    ('{"resources": {"memory": "4"}}', '{"resources": {"memory": 4}}'),
    ('{"resources": {"memory": "4GB"}}', '{"resources": {"memory": 4}}'),
    ('{"authorized_keys": {"all_users": "true"}}', '{"authorized_keys": {"all_users": true}}'),
    ('{"hostname": 20}', '{"hostname": "20"}'),
    ('{"tags": ["a",\n "a" , "b"]}', '{"tags": ["a" , "b"]}'),
    ('{"tags": ["a"], "tags": ["a"]}', '{"tags": ["a"]}'),
    ('{"name": "\\u0020a"}', None),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), JSON)
def test_fix_in_json(before: str, after: str | None) -> None:
    assert fixed(before, "json") == (after or before)


def test_byte_order_mark_and_line_ends_stay() -> None:
    text = f"\ufeff{XML_HEAD}<Nmae>a</Nmae>{XML_TAIL}".replace("\n", "\r\n")
    assert fixed(text, "xml") == text.replace("Nmae", "Name")


def test_names_in_misspelt_elements_are_fixed_too() -> None:
    before = f"{XML_HEAD}<SystemDsks><Dsk><Sze>20GB</Sze></Dsk></SystemDsks>{XML_TAIL}"
    after = f"{XML_HEAD}<SystemDisks><Disk><Size>20</Size></Disk></SystemDisks>{XML_TAIL}"
    assert fixed(before, "xml") == after


def test_unsafe_fixes_are_applied_only_if_asked_for() -> None:
    text = "disk_template: {permalink: ubuntu-22-04}\n"
    assert fixed(text, "yaml") == text
    assert fixed(text, "yaml", unsafe=True) == "disk_template: {permalink: templates/ubuntu-22-04}\n"


def test_fix_that_makes_a_new_error_is_not_applied() -> None:
    text = "network_interfaces:\n- network: {id: netw_1}\n  virtual_netwrk: {id: vnet_1}\n"
    [finding, *_] = validate(text, "yaml").findings
    assert finding.fix is not None
    assert fixed(text, "yaml") == text


def test_fix_of_a_secret_does_not_repeat_it() -> None:
    text = '{"disk_template": {"id": "dtpl_x", "options": [{"key": "a", "value": 1234567}]}}'
    assert fixed(text, "json") == text.replace("1234567", '"1234567"')
    [finding, *_] = validate(text, "json").findings
    assert finding.fix is not None
    assert "1234567" not in repr([edit.text for edit in finding.fix.edits])


def test_documents_without_a_certain_correction_have_no_fix() -> None:
    for text in ("", "<", "[", "{", "a: &b c", "<VirtualMachineSpec>", '{"a": NaN}'):
        assert [finding.fix for finding in validate(text).findings] == [None] * len(validate(text).findings)


@pytest.mark.parametrize("format", FORMATS)
def test_too_deep_and_too_large_documents_are_left_alone(format: FormatName) -> None:
    for text in ("[" * 9999, "{" * 9999, "<a>" * 9999):
        assert fix_document(text.encode(), format).data == text.encode()
