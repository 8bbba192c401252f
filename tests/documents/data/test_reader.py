"""The vendor's JSON shape, which JSON and YAML share, and the paths of mistakes in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vmspec import VirtualMachineSpec, loads
from vmspec.documents.data.json_writer import to_plain
from vmspec.errors import UnexpectedContentError
from vmspec.model.elements import (
    AuthorizedKeys,
    BackupPolicy,
    CloudInit,
    DiskTemplate,
    IPAddressAllocation,
    NetworkInterface,
    Option,
    Schedule,
    SystemDisk,
)
from vmspec.model.values import (
    DataCenter,
    IPAddress,
    SharedDisk,
    Subnet,
    Template,
    TemplateVersion,
    User,
    VirtualNetwork,
)

LATEST = Template("templates/ubuntu-22-04", by="permalink")

SHAPES: list[tuple[VirtualMachineSpec, dict[str, Any]]] = [
    (VirtualMachineSpec(), {}),
    (
        VirtualMachineSpec(hostname="", name="", tags=("b", "a")),
        {"hostname": "", "name": "", "tags": ["b", "a"]},
    ),
    (VirtualMachineSpec(data_center=DataCenter("loc_1")), {"data_center": {"id": "loc_1"}}),
    (
        VirtualMachineSpec(disk_template=DiskTemplate(template=LATEST)),
        {"disk_template": {"permalink": LATEST.value}},
    ),
    (
        VirtualMachineSpec(
            disk_template=DiskTemplate(
                template=Template("dtpl_1"),
                version=TemplateVersion("3", by="number"),
                options=(Option(key="install_agent", value="true"),),
            )
        ),
        {
            "disk_template": {
                "id": "dtpl_1",
                "version": 3,
                "options": [{"key": "install_agent", "value": "true"}],
            }
        },
    ),
    (
        VirtualMachineSpec(disk_template=DiskTemplate(template=LATEST, version=TemplateVersion("dtv_1"))),
        {"disk_template": {"permalink": LATEST.value, "version": {"id": "dtv_1"}}},
    ),
    (VirtualMachineSpec(cloud_init=CloudInit(user_data="a")), {"cloud_init": {"user_data": "a"}}),
    (
        VirtualMachineSpec(
            authorized_keys=AuthorizedKeys(
                continuous_management=False, all_users=True, users=(User("user_1"),)
            )
        ),
        {"authorized_keys": {"continuous_management": False, "all_users": True, "users": [{"id": "user_1"}]}},
    ),
    (
        VirtualMachineSpec(
            system_disks=(
                SystemDisk(size=20, backup_policies=(BackupPolicy(retention=7, schedule=Schedule(time=0)),)),
            ),
            shared_disks=(SharedDisk("Data", by="name"),),
        ),
        {
            "system_disks": [{"size": 20, "backup_policies": [{"retention": 7, "schedule": {"time": 0}}]}],
            "shared_disks": [{"name": "Data"}],
        },
    ),
    (
        VirtualMachineSpec(
            network_interfaces=(
                NetworkInterface(
                    virtual_network=VirtualNetwork("vnet_1"),
                    ip_address_allocations=(
                        IPAddressAllocation(type="existing", ip_address=IPAddress("192.0.2.1", by="address")),
                        IPAddressAllocation(type="new", version=6, subnet=Subnet("sbnt_1")),
                    ),
                ),
            )
        ),
        {
            "network_interfaces": [
                {
                    "virtual_network": {"id": "vnet_1"},
                    "ip_address_allocations": [
                        {"type": "existing", "ip_address": {"address": "192.0.2.1"}},
                        {"type": "new", "version": 6, "subnet": {"id": "sbnt_1"}},
                    ],
                }
            ]
        },
    ),
]


@pytest.mark.parametrize(("spec", "data"), SHAPES)
def test_spec_has_the_vendors_shape(spec: VirtualMachineSpec, data: dict[str, Any]) -> None:
    assert to_plain(spec) == data
    assert loads(json.dumps(data), "json") == spec
    assert loads(json.dumps(data), "yaml") == spec


def test_keys_are_in_element_order() -> None:
    spec = VirtualMachineSpec(tags=("a",), hostname="web", data_center=DataCenter("loc_1"))
    assert list(to_plain(spec)) == ["data_center", "hostname", "tags"]


@pytest.mark.parametrize(
    "data",
    [
        {"disk_template": {"permalink": LATEST.value, "version": {"number": 3}}},
        {"disk_template": {"permalink": LATEST.value, "version": {"number": "3"}, "options": None}},
        {"$schema": "https://example.com/a.json", "disk_template": {"permalink": LATEST.value, "version": 3}},
        {"disk_template": {"id": None, "permalink": LATEST.value, "version": 3}, "zone": None},
    ],
)
def test_other_shape_of_the_same_spec_is_read(data: dict[str, Any]) -> None:
    template = DiskTemplate(template=LATEST, version=TemplateVersion("3", by="number"))
    assert loads(json.dumps(data), "json") == VirtualMachineSpec(disk_template=template)


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("[]", ["1:1: error VMS112 the spec is a list, not a mapping"]),
        ("5", ["1:1: error VMS112 the spec is a single value, not a mapping"]),
        ('{"": 1}', ['1:2: error VMS102 the spec has no key ""']),
        ('{"Name": "a"}', ['1:2: error VMS102 the spec has no key "Name"; did you mean name?']),
        (
            '{"resources": {"$schema": "a"}}',
            ['1:16: error VMS102 resources has no key "$schema"; it may have package, memory or cpu_cores'],
        ),
        ('{"zone": {}}', ["1:10: error VMS106 zone has no id or permalink, which it needs"]),
        (
            '{"zone": {"name": "a"}}',
            ['1:11: error VMS103 zone has no key "name"; look it up by id or permalink'],
        ),
        ('{"zone": {"id": ""}}', ["1:17: error VMS107 zone.id is empty"]),
        (
            '{"zone": {"id": 5}}',
            ['1:17: error VMS107 zone.id is a number; it is a non-empty string; write "5"'],
        ),
        (
            '{"zone": {"id": "a\\u00a0"}}',
            [r'1:17: error VMS107 zone.id is "a\xa0"; it starts or ends with whitespace'],
        ),
        (
            '{"zone": {"id": "\\u0000\\u00a0"}}',
            [
                r'1:17: error VMS107 zone.id is "\x00\xa0"; '
                "it contains the character U+0000, which XML does not allow"
            ],
        ),
        (
            '{"disk_template": {"id": "a", "permalink": "b"}}',
            [
                "1:31: error VMS103 disk_template has two keys, id and permalink; "
                "a lookup has one; leave one of them out"
            ],
        ),
        (
            '{"disk_template": {"id": "a", "version": "3"}}',
            ["1:42: error VMS107 disk_template.version is a string; it is a number; write it without quotes"],
        ),
        (
            '{"disk_template": {"id": "a", "version": 0}}',
            [
                '1:42: error VMS107 disk_template.version is "0"; '
                "it is a version number such as 3, or a version id"
            ],
        ),
        ('{"tags": [null]}', ["1:11: error VMS107 tags[0] is null; it is a string; leave it out"]),
        ('{"tags": ["a", ["b"]]}', ["1:16: error VMS112 tags[1] is a list, not a string"]),
        (
            '{"name": "\\u000b"}',
            ["1:10: error VMS107 name contains the character U+000B, which XML does not allow"],
        ),
        (
            '{"system_disks": [{}, {"size": 20.5}]}',
            ['1:32: error VMS107 system_disks[1].size is "20.5"; it is an integer from 1 (GB)'],
        ),
        (
            '{"system_disks": [{"size": "20"}]}',
            [
                "1:28: error VMS107 system_disks[0].size is a string; "
                "it is an integer from 1 (GB); write it without quotes"
            ],
        ),
        (
            '{"system_disks": [{"size": "big"}]}',
            ["1:28: error VMS107 system_disks[0].size is a string; it is an integer from 1 (GB)"],
        ),
        (
            '{"system_disks": [{"size": true}]}',
            ["1:28: error VMS107 system_disks[0].size is a boolean; it is an integer from 1 (GB)"],
        ),
        (
            '{"authorized_keys": {"all_users": "true"}}',
            [
                "1:35: error VMS107 authorized_keys.all_users is a string; "
                "it is true or false; write it without quotes"
            ],
        ),
        (
            '{"authorized_keys": {"all_users": 1}}',
            ["1:35: error VMS107 authorized_keys.all_users is a number; it is true or false"],
        ),
        (
            '{"name": "a", "nam": "b", "name": "c"}',
            [
                '1:15: error VMS102 the spec has no key "nam"; did you mean name?',
                '1:27: error VMS104 the spec has the key "name" twice',
            ],
        ),
    ],
)
def test_mistake_is_found_with_its_place_and_path(text: str, findings: list[str]) -> None:
    with pytest.raises(UnexpectedContentError) as caught:
        loads(text, "json")
    assert [str(finding) for finding in caught.value.findings] == findings


def test_secret_values_are_not_quoted() -> None:
    options = '"options": [{"key": "p", "value": 31337}]'
    text = f'{{"cloud_init": {{"user_data": 31337}}, "disk_template": {{"id": "a", {options}}}}}'
    with pytest.raises(UnexpectedContentError) as caught:
        loads(text, "json")
    assert "31337" not in str(caught.value)
    assert [finding.path for finding in caught.value.findings] == [
        "cloud_init.user_data",
        "disk_template.options[0].value",
    ]
