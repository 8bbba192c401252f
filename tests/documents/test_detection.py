"""Detection of formats and specs."""

from __future__ import annotations

import json
from pathlib import PurePath

import pytest
import yaml

from vmspec import detect
from vmspec.documents import FormatName
from vmspec.documents.detection import is_nearly_spec
from vmspec.documents.formats import format_of_name, format_of_text


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("web.xml", "xml"),
        ("web.XML", "xml"),
        ("a/b.c/web.json", "json"),
        ("web.yaml", "yaml"),
        ("web.yml", "yaml"),
        ("web.xml.txt", None),
        ("xml", None),
        (".xml", None),
        ("-", None),
    ],
)
def test_format_by_suffix(name: str, format: FormatName | None) -> None:
    assert format_of_name(PurePath(name)) == format


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("<a/>", "xml"),
        ("\ufeff\r\n\t <a/>", "xml"),
        ("{}", "json"),
        (" \n[1]", "json"),
        ("a: b", "yaml"),
        ("---\n{}", "yaml"),
        ("# <a/>\na: b", "yaml"),
        ("", "yaml"),
    ],
)
def test_format_by_first_character(text: str, format: FormatName) -> None:
    assert format_of_text(text.encode()) == format


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("<VirtualMachineSpec/>", "xml"),
        ('<?xml version="1.0"?>\n<!-- <Other/> -->\n<?pi ?><VirtualMachineSpec>', "xml"),
        ('<VirtualMachineSpec xmlns="urn:a"><cut', "xml"),
        ('<a:VirtualMachineSpec xmlns:a="urn:a"/>', "xml"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><VirtualMachineSpec/>', "xml"),
        ("<VirtualMachineSpecs/>", None),
        ("<project><VirtualMachineSpec/></project>", None),
        ("<!-- <VirtualMachineSpec/> --><project/>", None),
        ("<", None),
        ('{"resources": {}, "name": "web"}', "json"),
        ('{"name": "web", "zone": {"id": ', "json"),
        ('{"name": "web", "tags": ["web"]}', None),
        ('{"resources": {}}', None),
        ('{"data": {"resources": {}, "name": "web"}}', None),
        ('{"a": "{\\"resources\\": 1, \\"name\\": 1}"}', None),
        ('[{"resources": {}, "name": "web"}]', None),
        ("resources:\n  memory: 8\nname: web\n", "yaml"),
        ("'zone': {}\n\"name\" : web", "yaml"),
        ("# a\r\nzone:\r\nname:\r\n", "yaml"),
        ("data:\n  resources: {}\n  name: web\n", None),
        ("name: web\ndescription: a\ntags: []", None),
        ("resources: []\nservices: {}\n", None),
        ("- resources: {}\n- name: web", None),
        ("plain text", None),
        ("", None),
        ("\x00\x01", None),
        ("\ud800", None),
    ],
)
def test_spec_is_detected(text: str, format: FormatName | None) -> None:
    assert detect(text) == format
    assert detect(text.encode("utf-8", "replace")) == format


ZONE, DATA_CENTER = {"id": "zone_1", "permalink": "lon-zone-4"}, {"id": "loc_1", "permalink": "uk-lon-01"}


@pytest.mark.parametrize(
    "data",
    [
        {"id": "vm_1", "name": "web", "hostname": "web", "fqdn": "web.acme", "zone": ZONE, "tags": []},
        {"created_at": 1700000000, "name": "web", "hostname": "web", "zone": ZONE, "package": {}},
        {"id": "netw_1", "name": "Public", "permalink": "public", "data_center": DATA_CENTER},
        {"id": "zone_1", "name": "Zone 4", "data_center": DATA_CENTER},
        {"name": "Data", "size_in_gb": 20, "data_center": DATA_CENTER},
        {"id": "lb_1", "name": "web", "data_center": DATA_CENTER, "resources": [], "ip_address": []},
        {"name": "web", "data_center": DATA_CENTER, "resource_type": "tags"},
        {"name": "files", "data_center": DATA_CENTER, "associations": []},
    ],
    ids=str,
)
def test_objects_of_the_api_are_not_specs(data: dict[str, object]) -> None:
    assert detect(json.dumps(data)) is None
    assert detect(yaml.safe_dump(data)) is None


def test_misplaced_id_does_not_hide_a_spec() -> None:
    text = "data_center: {permalink: uk-lon-01}\ndisk_template:\nid: dtpl_1\nname: web\n"
    assert detect(text) == "yaml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<VirtualMachineSpecs/>", True),
        ("<virtualmachinespec/>", True),
        ("<?xml version='1.0'?><VirtualMachinSpec>", True),
        ("<a:virtual_machine_spec/>", True),
        ("<VirtualMachineSpec/>", False),
        ("<VirtualMachineSet/>", False),
        ("<VirtualMachine/>", False),
        ("<VirtualMachineSpecList/>", False),
        ("<VirtualMachineConfigSpec/>", False),
        ("VirtualMachineSpecs: {}", False),
    ],
)
def test_nearly_a_spec_is_detected(text: str, expected: bool) -> None:
    assert is_nearly_spec(text.encode()) is expected


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe<\x00", b"<\xff", b'{"\xff": 1}', b"\xff: 1\nname: 2", b"<" * 100_000]
)
def test_detection_never_raises(data: bytes) -> None:
    assert detect(data) is None
