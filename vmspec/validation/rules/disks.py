"""Rules about system disks and shared disks."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import SystemDisk
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote
from vmspec.validation.rules.naming import WHITESPACE_IS_KEPT
from vmspec.validation.rules.registry import Evidence, Problem, Problems, is_padded, repeats, rule

MIN_DISK_SIZE = 10
"""In GB: the minimum of the vendor's Terraform provider, and the smallest disk in recorded traffic."""


@rule(
    "VMS241",
    "disk-without-size",
    SystemDisk,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the API's other way to build a machine requires a size for each disk; specs are undocumented",
)
def disk_without_size(disk: SystemDisk) -> Problems:
    """A system disk has no size.

    No default is documented, and the size affects the price.

    Example:

        <SystemDisks>
          <Disk>
            <Name>System</Name>
          </Disk>
        </SystemDisks>

    Use instead:

        <SystemDisks>
          <Disk>
            <Name>System</Name>
            <Size>20</Size>
          </Disk>
        </SystemDisks>
    """
    return [Problem("", "the disk has no size", "add its size in GB")] if disk.size is None else ()


@rule(
    "VMS242",
    "small-disk",
    SystemDisk,
    when_field="size",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's Terraform provider requires 10 GB, and recorded traffic has no smaller disk",
)
def small_disk(disk: SystemDisk) -> Problems:
    """A system disk has less than 10 GB.

    A build with a smaller disk was never observed. Perhaps another unit was intended: sizes are in GB.

    Example:

        <SystemDisks>
          <Disk>
            <Size>5</Size>
          </Disk>
        </SystemDisks>

    Use instead:

        <SystemDisks>
          <Disk>
            <Size>10</Size>
          </Disk>
        </SystemDisks>
    """
    if disk.size is None or disk.size >= MIN_DISK_SIZE:
        return ()
    return [Problem("size", f"the disk has only {disk.size} GB", f"use at least {MIN_DISK_SIZE} GB")]


@rule(
    "VMS243",
    "shared-disk-twice",
    VirtualMachineSpec,
    when_field="shared_disks",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a disk can be attached to a machine only once",
)
def shared_disk_twice(spec: VirtualMachineSpec) -> Problems:
    """A shared disk is listed twice.

    At best the second one has no effect; perhaps another disk was intended.

    Example:

        <SharedDisks>
          <Disk by="name">Assets</Disk>
          <Disk by="name">Assets</Disk>
        </SharedDisks>

    Use instead:

        <SharedDisks>
          <Disk by="name">Assets</Disk>
        </SharedDisks>
    """
    disks = spec.shared_disks
    return [
        Problem(
            f"shared_disks[{index}]",
            f"shared disk {quote(disks[index].value)} is listed twice",
            "remove one of them",
        )
        for index in repeats(disks)
    ]


@rule(
    "VMS244",
    "padded-disk-name",
    SystemDisk,
    when_field="name",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=WHITESPACE_IS_KEPT,
)
def padded_disk_name(disk: SystemDisk) -> Problems:
    """The name of a disk begins or ends with whitespace, which becomes part of it.

    The whitespace is easy to miss when searching for the disk by name.

    Example:

        <SystemDisks>
          <Disk>
            <Name> System</Name>
            <Size>20</Size>
          </Disk>
        </SystemDisks>

    Use instead:

        <SystemDisks>
          <Disk>
            <Name>System</Name>
            <Size>20</Size>
          </Disk>
        </SystemDisks>
    """
    if not is_padded(disk.name):
        return ()
    message = "the disk name begins or ends with whitespace, which becomes part of it"
    return [Problem("name", message, "remove the whitespace")]
