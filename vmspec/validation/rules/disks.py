"""Disks that are made with the machine, and disks that it shares with others."""

from __future__ import annotations

from vmspec.documents.messages import quote
from vmspec.findings import Severity
from vmspec.model.elements import SystemDisk
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import SharedDisk
from vmspec.validation.rules.naming import KEPT
from vmspec.validation.rules.registry import Evidence, Problem, Problems, is_padded, rule

SMALLEST_DISK = 10
"""In GB. The least that the vendor's Terraform provider takes, and the smallest in recorded traffic."""


@rule(
    "VMS241",
    "disk-without-size",
    of=SystemDisk,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the API's other way to build a machine needs a size for each disk; of specs it is not documented",
)
def disk_without_size(disk: SystemDisk) -> Problems:
    """A system disk has no size.

    No default is documented. The size decides about the price, so it is better said.

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
    return [Problem("", "a disk without a size", "say how many GB it has")] if disk.size is None else ()


@rule(
    "VMS242",
    "small-disk",
    of=SystemDisk,
    at="size",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's Terraform provider takes no disk below 10 GB, and none was seen in recorded traffic",
)
def small_disk(disk: SystemDisk) -> Problems:
    """A system disk has less than 10 GB.

    Nothing smaller was ever seen built. Perhaps another unit was meant: sizes are in GB.

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
    if disk.size is None or disk.size >= SMALLEST_DISK:
        return ()
    return [Problem("size", f"a disk of {disk.size} GB", f"give it at least {SMALLEST_DISK} GB")]


@rule(
    "VMS243",
    "shared-disk-twice",
    of=VirtualMachineSpec,
    at="shared_disks",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a disk can be attached to a machine once",
)
def shared_disk_twice(spec: VirtualMachineSpec) -> Problems:
    """A shared disk is listed twice.

    The second one does nothing at best; perhaps another disk was meant.

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
    if len(disks) < 2:
        return ()
    seen: set[SharedDisk] = set()
    problems: list[Problem] = []
    for index, disk in enumerate(disks):
        if disk in seen:
            message = f"shared disk {quote(disk.value)} a second time"
            problems.append(Problem(f"shared_disks[{index}]", message, "keep one of them"))
        seen.add(disk)
    return problems


@rule(
    "VMS244",
    "padded-disk-name",
    of=SystemDisk,
    at="name",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=KEPT,
)
def padded_disk_name(disk: SystemDisk) -> Problems:
    """The name of a disk begins or ends with a blank, which is kept.

    Whoever looks for the disk by its name does not see the blank.

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
    message = "the disk's name begins or ends with a blank, which is kept"
    return [Problem("name", message, "take the blank away")]
