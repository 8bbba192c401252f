"""A machine as the API shows it now: its fields, disks, network interfaces and backup policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from typing import TypeAlias, TypeVar

from attrs import evolve, field, frozen

from vmspec.errors import ApiError
from vmspec.katapult.endpoints import Call, virtual_machine
from vmspec.katapult.records import VirtualMachine
from vmspec.katapult.responses import (
    Answer,
    Data,
    UnexpectedShapeError,
    identifier,
    number_or_none,
    objects,
    part,
    text_or_none,
)
from vmspec.katapult.submission.operation import Operation, Session
from vmspec.live.endpoints import Listing
from vmspec.model.values import ScheduleInterval, StorageSpeed

T = TypeVar("T")

Names: TypeAlias = Mapping[str, str]
"""The values by which a resource can be looked up, such as its id and its permalink."""

_SPEEDS: Mapping[str | None, StorageSpeed] = {"nvme": "nvme", "ssd": "ssd"}
_INTERVALS: Mapping[str | None, ScheduleInterval] = {
    "hourly": "hourly",
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
}
MAX_ROWS = 1000
"""Disks, interfaces or policies of one machine; more are a server's that never ends."""


@frozen(kw_only=True)
class Disk:
    """A disk of a machine; what comes after ``is_boot`` is read from the disk itself."""

    id: str
    name: str | None
    size: int | None
    is_boot: bool
    speed: StorageSpeed | None = None
    io_profile: Names | None = None
    template: Names | None = None
    template_version: Names | None = None
    options: Mapping[str, str] = field(factory=dict, repr=False)
    """Options of the template, without protected ones."""


@frozen(kw_only=True)
class Interface:
    """A network interface of a machine; ``speed_profile`` is read from the interface itself."""

    id: str | None = None
    network: Names | None
    virtual_network: Names | None = None
    speed_profile: Names | None = None
    addresses: tuple[Names, ...] = ()


@frozen(kw_only=True)
class Policy:
    """A backup policy of a machine, or of one of its disks."""

    retention: int | None
    interval: ScheduleInterval | None
    disk_id: str | None


@frozen(kw_only=True)
class MachineDetails:
    """A machine with all that the API tells of it; None where it does not tell."""

    machine: VirtualMachine
    name: str
    description: str | None
    data_center: Names
    zone: Names
    package: Names | None
    memory: int | None
    cpu_cores: int | None
    group: Names | None
    iso: Names | None
    tags: tuple[str, ...]
    addresses: tuple[tuple[Names, Names], ...]
    """Each address, and its network."""
    disks: tuple[Disk, ...] | None = None
    interfaces: tuple[Interface, ...] | None = None
    policies: tuple[Policy, ...] | None = None
    unreadable: Mapping[str, str] = field(factory=dict)
    """Reasons why disks, interfaces or policies could not be read: the API's code, or its words."""


@frozen(kw_only=True)
class Depth:
    """The reads beyond the machine and its lists, a request for each disk or interface."""

    disks: bool = True
    interfaces: bool = True


def read_details(session: Session, id_or_fqdn: str, depth: Depth) -> Operation[MachineDetails]:
    """Read a machine. Raises what reading the machine itself raises; the rest may be unreadable."""
    details = yield from session.read(_details(id_or_fqdn))
    reader = _Reader(session, details.machine.id)
    disks = yield from reader.attempt("disks", reader.disks(depth.disks))
    interfaces = yield from reader.attempt("network_interfaces", reader.interfaces(depth.interfaces))
    policies = yield from reader.attempt("backup_policies", reader.policies())
    return evolve(
        details, disks=disks, interfaces=interfaces, policies=policies, unreadable=reader.unreadable
    )


@frozen
class _Reader:
    session: Session
    machine_id: str
    unreadable: dict[str, str] = field(factory=dict)

    def attempt(self, name: str, operation: Operation[T]) -> Operation[T | None]:
        """Return the result of an operation; None, noted, where the API does not give it."""
        try:
            return (yield from operation)
        except ApiError as error:
            self.unreadable[name] = error.code or "not readable"
            return None

    def disks(self, is_deep: bool) -> Operation[tuple[Disk, ...]]:
        disks = yield from self._rows(_DISKS)
        found: list[Disk] = []
        for disk in sorted(disks, key=lambda disk: not disk.is_boot):
            found.append((yield from self.session.read(_whole_disk(disk))) if is_deep else disk)
        return tuple(found)

    def interfaces(self, is_deep: bool) -> Operation[tuple[Interface, ...]]:
        rows = yield from self._rows(_INTERFACES)
        found: list[Interface] = []
        for row in rows:
            found.append((yield from self.session.read(_whole_interface(row))) if is_deep else row)
        return tuple(found)

    def policies(self) -> Operation[tuple[Policy, ...]]:
        return (yield from self._rows(_POLICIES))

    def _rows(self, listing: Listing[T]) -> Operation[tuple[T, ...]]:
        found: list[T] = []
        for number in count(1):
            page = yield from self.session.read(
                listing.page(("virtual_machine[id]", self.machine_id), number)
            )
            found += page.items
            is_last = number >= page.pages if page.pages is not None else not page.items
            if is_last or len(found) > MAX_ROWS:
                break
        return tuple(found)


def _details(id_or_fqdn: str) -> Call[MachineDetails]:
    call = virtual_machine(id_or_fqdn)
    return Call("GET", call.path, partial(_read_details, call), call.params)


def _read_details(call: Call[VirtualMachine], answer: Answer) -> MachineDetails:
    machine = call.read(answer)
    data = part(answer.data(), "virtual_machine")
    zone = _object(data, "zone")
    return MachineDetails(
        machine=machine,
        name=text_or_none(data, "name") or machine.hostname,
        description=text_or_none(data, "description"),
        data_center=_names(_object(zone, "data_center")),
        zone=_names(zone),
        package=_names_or_none(data, "package"),
        memory=number_or_none(data, "memory_in_gb"),
        cpu_cores=number_or_none(data, "cpu_cores"),
        group=_names_or_none(data, "group"),
        iso=_names_or_none(data, "attached_iso"),
        tags=_tags(data),
        addresses=tuple(
            (_names(row), _names(_object(row, "network"))) for row in objects(data, "ip_addresses")
        ),
    )


def _tags(data: Data) -> tuple[str, ...]:
    names = data.get("tag_names")
    if isinstance(names, list):
        return tuple(name for name in names if isinstance(name, str))
    return tuple(name for tag in objects(data, "tags") if (name := text_or_none(tag, "name")))


def _object(data: Data, name: str) -> Data:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _names(data: Data) -> Names:
    keys = ("id", "name", "permalink", "address", "number")
    return {key: str(value) for key in keys if isinstance(value := data.get(key), str | int) and value != ""}


def _names_or_none(data: Data, name: str) -> Names | None:
    return _names(_object(data, name)) or None


def _disk(row: Data) -> Disk:
    disk = part(row, "disk")
    return Disk(
        id=identifier(disk),
        name=text_or_none(disk, "name"),
        size=number_or_none(disk, "size_in_gb"),
        is_boot=row.get("boot") is True,
    )


def _interface(row: Data) -> Interface:
    return Interface(
        id=identifier(row),
        network=_names_or_none(row, "network"),
        virtual_network=_names_or_none(row, "virtual_network"),
        addresses=tuple(_names(address) for address in objects(row, "ip_addresses")),
    )


def _policy(row: Data) -> Policy:
    target = _object(row, "target")
    target = _object(target, "target") or target  # documented with one level more than other targets
    target_id = text_or_none(target, "id") or ""
    return Policy(
        retention=number_or_none(row, "retention"),
        interval=_INTERVALS.get(text_or_none(_object(row, "schedule"), "interval")),
        disk_id=target_id if target_id.startswith("disk_") else None,
    )


_MACHINE = "/virtual_machines/virtual_machine"
_DISKS = Listing(f"{_MACHINE}/disks", "disks", _disk)
_INTERFACES = Listing(f"{_MACHINE}/network_interfaces", "virtual_machine_network_interfaces", _interface)
_POLICIES = Listing(
    f"{_MACHINE}/disk_backup_policies",
    "disk_backup_policies",
    _policy,
    params=(("include_disks", "true"),),
)


def _whole_disk(row: Disk) -> Call[Disk]:
    return Call("GET", "/disks/disk", partial(_read_disk, row), (("disk[id]", row.id),))


def _read_disk(row: Disk, answer: Answer) -> Disk:
    disk = part(answer.data(), "disk")
    _check_id(row.id, disk)
    installation = _object(disk, "installation")
    version = _object(installation, "disk_template_version")
    return evolve(
        row,
        speed=_SPEEDS.get(text_or_none(disk, "storage_speed")),
        io_profile=_names_or_none(disk, "io_profile"),
        template=_names_or_none(version, "disk_template"),
        template_version=_names(version) or None,
        options=_options(objects(installation, "attributes")),
    )


def _options(rows: Sequence[Data]) -> Mapping[str, str]:
    shown = (row for row in rows if row.get("protect") is not True)
    found = {text_or_none(row, "key"): text_or_none(row, "value") for row in shown}
    return {key: value for key, value in found.items() if key and value is not None}


def _whole_interface(row: Interface) -> Call[Interface]:
    params = (("virtual_machine_network_interface[id]", row.id or ""),)
    path = "/virtual_machine_network_interfaces/virtual_machine_network_interface"
    return Call("GET", path, partial(_read_interface, row), params)


def _read_interface(row: Interface, answer: Answer) -> Interface:
    interface = part(answer.data(), "virtual_machine_network_interface")
    _check_id(row.id, interface)
    return evolve(row, speed_profile=_names_or_none(interface, "speed_profile"))


def _check_id(wanted: str | None, found: Data) -> None:
    if identifier(found) != wanted:
        raise UnexpectedShapeError("the id is not the one asked for")
