"""Completion and hover at a cursor, which is a bar in these documents, in documents as they are typed."""

from __future__ import annotations

import pytest

from vmspec.catalogue import Catalogue, Package, Resource, Template
from vmspec.documents import FormatName, loads
from vmspec.lsp import completion
from vmspec.lsp.text import Text

DISK = ["<Name>", "<Size>", "<Speed>", "<IOProfile>", "<FileSystemType>", "<BackupPolicies>"]
DISK_KEYS = ["name", "size", "speed", "io_profile", "file_system_type", "backup_policies"]


def completed(marked: str, format: FormatName, catalogue: Catalogue | None = None) -> dict[str, str]:
    """Return the proposals at the bar, each with the document after it."""
    text = Text(f"file:///web.{format}", marked.replace("|", "", 1))
    found: dict[str, str] = {}
    for item in completion.complete(text, text.position_of(marked.index("|")), catalogue):
        edit = item.text_edit
        assert edit is not None
        place = edit.range  # type: ignore[union-attr]
        start, end = text.offset_of(place.start), text.offset_of(place.end)
        found[item.label] = text.source[:start] + edit.new_text + text.source[end:]
    return found


def hovered(marked: str, format: FormatName) -> str | None:
    text = Text(f"file:///web.{format}", marked.replace("|", "", 1))
    found = completion.hover(text, text.position_of(marked.index("|")))
    return found.contents.value if found is not None else None  # type: ignore[union-attr]


def xml(inner: str) -> str:
    return f"<VirtualMachineSpec>{inner}</VirtualMachineSpec>"


@pytest.mark.parametrize(
    ("inner", "labels"),
    [
        ("<Resources><|</Resources>", ["Package", "Memory", "CPUCores"]),
        ("<Resources><Mem|</Resources>", ["Package", "Memory", "CPUCores"]),
        ("<Resources><Memory>4</Memory>|</Resources>", ["<Package>", "<CPUCores>"]),
        ("<SystemDisks><Disk>\n  |\n</Disk></SystemDisks>", DISK),
        ("<SystemDisks><Disk><Speed>|</Speed></Disk></SystemDisks>", ["nvme", "ssd"]),
        ("<SystemDisks><Disk><Speed>n|v</Speed></Disk></SystemDisks>", ["nvme", "ssd"]),
        ('<Resources><Package by="|">a</Package></Resources>', ["id", "permalink"]),
        ('<Resources><Package by="perm|', ["id", "permalink"]),
        ("<Resources><Package |>a</Package></Resources>", ["by"]),
        ('<Resources><Package by="id" |>a</Package></Resources>', []),
        ("<AuthorizedKeys><Users all='|'/></AuthorizedKeys>", ["yes", "no"]),
        ("<Resources></|", ["Resources"]),
        ("<Hostname>we|b</Hostname>", ["<Hostname>"]),
        ("<!-- <| -->", []),
        ("<Foo><|</Foo>", []),
    ],
)
def test_completion_in_xml(inner: str, labels: list[str]) -> None:
    assert [*completed(xml(inner), "xml")] == labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("resources:\n  |\n", ["package", "memory", "cpu_cores"]),
        ("resources:\n  memory: 4\n  |\n", ["package", "cpu_cores"]),
        ("resources:\n  |\n  memory: 4\nname: a\n", ["package", "cpu_cores"]),
        ("resources: {|}\n", ["package", "memory", "cpu_cores"]),
        ("resources: {memory: 4, |", ["package", "cpu_cores"]),
        ("resources: {package: {|}}\n", ["id", "permalink"]),
        ("resources:\n  package: |\n", ["{id: }", "{permalink: }"]),
        ("system_disks:\n- |\n", DISK_KEYS),
        ("system_disks:\n  - size: 1\n    sp|\n", ["name", *DISK_KEYS[2:]]),
        ("system_disks:\n  - size: 1\n  - |\n", DISK_KEYS),
        ("system_disks:\n- speed: |\n", ["nvme", "ssd"]),
        ("system_disks:\n- {speed: n|, size: 1}\n", ["nvme", "ssd"]),
        ("authorized_keys:\n  all_users: |\n", ["true", "false"]),
        ("tags:\n- |\n", []),
        ("name: a  # |\n", []),
        ("cloud_init:\n  user_data: >\n    foo: |\n", []),
    ],
)
def test_completion_in_yaml(text: str, labels: list[str]) -> None:
    assert [*completed(text, "yaml")] == labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{"resources": {|}}', ["package", "memory", "cpu_cores"]),
        ('{"resources": {"mem|"}}', ["package", "memory", "cpu_cores"]),
        ('{"resources": {"memory": 4, "|', ["package", "cpu_cores"]),
        ('{"resources": {"package": {"|": "a"}}}', ["id", "permalink"]),
        ('{"resources": {"package": |}}', ['{"id": ""}', '{"permalink": ""}']),
        ('{"system_disks": [{"size": 1}, {|}]}', DISK_KEYS),
        ('{"system_disks": [{"speed": "|"}]}', ["nvme", "ssd"]),
        ('{"authorized_keys": {"all_users": |', ["true", "false"]),
        ('{"tags": ["|"]}', []),
    ],
)
def test_completion_in_json(text: str, labels: list[str]) -> None:
    assert [*completed(text, "json")] == labels


def test_proposal_replaces_the_word() -> None:
    assert completed(xml("<Reso|urces/>"), "xml")["Resources"] == xml("<Resources/>")
    assert completed(xml("<Resources>|</Resources>"), "xml")["<Memory>"] == xml(
        "<Resources><Memory></Memory></Resources>"
    )
    assert completed(xml("<Zone b|/>"), "xml")["by"] == xml('<Zone by=""/>')
    assert completed(xml("<Zone b|='id'/>"), "xml")["by"] == xml("<Zone by='id'/>")
    assert completed("zone: {i|: a}\n", "yaml")["id"] == "zone: {id: a}\n"
    assert completed("zone:\n  i|", "yaml")["id"] == "zone:\n  id: "
    assert completed('{"zone": {"i|": "a"}}', "json")["id"] == '{"zone": {"id": "a"}}'
    assert completed('{"zone": {|}}', "json")["id"] == '{"zone": {"id": }}'
    assert completed("system_disks: [{speed: n|}]", "yaml")["nvme"] == "system_disks: [{speed: nvme}]"
    assert (
        completed('{"system_disks": [{"speed": n|}]}', "json")["nvme"]
        == '{"system_disks": [{"speed": "nvme"}]}'
    )


def test_empty_document_can_be_begun() -> None:
    assert completed("|", "xml") == {"<VirtualMachineSpec>": "<VirtualMachineSpec></VirtualMachineSpec>"}
    assert "hostname" in completed("|", "yaml")
    assert "hostname" in completed("{|}", "json")


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        (
            xml("<SystemDisks><Disk><Si|ze>5</Size></Disk></SystemDisks>"),
            "xml",
            "**Size**\n\nThe size in GB.",
        ),
        (
            xml("<SystemDisks><Disk><Size>|5</Size></Disk></SystemDisks>"),
            "xml",
            "**Size**\n\nThe size in GB.",
        ),
        (xml("<Resources><Package b|y='id'>a</Package></Resources>"), "xml", "**by**\n\nLooked up by id or"),
        ("system_disks:\n- si|ze: 5\n", "yaml", "**size**\n\nThe size in GB."),
        ("system_disks:\n- size: |5\n", "yaml", "**size**\n\nThe size in GB."),
        ('{"system_disks": [{"si|ze": 5}]}', "json", "**size**\n\nThe size in GB."),
    ],
)
def test_hover_shows_the_documentation(text: str, format: FormatName, expected: str) -> None:
    assert (hovered(text, format) or "").startswith(expected)


@pytest.mark.parametrize("text", ["|", xml("<Foo|/>"), xml("<!-- <Si|ze> -->"), xml(" | ")])
def test_nothing_is_known_of_other_places(text: str) -> None:
    assert hovered(text, "xml") is None


CATALOGUE = Catalogue(
    data_centers=(Resource(id="loc_AAAAAAAAAAAAAAAA", name="London & Co", permalink="uk-lon-01"),),
    packages=(
        Package(id="vmpkg_AAAAAAAAAAAAAAAA", permalink="rock-3"),
        Package(id="vmpkg_BBBBBBBBBBBBBBBB", permalink="rock-6"),
    ),
    disk_templates=(Template(id="dtpl_AAAAAAAAAAAAAAAA", permalink="templates/debian-12"),),
    tags=("web", "no"),
)


@pytest.mark.parametrize(
    ("marked", "format", "names"),
    [
        (xml('<Resources><Package by="permalink">ro|</Package></Resources>'), "xml", ["rock-3", "rock-6"]),
        (xml("<DataCenter>|</DataCenter>"), "xml", ["loc_AAAAAAAAAAAAAAAA"]),
        (xml("<Tags><Tag>|</Tag></Tags>"), "xml", ["web", "no"]),
        (xml("<Zone>|</Zone>"), "xml", []),
        ("resources:\n  package:\n    permalink: |", "yaml", ["rock-3", "rock-6"]),
        ("resources:\n  package: {permalink: ro|}", "yaml", ["rock-3", "rock-6"]),
        ("disk_template:\n  permalink: |", "yaml", ["templates/debian-12"]),
        ("hostname: |", "yaml", []),
        ('{"resources": {"package": {"permalink": "ro|"}}}', "json", ["rock-3", "rock-6"]),
    ],
)
def test_names_of_the_organization_are_completed(marked: str, format: FormatName, names: list[str]) -> None:
    without = completed(marked, format)
    assert [name for name in completed(marked, format, CATALOGUE) if name not in without] == names


def test_names_are_written_as_the_format_needs_them() -> None:
    by_name = xml('<DataCenter by="name">|</DataCenter>')
    assert "London &amp; Co" in completed(by_name, "xml", CATALOGUE)["London & Co"]
    loaded = loads(completed("data_center:\n  name: |", "yaml", CATALOGUE)["London & Co"], "yaml")
    assert loaded.data_center is not None
    assert loaded.data_center.value == "London & Co"
    text = completed('{"data_center": {"name": |}}', "json", CATALOGUE)["London & Co"]
    assert text == '{"data_center": {"name": "London & Co"}}'
