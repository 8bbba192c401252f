"""Use of the organization's limits, by one spec and by several together."""

from __future__ import annotations

from typing import NamedTuple

from vmspec.catalogue import Catalogue, InUse, PolicyLimits
from vmspec.findings import Finding
from vmspec.model.elements import Resources
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.catalogue.registry import RULES, catalogue_rule
from vmspec.validation.rules.registry import Evidence, Problem, Problems

LIMITS_SOURCE = "the API lists the limits of an organization; the unit of memory and disks is inferred"
LIMIT_EXCEEDED = "VMS443"
LIMIT_HINT = "ask for less, or have the limit raised"


class Usage(NamedTuple):
    """Machines, memory and disk space, in GB; 0 for what is not known."""

    machines: int = 0
    memory: int = 0
    disk_space: int = 0


class _Limit(NamedTuple):
    """One limit: its value, the unit of what counts, and the field to which a finding belongs."""

    value: int
    unit: str
    path: str


def usage_of(spec: VirtualMachineSpec, catalogue: Catalogue) -> Usage:
    """Return what the machine of a spec uses."""
    resources = spec.resources or Resources()
    package = catalogue.find(resources.package) if resources.package is not None else None
    memory = (package.memory_in_gb if package is not None else resources.memory) or 0
    storage = (package.storage_in_gb if package is not None else None) or 0
    first, *others = [disk.size for disk in spec.system_disks] or [None]
    return Usage(1, memory, (first or storage) + sum(size or 0 for size in others))


def _limits(limits: PolicyLimits) -> list[_Limit | None]:
    """Return the limits in the order of ``Usage``; None for an unlimited one."""
    values = (
        (limits.maximum_virtual_machines, "machines", ""),
        (limits.maximum_virtual_machine_memory, "GB of memory", "resources"),
        (limits.maximum_disk_space, "GB of disk space", "system_disks"),
    )
    return [None if value is None else _Limit(value, unit, path) for value, unit, path in values]


class Totals:
    """Sum of what exists and of what the specs so far ask for, and the limits that it may not exceed."""

    def __init__(self, catalogue: Catalogue) -> None:
        in_use, limits = catalogue.in_use or InUse(), catalogue.policy_limits
        self._limits = [] if limits is None else _limits(limits)
        self._used = Usage(in_use.machines, in_use.memory_in_gb or 0, in_use.disk_space_in_gb or 0)
        self._exceeded: set[str] = set()

    def add(self, usage: Usage) -> list[Finding]:
        """Add the usage of a spec; return a finding for each limit that is exceeded for the first time.

        A spec that exceeds a limit by itself has the finding of the rule, and no second one.
        """
        self._used = Usage(*(old + new for old, new in zip(self._used, usage, strict=True)))
        findings: list[Finding] = []
        for limit, total, alone in zip(self._limits, self._used, usage, strict=False):
            if limit is None or total <= limit.value or limit.unit in self._exceeded:
                continue
            self._exceeded.add(limit.unit)
            if alone <= limit.value:
                findings.append(_exceeded_by(limit, total))
        return findings


def _exceeded_by(limit: _Limit, total: int) -> Finding:
    message = f"with this spec there are {total:,} {limit.unit}; the organization may have {limit.value:,}"
    severity = RULES[LIMIT_EXCEEDED].severity
    return Finding(LIMIT_EXCEEDED, message, severity, limit.path, hint=LIMIT_HINT)


@catalogue_rule(
    "VMS441",
    "flexible-resources-unavailable",
    Resources,
    evidence=Evidence.DOCUMENTED,
    source="the API has the error code flexible_resources_unavailable_to_organization",
    supersedes=True,
)
def flexible_resources_unavailable(resources: Resources, catalogue: Catalogue) -> Problems:
    """The spec has memory or CPU cores of its own, and the organization may not use flexible resources.

    The API refuses the build.

    Example:

        <Resources>
          <Memory>16</Memory>
          <CPUCores>4</CPUCores>
        </Resources>

    Use instead:

        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """
    limits = catalogue.policy_limits
    if limits is None or limits.flexible_virtual_machine_resources is not False:
        return ()
    if resources.package is not None or (resources.memory is None and resources.cpu_cores is None):
        return ()
    path = "memory" if resources.memory is not None else "cpu_cores"
    message = "the organization may not use memory and CPU cores without a package"
    return [Problem(path, message, "name a package")]


@catalogue_rule(
    "VMS442",
    "disk-size-not-allowed",
    VirtualMachineSpec,
    when_field="system_disks",
    evidence=Evidence.DOCUMENTED,
    source=LIMITS_SOURCE,
)
def disk_size_not_allowed(spec: VirtualMachineSpec, catalogue: Catalogue) -> Problems:
    """A disk is larger or smaller than the organization's limits allow.

    The API refuses the build.

    Example:

        <SystemDisks>
          <Disk><Size>5000</Size></Disk>
        </SystemDisks>

    Use instead:

        <SystemDisks>
          <Disk><Size>20</Size></Disk>
        </SystemDisks>
    """
    limits = catalogue.policy_limits
    if limits is None:
        return ()
    problems: list[Problem] = []
    for index, disk in enumerate(spec.system_disks):
        least, most = limits.minimum_disk_size, limits.maximum_disk_size
        if disk.size is None:
            continue
        if most is not None and disk.size > most:
            problems.append(Problem(f"system_disks[{index}].size", f"a disk may have at most {most:,} GB"))
        elif least is not None and disk.size < least:
            problems.append(Problem(f"system_disks[{index}].size", f"a disk must have at least {least:,} GB"))
    return problems


@catalogue_rule(
    LIMIT_EXCEEDED, "limit-exceeded", VirtualMachineSpec, evidence=Evidence.DOCUMENTED, source=LIMITS_SOURCE
)
def limit_exceeded(spec: VirtualMachineSpec, catalogue: Catalogue) -> Problems:
    """The specs ask for more machines, memory or disk space than the organization may have.

    The API refuses the build that exceeds a limit. The finding is on the first file with which the limit
    is exceeded. A catalogue file has the limits, but not what exists already; `vmspec preflight` counts
    that, too.

    Example:

        <SystemDisks>
          <Disk><Size>900</Size></Disk>
          <Disk><Size>900</Size></Disk>
        </SystemDisks>

    Use instead:

        <SystemDisks>
          <Disk><Size>20</Size></Disk>
        </SystemDisks>
    """
    if catalogue.policy_limits is None:
        return ()
    return [
        Problem(
            limit.path,
            f"the machine has {used:,} {limit.unit}; the organization may have {limit.value:,}",
            LIMIT_HINT,
        )
        for limit, used in zip(_limits(catalogue.policy_limits), usage_of(spec, catalogue), strict=True)
        if limit is not None and used > limit.value
    ]
