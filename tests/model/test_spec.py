"""Specs and their elements: immutable and checked, but not stricter than the grammar."""

from __future__ import annotations

import copy
import pickle

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError

from vmspec.errors import SpecError
from vmspec.model.elements import (
    AuthorizedKeys,
    CloudInit,
    DiskTemplate,
    NetworkInterface,
    Option,
    Resources,
    Schedule,
    SystemDisk,
)
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import DataCenter, Network, Package, Template, VirtualNetwork, Zone


def test_every_field_is_optional() -> None:
    spec = VirtualMachineSpec()
    assert spec.hostname is None
    assert spec.tags == ()


def test_spec_can_hold_values_that_break_rules() -> None:
    spec = VirtualMachineSpec(
        zone=Zone("zone_1"),
        data_center=DataCenter("loc_1"),
        resources=Resources(package=Package("vmpkg_1"), memory=8),
        system_disks=(SystemDisk(),),
        tags=("web", "web", ""),
    )
    assert (spec.zone, spec.data_center) == (Zone("zone_1"), DataCenter("loc_1"))


def test_absent_empty_and_zero_are_different_values() -> None:
    assert VirtualMachineSpec(name="") != VirtualMachineSpec()
    assert Schedule(time=0) != Schedule()
    assert len({AuthorizedKeys(all_users=all_users) for all_users in (None, False, True)}) == 3


def test_random_hostname_equals_absent_hostname() -> None:
    assert VirtualMachineSpec(hostname_type="random") == VirtualMachineSpec()
    assert VirtualMachineSpec(hostname="", hostname_type="random") == VirtualMachineSpec()
    assert VirtualMachineSpec(hostname="web", hostname_type="random") != VirtualMachineSpec(hostname="web")


def test_objects_are_immutable() -> None:
    spec = VirtualMachineSpec(name="web")
    with pytest.raises(FrozenInstanceError):
        spec.name = "db"  # type: ignore[misc]
    assert evolve(spec, name="db") == VirtualMachineSpec(name="db")
    assert spec.name == "web"


def test_evolved_object_is_checked() -> None:
    with pytest.raises(SpecError, match=r"SystemDisk\.size is 0; it is at least 1 GB"):
        evolve(SystemDisk(size=20), size=0)


def test_lookup_of_another_class_is_rejected() -> None:
    with pytest.raises(SpecError, match=r"VirtualMachineSpec\.data_center is of type Zone, not DataCenter"):
        VirtualMachineSpec(data_center=Zone("a"))  # type: ignore[arg-type]


def test_interface_with_two_networks_is_rejected() -> None:
    with pytest.raises(
        SpecError, match="NetworkInterface has both network and virtual_network; only one is allowed"
    ):
        NetworkInterface(network=Network("netw_1"), virtual_network=VirtualNetwork("vnet_1"))


def test_secrets_are_absent_from_repr_and_errors() -> None:
    spec = VirtualMachineSpec(
        disk_template=DiskTemplate(
            template=Template("dtpl_1"), options=(Option(key="password", value="hush"),)
        ),
        cloud_init=CloudInit(user_data="hush"),
    )
    assert "hush" not in repr(spec)
    with pytest.raises(SpecError) as caught:
        CloudInit(user_data="hush\x00")
    assert str(caught.value) == "CloudInit.user_data contains the character U+0000, which XML does not allow"


def test_specs_can_be_hashed_copied_and_pickled() -> None:
    spec = VirtualMachineSpec(data_center=DataCenter("loc_1"), system_disks=(SystemDisk(size=20),))
    assert {spec: 1}[copy.deepcopy(spec)] == 1
    assert pickle.loads(pickle.dumps(spec)) == spec
