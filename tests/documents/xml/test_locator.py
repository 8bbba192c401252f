"""Positions of fields: the name of the tag or attribute, of two nested tags the inner one."""

from __future__ import annotations

import gc
import weakref

import pytest

from vmspec.documents.formats import open_document

TEXT = """\
<?xml version="1.0"?><!-- <Hostname> é --><?note <Hostname> ?><VirtualMachineSpec>
<DataCenter by='name'>London</DataCenter>
<DiskTemplate><DiskTemplate>a</DiskTemplate><Option key='&#10;>'>v</Option></DiskTemplate>
<SystemDisks><!-- <Disk> -->
<Disk/><Disk><Name>ü<![CDATA[ <Size> ]]></Name><Size\t>5</Size></Disk></SystemDisks>
<Hostname> <Hostname
  type = "random">é</Hostname></Hostname><Name><Name>a</Name></Name><Tags><Tag>a</Tag><Tag/></Tags>
<NetworkInterfaces><NetworkInterface><IPAddressAllocation/><IPAddressAllocation type="new"/>
</NetworkInterface></NetworkInterfaces>
<AuthorizedKeys><Users all='yes'/></AuthorizedKeys></VirtualMachineSpec>
"""

POSITIONS = {
    "": (1, 64),
    "data_center": (2, 2),
    "data_center.by": (2, 13),
    "disk_template": (3, 2),
    "disk_template.template": (3, 16),
    "disk_template.options[0]": (3, 46),
    "disk_template.options[0].key": (3, 53),
    "system_disks": (4, 2),
    "system_disks[0]": (5, 2),
    "system_disks[1]": (5, 9),
    "system_disks[1].name": (5, 15),
    "system_disks[1].size": (5, 49),
    "hostname": (6, 13),
    "hostname_type": (7, 3),
    "name": (7, 49),
    "tags": (7, 70),
    "tags[0]": (7, 76),
    "tags[1]": (7, 88),
    "network_interfaces[0]": (8, 21),
    "network_interfaces[0].ip_address_allocations[0]": (8, 39),
    "network_interfaces[0].ip_address_allocations[1].type": (8, 81),
    "authorized_keys": (10, 2),
    "authorized_keys.users": (10, 18),
    "authorized_keys.all_users": (10, 24),
}


@pytest.mark.parametrize(("path", "position"), POSITIONS.items())
def test_position_is_that_of_the_name(path: str, position: tuple[int, int]) -> None:
    assert open_document(TEXT, "xml").position_of(path) == position


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("iso", ""),
        ("data_center.value", "data_center"),
        ("disk_template.options", "disk_template"),
        ("disk_template.options[0].value", "disk_template.options[0]"),
        ("system_disks[2]", "system_disks"),
        ("system_disks[0].size", "system_disks[0]"),
        (
            "network_interfaces[0].ip_address_allocations[0].type",
            "network_interfaces[0].ip_address_allocations[0]",
        ),
        ("authorized_keys.ssh_keys[0]", "authorized_keys"),
        ("authorized_keys.all_ssh_keys", "authorized_keys"),
    ],
)
def test_absent_field_has_the_position_of_the_nearest_one_around_it(path: str, nearest: str) -> None:
    assert open_document(TEXT, "xml").position_of(path) == POSITIONS[nearest]


@pytest.mark.parametrize("times_met", [1, 9])
def test_document_is_freed_without_garbage_collection(times_met: int) -> None:
    gc.disable()
    try:
        for _ in range(times_met):
            document = open_document(
                "<VirtualMachineSpec><SystemDisks><Disk/></SystemDisks></VirtualMachineSpec>"
            )
            document.position_of("system_disks[0].size")
        left = weakref.ref(document)
        del document
        assert left() is None
    finally:
        gc.enable()
