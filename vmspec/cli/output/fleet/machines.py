"""The machines of a fleet as short texts, without secrets and safe to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from vmspec.cli.output.text import pluralize
from vmspec.findings import Finding, Severity
from vmspec.model.claims import claims_of
from vmspec.model.elements import IPAddressAllocation, NetworkInterface
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import printable
from vmspec.validation import Report
from vmspec.validation.fleet import Fleet

MAX_CHARACTERS = 80
"""Characters of one text; longer ones are cut."""

MAX_ITEMS = 4
"""Items of one list; the others are counted."""

NONE = "-"
"""Text for what a spec does not say."""


@frozen
class Network:
    """A network that a machine is connected to."""

    name: str
    is_virtual: bool


@frozen
class Machine:
    """One document of a fleet: its texts in the columns of a table, and its findings."""

    file: str
    is_readable: bool
    host: str
    title: str = ""
    """The name in Katapult, if it is not the hostname."""
    where: str = NONE
    resources: str = NONE
    template: str = NONE
    disks: str = NONE
    gigabytes: int = 0
    networks: tuple[Network, ...] = ()
    addresses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def worst(self) -> Severity | None:
        """The highest severity of its findings."""
        return min((finding.severity for finding in self.findings), key=[*Severity].index, default=None)

    @property
    def counts(self) -> str:
        """The number of findings by severity, such as ``1 error, 2 warnings``."""
        counts = Counter(finding.severity for finding in self.findings)
        return ", ".join(pluralize(counts[each], each) for each in Severity if counts[each])


def machines_of(reports: Iterable[tuple[str, Report]]) -> list[Machine]:
    """Return a machine for the name and the report of each document, findings across them included."""
    fleet = Fleet()
    machines: list[Machine] = []
    for name, report in reports:
        findings = report.findings
        if report.spec is not None:
            claims = [*claims_of(report.spec)]
            if fleet.add(name, [claim.key for claim in claims]):
                findings = (*findings, *fleet.findings_of(name, claims))
        machines.append(_machine(name, report.spec, findings))
    return machines


def summary(machines: Sequence[Machine]) -> str:
    """Return a sentence about a fleet: machines, locations, findings."""
    known = [machine for machine in machines if machine.is_readable]
    places = len({machine.where for machine in known} - {NONE})
    counts = Counter(finding.severity for machine in machines for finding in machine.findings)
    found = [pluralize(counts[each], each) for each in Severity if counts[each]]
    where = f" in {pluralize(places, 'location')}" if places else ""
    unreadable = len(machines) - len(known)
    more = f", {pluralize(unreadable, 'file')} with mistakes" if unreadable else ""
    return f"{pluralize(len(known), 'machine')}{where}{more}; {', '.join(found) or 'no findings'}"


def listed(items: Sequence[str]) -> list[str]:
    """Return items, the last of which counts the others if there are many."""
    if len(items) <= MAX_ITEMS:
        return list(items)
    return [*items[: MAX_ITEMS - 1], f"and {len(items) - MAX_ITEMS + 1:,} more"]


def _machine(file: str, spec: VirtualMachineSpec | None, findings: tuple[Finding, ...]) -> Machine:
    if spec is None:
        return Machine(file, is_readable=False, host=NONE, findings=findings)
    template, name = spec.disk_template, spec.name
    return Machine(
        file,
        is_readable=True,
        host="(random)" if spec.hostname is None else _text(spec.hostname),
        title=_text(name) if name and name != spec.hostname else "",
        where=_where(spec),
        resources=_resources(spec),
        template=NONE if template is None else _text(template.template.value).removeprefix("templates/"),
        disks=_disks(spec),
        gigabytes=sum(disk.size or 0 for disk in spec.system_disks),
        networks=tuple(dict.fromkeys(_network(each) for each in spec.network_interfaces)),
        addresses=tuple(
            _address(allocation)
            for interface in spec.network_interfaces
            for allocation in interface.ip_address_allocations
        ),
        tags=tuple(map(_text, spec.tags)),
        findings=findings,
    )


def _text(text: str) -> str:
    return printable(text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…")


def _where(spec: VirtualMachineSpec) -> str:
    if spec.data_center is not None:
        return _text(spec.data_center.value)
    return NONE if spec.zone is None else f"zone {_text(spec.zone.value)}"


def _resources(spec: VirtualMachineSpec) -> str:
    resources = spec.resources
    if resources is None:
        return NONE
    if resources.package is not None:
        return _text(resources.package.value)
    cores = pluralize(resources.cpu_cores, "core") if resources.cpu_cores else ""
    memory = f"{resources.memory} GB" if resources.memory else ""
    return ", ".join(filter(None, (cores, memory))) or NONE


def _disks(spec: VirtualMachineSpec) -> str:
    sizes = [disk.size for disk in spec.system_disks]
    texts: list[str] = []
    if len(sizes) > MAX_ITEMS:
        texts.append(f"{len(sizes):,} disks, {sum(size or 0 for size in sizes):,} GB")
    elif sizes:
        texts.append(" + ".join("?" if size is None else str(size) for size in sizes) + " GB")
    if spec.shared_disks:
        texts.append(f"{len(spec.shared_disks):,} shared")
    return " and ".join(texts) or NONE


def _network(interface: NetworkInterface) -> Network:
    network = interface.network or interface.virtual_network
    return Network("unnamed" if network is None else _text(network.value), interface.network is None)


def _address(allocation: IPAddressAllocation) -> str:
    if allocation.ip_address is not None:
        return _text(allocation.ip_address.value)
    version = f"IPv{allocation.version}" if allocation.version else "IP"
    return f"new {version}"
