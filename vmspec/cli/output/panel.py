"""The panel of a machine: what it is called, where it runs, what it gets, and who may enter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.box import ROUNDED
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from vmspec.model.elements import (
    AuthorizedKeys,
    BackupPolicy,
    DiskTemplate,
    IPAddressAllocation,
    NetworkInterface,
    Resources,
    SystemDisk,
)
from vmspec.model.schema import Lookup
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import MASK, printable

LONGEST_TITLE = 63
"""A hostname may have so many characters; a longer one is shown whole elsewhere."""

MOST_CHARACTERS = 400
"""Of one value; a document may hold a megabyte in it."""

MOST_ITEMS = 40
"""Of one list."""

_Row = tuple[str, Text | Table]


def panel(spec: VirtualMachineSpec) -> Panel:
    """A spec for a person; secret values are masked, characters that steer terminals escaped."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    for label, content in _rows(spec):
        grid.add_row(label, content)
    hostname = shown(spec.hostname) if spec.hostname is not None else "(random hostname)"
    title = Text(hostname if len(hostname) <= LONGEST_TITLE else "(see below)", "bold")
    return Panel(grid, title=title, title_align="left", box=ROUNDED, border_style="dim", expand=False)


def shown(value: str) -> str:
    """A value on one line, not longer than a person reads."""
    return printable(value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…")


def _rows(spec: VirtualMachineSpec) -> Iterator[_Row]:
    if spec.hostname is not None and len(shown(spec.hostname)) > LONGEST_TITLE:
        yield "hostname", _lines([shown(spec.hostname)])
    if spec.name is not None:
        yield "name", _lines([shown(spec.name)])
    if spec.description is not None:
        yield "description", _lines(shown(line) for line in spec.description.split("\n"))
    places = [place for place in (spec.data_center, spec.zone) if place is not None]
    yield "location", _listed([_lookup(place) for place in places], "none")
    yield "resources", _resources(spec.resources)
    if spec.disk_template is not None:
        yield "template", _template(spec.disk_template)
    if spec.cloud_init is not None:
        yield "cloud-init", Text("no user data" if spec.cloud_init.user_data is None else MASK)
    if spec.iso is not None:
        yield "ISO", _lines([_lookup(spec.iso)])
    if spec.system_disks:
        yield "disks", _columns(_disk(number, disk) for number, disk in _numbered(spec.system_disks))
    if spec.shared_disks:
        yield "shared disks", _listed([_lookup(disk) for disk in spec.shared_disks])
    if spec.network_interfaces:
        yield "network", _columns(_interface(interface) for interface in spec.network_interfaces)
    yield "access", _access(spec.authorized_keys)
    if spec.backup_policies:
        yield "backups", _lines(_backup(policy) for policy in spec.backup_policies)
    if spec.group is not None:
        yield "group", _lines([_lookup(spec.group)])
    if spec.tags:
        yield "tags", _listed([shown(tag) for tag in spec.tags])


def _lookup(lookup: Lookup) -> str:
    return shown(lookup.value)


def _resources(resources: Resources | None) -> Text:
    parts: list[str] = []
    if resources is not None and resources.package is not None:
        parts.append(_lookup(resources.package))
    if resources is not None and resources.memory is not None:
        parts.append(f"{resources.memory} GB memory")
    if resources is not None and resources.cpu_cores is not None:
        parts.append(f"{resources.cpu_cores} {'core' if resources.cpu_cores == 1 else 'cores'}")
    return _listed(parts, "none")


def _template(template: DiskTemplate) -> Text:
    name = _lookup(template.template)
    if template.version is not None:
        name += f", version {_lookup(template.version)}"
    return _lines((name, *(f"{shown(option.key)} = {MASK}" for option in template.options)))


def _numbered(disks: tuple[SystemDisk, ...]) -> Iterable[tuple[int, SystemDisk]]:
    return enumerate(disks, start=1)


def _disk(number: int, disk: SystemDisk) -> tuple[str, ...]:
    notes = ["boot"] if number == 1 else []
    if disk.io_profile is not None:
        notes.append(f"IO profile {_lookup(disk.io_profile)}")
    if disk.file_system_type is not None:
        notes.append(disk.file_system_type)
    notes.extend(_backup(policy) for policy in disk.backup_policies[:MOST_ITEMS])
    size = f"{disk.size} GB" if disk.size is not None else ""
    return str(number), shown(disk.name or ""), size, disk.speed or "", ", ".join(notes)


def _interface(interface: NetworkInterface) -> tuple[str, ...]:
    network = interface.network or interface.virtual_network
    speed = _lookup(interface.speed_profile) if interface.speed_profile is not None else ""
    addresses = [_allocation(allocation) for allocation in interface.ip_address_allocations[:MOST_ITEMS]]
    return _lookup(network) if network is not None else "no network", speed, ", ".join(addresses)


def _allocation(allocation: IPAddressAllocation) -> str:
    if allocation.ip_address is not None and allocation.type != "new":
        return _lookup(allocation.ip_address)
    address = f"IPv{allocation.version}" if allocation.version is not None else "address"
    words = [allocation.type or "", address]
    if allocation.ip_address is not None:
        words.append(_lookup(allocation.ip_address))
    if allocation.subnet is not None:
        words.append(f"from {_lookup(allocation.subnet)}")
    return " ".join(filter(None, words))


def _access(keys: AuthorizedKeys | None) -> Text:
    if keys is None:
        return Text("no authorized keys")
    users = ["all users"] if keys.all_users else []
    users += [_lookup(user) for user in keys.users]
    ssh_keys = ["all SSH keys"] if keys.all_ssh_keys else []
    ssh_keys += [shown(key) for key in keys.ssh_keys]
    parts = [_listed(users, "no users").plain, _listed(ssh_keys, "no SSH keys").plain]
    if keys.continuous_management is not None:
        parts.append(f"{'' if keys.continuous_management else 'no '}continuous management")
    return _lines(parts if len(users) + len(ssh_keys) > 2 else [", ".join(parts)])


def _backup(policy: BackupPolicy) -> str:
    schedule = policy.schedule
    parts = [
        f"{schedule.interval} backup" if schedule is not None and schedule.interval is not None else "backup"
    ]
    if schedule is not None and schedule.time is not None:
        parts[0] += f" at {schedule.time:02}"
    if schedule is not None and schedule.frequency is not None:
        parts.append(f"frequency {schedule.frequency}")
    if policy.retention is not None:
        parts.append(f"keep {policy.retention}")
    return ", ".join(parts)


def _listed(parts: list[str], none: str = "") -> Text:
    more = [f"and {len(parts) - MOST_ITEMS:,} more"] if len(parts) > MOST_ITEMS else []
    return Text(", ".join(parts[:MOST_ITEMS] + more) or none, overflow="fold")


def _lines(lines: Iterable[str]) -> Text:
    kept = list(lines)
    more = [f"… {len(kept) - MOST_ITEMS:,} more"] if len(kept) > MOST_ITEMS else []
    return Text("\n".join(kept[:MOST_ITEMS] + more), overflow="fold")


def _columns(rows: Iterable[tuple[str, ...]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    kept = list(rows)
    for row in kept[:MOST_ITEMS]:
        grid.add_row(
            *(Text(cell, overflow="fold", justify="right" if _is_size(cell) else None) for cell in row)
        )
    if len(kept) > MOST_ITEMS:
        grid.add_row(Text(f"… {len(kept) - MOST_ITEMS:,} more"))
    return grid


def _is_size(cell: str) -> bool:
    return cell.removesuffix(" GB").isdecimal()
