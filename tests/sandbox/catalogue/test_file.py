"""A catalogue from a file: in the form of the API's lists, with clear errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vmspec.errors import ConfigurationError
from vmspec.sandbox import Catalogue, load_catalogue

CONTENT: dict[str, Any] = {
    "organization": {"id": "org_aaaaaaaaaaaaaaaa", "sub_domain": "acme"},
    "data_centers": [
        {"id": "loc_1", "permalink": "de-fra-01", "name": "Frankfurt", "country": {"name": "Germany"}}
    ],
    "zones": [{"id": "zone_1", "permalink": "fra-1", "name": "One", "data_center": {"id": "loc_1"}}],
    "packages": [{"permalink": "big", "memory_in_gb": 64, "cpu_cores": 16, "storage_in_gb": 500}],
    "disk_templates": [
        {
            "id": "dtpl_1",
            "permalink": "templates/debian-13",
            "versions": [
                {
                    "id": "dtv_2",
                    "number": 2,
                    "size_in_gb": 20,
                    "options": [{"name": "key", "required": True}],
                },
                {"id": "dtv_1", "number": 1},
            ],
        },
        {"permalink": "templates/old", "latest_version": {"number": 3}},
    ],
    "networks": [{"permalink": "fra", "name": "Public", "data_center": {"permalink": "de-fra-01"}}],
    "virtual_networks": [{"id": "vnet_1", "name": "Back", "data_center": {"id": "loc_1"}}],
    "network_speed_profiles": [{"permalink": "2gbps", "download_speed_in_mbit": 2000}],
    "io_profiles": [{"permalink": "fast", "iops": 9}],
    "ip_addresses": [
        {
            "address": "192.0.2.7",
            "id": "ip_7",
            "network": {"permalink": "fra"},
            "allocation_id": "lb_1",
            "allocation_type": "LoadBalancer",
        },
        {"address": "2001:db8::7"},
    ],
    "virtual_machine_groups": [{"id": "vmgrp_1", "name": "Web"}],
    "tags": ["web", {"id": "tag_1", "name": "db"}],
    "users": [{"user": {"id": "user_1", "first_name": "Ada", "last_name": "B"}}, {"name": "Cy D"}],
    "ssh_keys": [{"id": "key_1", "name": "laptop", "fingerprint": "SHA256:x"}],
    "disks": [{"id": "disk_1", "name": "shared", "size_in_gb": 7}],
    "policy_limits": {
        "maximum_virtual_machines": {"value": 5, "unlimited": False},
        "maximum_disk_space": {"value": None, "unlimited": True},
        "minimum_disk_size": 3,
        "allow_suspension": True,
    },
}


def load(tmp_path: Path, content: object) -> Catalogue:
    path = tmp_path / "katapult.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return load_catalogue(path)


def test_every_kind_is_read(tmp_path: Path) -> None:
    catalogue = load(tmp_path, CONTENT)
    (data_center,) = catalogue.data_centers

    assert (catalogue.organization_id, catalogue.sub_domain) == ("org_aaaaaaaaaaaaaaaa", "acme")
    assert (data_center.id, data_center.country.name) == ("loc_1", "Germany")
    assert [(zone.id, zone.data_center) for zone in catalogue.zones] == [("zone_1", data_center)]
    assert [(item.memory, item.cpu_cores, item.storage) for item in catalogue.packages] == [(64, 16, 500)]
    debian, old = catalogue.templates
    assert [(version.id, version.number) for version in debian.versions] == [("dtv_1", 1), ("dtv_2", 2)]
    assert (debian.newest, debian.versions[1].fields[0].required, old.newest) == (2, True, 3)
    assert catalogue.networks[0].data_center == data_center
    assert catalogue.virtual_networks[0].id == "vnet_1"
    assert (catalogue.speed_profiles[0].mbit, catalogue.io_profiles[0].iops) == (2000, 9)
    first, second = catalogue.addresses
    assert (first.network, first.allocation_type) == (catalogue.networks[0], "LoadBalancer")
    assert (second.network, second.allocation_id) == (None, None)
    assert [group.id for group in catalogue.groups] == ["vmgrp_1"]
    assert catalogue.tags == ("web", "db")
    assert [user.name for user in catalogue.users] == ["Ada B", "Cy D"]
    assert catalogue.users[0].id == "user_1"
    assert (catalogue.ssh_keys[0].id, catalogue.disks[0].size_in_gb) == ("key_1", 7)
    limits = catalogue.policy_limits
    assert (limits.maximum_virtual_machines, limits.maximum_disk_space, limits.minimum_disk_size) == (
        5,
        None,
        3,
    )


def test_missing_kinds_have_their_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Catalogue()
    assert load(tmp_path, {"tags": []}) == Catalogue(tags=())
    networks = load(tmp_path, {"data_centers": CONTENT["data_centers"]}).networks
    assert [network.permalink for network in networks] == ["de-fra-01-public"]


def test_lists_of_a_sandbox_can_be_read_back(tmp_path: Path, make_caller: Any) -> None:
    caller = make_caller(catalogue=load(tmp_path, CONTENT))
    organization = ("organization[sub_domain]", "acme")
    lists = {
        path.rpartition("/")[2]: caller.get(path, organization).json
        for path in ("/data_centers", "/zones", "/virtual_machine_packages", "/organizations/_/ssh_keys")
    }
    read = load(tmp_path, {key: answer[key] for key, answer in lists.items()})
    expected = load(tmp_path, CONTENT)
    assert read.packages == expected.packages
    assert (read.zones[0].id, read.ssh_keys) == (expected.zones[0].id, expected.ssh_keys)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not a catalogue: Expecting"),
        ("[]", r"is not a catalogue: expected an object, got \[\]"),
        ({"zones": {}}, "is not a catalogue: zones must be a list"),
        ({"packages": ["rock-3"]}, 'is not a catalogue: expected an object, got "rock-3"'),
        ({"packages": [{}]}, "is not a catalogue: .*permalink"),
        ({"packages": [{"permalink": "a", "memory_in_gb": "4"}]}, "memory_in_gb must be of type int"),
        ({"disks": [{"name": 5}]}, "name must be of type str"),
        (
            {"zones": [{"permalink": "z", "data_center": {"id": "other"}}]},
            'is not a catalogue: there is nothing with {"id": "other"}',
        ),
        ({"data_centers": []}, "is not a catalogue: .*data_centers"),
    ],
)
def test_invalid_file_is_a_configuration_error(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load(tmp_path, content)


def test_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.json: No such file"):
        load_catalogue(tmp_path / "none.json")
