"""The endpoints of the catalogue: lists, pages, lookups, and what machines take of it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from vmspec.sandbox.catalogue import Address, Catalogue, PolicyLimits

from ..support.caller import WEB, Caller

ORGANIZATION = ("organization[sub_domain]", "sandbox")
CATALOGUE = Catalogue()

LISTS = {
    "/data_centers": ("data_centers", [item.id for item in CATALOGUE.data_centers]),
    "/zones": ("zones", [item.id for item in CATALOGUE.zones]),
    "/virtual_machine_packages": ("virtual_machine_packages", [item.id for item in CATALOGUE.packages]),
    "/organizations/_/disk_templates": ("disk_templates", [item.id for item in CATALOGUE.templates]),
    "/organizations/_/available_networks": ("networks", [item.id for item in CATALOGUE.networks]),
    "/organizations/_/virtual_networks": (
        "virtual_networks",
        [item.id for item in CATALOGUE.virtual_networks],
    ),
    "/organizations/_/network_speed_profiles": (
        "network_speed_profiles",
        [item.id for item in CATALOGUE.speed_profiles],
    ),
    "/organizations/_/disk_io_profiles": ("disk_io_profiles", [item.id for item in CATALOGUE.io_profiles]),
    "/organizations/_/ip_addresses": ("ip_addresses", [item.id for item in CATALOGUE.addresses]),
    "/organizations/_/virtual_machine_groups": (
        "virtual_machine_groups",
        [item.id for item in CATALOGUE.groups],
    ),
    "/organizations/_/ssh_keys": ("ssh_keys", [item.id for item in CATALOGUE.ssh_keys]),
    "/organizations/_/disks": ("disk", [item.id for item in CATALOGUE.disks]),
    "/organizations": ("organizations", [CATALOGUE.organization_id]),
}


@pytest.mark.parametrize("path", LISTS)
def test_list_has_the_resources_of_the_catalogue(caller: Caller, path: str) -> None:
    key, ids = LISTS[path]
    assert [row["id"] for row in caller.get(path, ORGANIZATION).json[key]] == ids


def test_tags_and_users_are_listed(caller: Caller) -> None:
    tags = caller.get("/organizations/_/tags", ORGANIZATION).json["tags"]
    assert [tag["name"] for tag in tags] == list(CATALOGUE.tags)
    assert caller.get(f"/tags/{tags[0]['id']}").json["tag"]["name"] == CATALOGUE.tags[0]
    users = caller.get("/organizations/_/users_with_access", ORGANIZATION).json["users"]
    assert users == [
        {
            "user": {
                "id": CATALOGUE.users[0].id,
                "first_name": "Ada",
                "last_name": "Example",
                "avatar_url": "",
            }
        }
    ]


@pytest.mark.parametrize(
    ("path", "name", "resource", "keys"),
    [
        ("/data_centers/_", "data_center", CATALOGUE.data_centers[1], ("id", "permalink")),
        ("/zones/_", "zone", CATALOGUE.zones[1], ("id", "permalink")),
        (
            "/virtual_machine_packages/_",
            "virtual_machine_package",
            CATALOGUE.packages[1],
            ("id", "permalink"),
        ),
        ("/disk_templates/_", "disk_template", CATALOGUE.templates[1], ("id", "permalink")),
        ("/networks/_", "network", CATALOGUE.networks[1], ("id", "permalink")),
        ("/virtual_networks/_", "virtual_network", CATALOGUE.virtual_networks[0], ("id",)),
        ("/virtual_machine_groups/_", "virtual_machine_group", CATALOGUE.groups[0], ("id",)),
        ("/ip_addresses/_", "ip_address", CATALOGUE.addresses[1], ("id", "address")),
    ],
)
def test_resource_is_found_by_its_lookups_and_by_its_path(
    caller: Caller, path: str, name: str, resource: Any, keys: tuple[str, ...]
) -> None:
    for key in keys:
        found = caller.get(path, (f"{name}[{key}]", getattr(resource, key))).json
        assert found[name]["id"] == resource.id
    assert caller.get(path.removesuffix("_") + resource.id).json[name]["id"] == resource.id
    for query in ((f"{name}[id]", "unknown"), ("page", "1")):
        assert caller.get(path, query).error[1].endswith("_not_found")


def test_list_of_packages_has_pages(caller: Caller) -> None:
    page = caller.get("/virtual_machine_packages", ("per_page", "2"), ("page", "3")).json
    assert page["pagination"]["total_pages"] == 3
    assert [row["permalink"] for row in page["virtual_machine_packages"]] == ["rock-24"]


def test_lists_of_the_organization_need_it(caller: Caller) -> None:
    for path in LISTS:
        if path.startswith("/organizations/"):
            assert caller.get(path).error[:2] == (404, "organization_not_found")


def test_data_center_has_a_default_network(caller: Caller) -> None:
    path = "/data_centers/data_center/default_network"
    network = caller.get(path, ("data_center[permalink]", "nl-ams-01")).json["network"]
    assert (network["permalink"], network["default"]) == ("nl-ams-01-public", True)


def test_template_has_versions_with_options(caller: Caller) -> None:
    windows = next(item for item in CATALOGUE.templates if "windows" in item.permalink)
    listed = caller.get(f"/disk_templates/{windows.id}/versions").json
    assert listed["disk_template"]["permalink"] == "templates/windows-2022"
    (version,) = listed["disk_template_versions"]
    assert caller.get(f"/disk_template_versions/{version['id']}").json["disk_template_version"]["number"] == 1
    options = caller.get(f"/disk_template_versions/{version['id']}/spec").json["spec"]["fields"]
    assert [option["name"] for option in options] == ["password", "keyboard", "time_zone", "install_agent"]


def test_policy_limits_have_values_or_are_unlimited(make_caller: Any) -> None:
    limits = PolicyLimits(maximum_virtual_machines=3, maximum_disk_space=None)
    caller = make_caller(catalogue=Catalogue(policy_limits=limits))
    shown = caller.get("/organizations/_/policy_limits", ORGANIZATION).json["policy_limits"]
    assert shown["maximum_virtual_machines"] == {"value": 3, "unlimited": False}
    assert shown["maximum_disk_space"] == {"value": None, "unlimited": True}
    assert shown["flexible_virtual_machine_resources"] is True


def test_addresses_of_machines_are_allocated(caller: Caller) -> None:
    existing = WEB.replace('type="new"', 'type="existing"').replace(
        "<Version>4</Version>", '<IPAddress by="address">198.51.100.11</IPAddress>'
    )
    machine_id = caller.started(existing)

    def listed(*query: tuple[str, str]) -> list[str]:
        rows = caller.get("/organizations/_/ip_addresses", ORGANIZATION, *query).json["ip_addresses"]
        return [row["address"] for row in rows]

    assert listed() == ["198.51.100.10", "198.51.100.11"]
    assert listed(("allocated", "true")) == ["198.51.100.11"]
    assert listed(("allocated", "false")) == ["198.51.100.10"]
    found = caller.get("/ip_addresses/_", ("ip_address[address]", "198.51.100.11")).json
    assert found["ip_address"]["allocation_id"] == machine_id
    assert found["allocation"] == {"id": machine_id, "name": "web-1"}
    caller.call("DELETE", "/virtual_machines/_", virtual_machine={"id": machine_id})
    assert listed(("allocated", "true")) == []


def test_address_of_the_catalogue_can_be_allocated_to_something_else(make_caller: Any) -> None:
    taken = evolve(Address("192.0.2.1"), allocation_id="lb_1", allocation_type="LoadBalancer")
    caller = make_caller(catalogue=Catalogue(addresses=(taken,)))
    rows = caller.get("/organizations/_/ip_addresses", ORGANIZATION, ("allocated", "true")).json
    assert rows["ip_addresses"][0]["allocation_type"] == "LoadBalancer"


def test_machine_has_disks_and_interfaces(caller: Caller) -> None:
    machine_id = caller.started(
        WEB.replace(
            "<NetworkInterfaces>",
            "<SystemDisks><Disk><Name>Root</Name><Size>20</Size></Disk><Disk><Size>50</Size></Disk></SystemDisks>"
            "<NetworkInterfaces>",
        )
    )
    disks = caller.get(f"/virtual_machines/{machine_id}/disks").json["disks"]
    assert [(item["disk"]["name"], item["disk"]["size_in_gb"], item["boot"]) for item in disks] == [
        ("Root", 20, True),
        ("Disk #2", 50, False),
    ]
    everything = caller.get("/organizations/_/disks", ORGANIZATION).json["disk"]
    assert [item["virtual_machine_disk"] is None for item in everything] == [True, False, False]
    listed = caller.get(f"/virtual_machines/{machine_id}/network_interfaces").json
    (interface,) = listed["virtual_machine_network_interfaces"]
    assert interface["ip_addresses"][0]["address"] == "198.19.0.10"
    detail = caller.get(f"/virtual_machine_network_interfaces/{interface['id']}").json
    assert detail["virtual_machine_network_interface"]["speed_profile"]["permalink"] == "1gbps"
    unknown = caller.get("/virtual_machine_network_interfaces/vmnet_unknown")
    assert unknown.error[1] == "virtual_machine_network_interface_not_found"


def test_disk_has_the_size_of_the_package_by_default(caller: Caller) -> None:
    machine_id = caller.started()
    (disk,) = caller.get(f"/virtual_machines/{machine_id}/disks").json["disks"]
    assert (disk["disk"]["name"], disk["disk"]["size_in_gb"]) == ("System Disk", 25)


def test_token_needs_the_scope_of_each_kind(make_caller: Any) -> None:
    caller = make_caller(scopes=("tags:read",))
    assert caller.get("/organizations/_/tags", ORGANIZATION).status == 200
    assert caller.get("/data_centers").status == 200
    assert caller.get("/virtual_machine_packages").error == (
        403,
        "scope_not_granted",
        {"scopes": ["virtual_machine_packages:read"]},
    )


def test_zone_of_a_spec_decides_the_zone_of_its_machine(caller: Caller) -> None:
    machine_id = caller.started(
        "<VirtualMachineSpec><Zone by='permalink'>nl-ams-01-zone-1</Zone></VirtualMachineSpec>"
    )
    zone = caller.machine(id=machine_id).json["virtual_machine"]["zone"]
    assert (zone["name"], zone["data_center"]["permalink"]) == ("Amsterdam 1", "nl-ams-01")
