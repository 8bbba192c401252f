"""The panel of a machine: all that a spec says, for a person, by the fields of the model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from rich.box import ROUNDED
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from vmspec.model.elements import IPAddressAllocation, Option, Schedule
from vmspec.model.scalars import Integer
from vmspec.model.schema import Field, Lookup, Part, fields_of
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import MASK, printable

MAX_TITLE = 63
"""Characters of a title; a longer hostname has a row of its own."""

MAX_CHARACTERS = 400
"""Characters of one value; a document may hold a megabyte in it."""

MAX_ITEMS = 40
"""Items of one list."""

_FIRST_ROWS = ("name", "description")
_LABELS = {
    "all_ssh_keys": "all SSH keys",
    "authorized_keys": "access",
    "backup_policies": "backups",
    "cloud_init": "cloud-init",
    "data_center": "location",
    "disk_template": "template",
    "iso": "ISO",
    "network_interfaces": "network",
    "system_disks": "disks",
    "zone": "location",
}
"""Labels that are not just the name of the field."""

_ABSENT = {"data_center": "none", "resources": "none", "authorized_keys": "no authorized keys"}
"""Rows that are also shown without a value."""

_PHRASES: dict[tuple[str, str], str] = {
    ("BackupPolicy", "retention"): "keep {}",
    ("DiskTemplate", "version"): "version {}",
    ("IPAddressAllocation", "subnet"): "from {}",
    ("IPAddressAllocation", "version"): "IPv{}",
    ("Resources", "cpu_cores"): "{} cores",
    ("Resources", "memory"): "{} memory",
    ("Schedule", "frequency"): "frequency {}",
    ("Schedule", "interval"): "{} backup",
    ("Schedule", "time"): "at {:>02}",
    ("SystemDisk", "io_profile"): "IO profile {}",
}
"""Values that do not explain themselves, by class and field."""

_SEPARATORS: dict[type[Part], str] = {IPAddressAllocation: " ", Option: " = ", Schedule: " "}
"""Separators of the values of an element; a comma for the others."""


def panel(spec: VirtualMachineSpec) -> Panel:
    """Return a panel of a spec; secrets are masked, characters that steer terminals are escaped."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    hostname = "(random hostname)" if spec.hostname is None else _printable(spec.hostname)
    is_long = len(hostname) > MAX_TITLE
    if is_long:
        grid.add_row("hostname", Text(hostname, overflow="fold"))
    for label, content in _rows(spec):
        grid.add_row(label, content)
    title = Text("(see below)" if is_long else hostname, "bold")
    return Panel(grid, title=title, title_align="left", box=ROUNDED, border_style="dim", expand=False)


def _rows(spec: VirtualMachineSpec) -> Iterator[tuple[str, Text | Table]]:
    fields = {field.name: field for field in fields_of(VirtualMachineSpec) if field.name != "hostname"}
    for name in dict.fromkeys((*_FIRST_ROWS, *fields)):
        value = getattr(spec, name)
        if value not in (None, ()):
            yield _label(name), _content(fields[name], value)
        elif name in _ABSENT and not (name == "data_center" and spec.zone is not None):
            yield _label(name), Text(_ABSENT[name])


def _content(field: Field, value: object) -> Text | Table:
    if isinstance(value, tuple) and field.part is not None:
        return _table(value, is_numbered=field.name == "system_disks")
    if isinstance(value, tuple):
        return _lines([_joined(_value(field, item) for item in value)])
    if isinstance(value, Part):
        values, items = _values(value)
        return _lines([*([_joined(values)] if values else []), *items] or ["none"])
    if isinstance(value, str):
        return _lines(_value(field, line) for line in value.split("\n"))
    return _lines([_value(field, value)])


def _table(parts: tuple[Part, ...], *, is_numbered: bool) -> Table:
    """Return a row for each element: values that explain themselves in columns, all others at the end."""
    grid = Table.grid(padding=(0, 2))
    columns = [
        column
        for column in _columns(type(parts[0]))
        if any(getattr(part, field.name) is not None for part in parts for field in column)
    ]
    in_columns = {field.name for column in columns for field in column}
    for number, part in enumerate(parts[:MAX_ITEMS], start=1):
        values, items = _values(part, without=in_columns)
        is_boot_disk = is_numbered and number == 1
        notes = _joined([*(["boot"] if is_boot_disk else []), *values, *items])
        cells = [_joined(_values(part, only=[field.name for field in column])[0]) for column in columns]
        row = [*([str(number)] if is_numbered else []), *cells, notes]
        grid.add_row(*(Text(cell, overflow="fold", justify=_justification(cell)) for cell in row))
    if len(parts) > MAX_ITEMS:
        grid.add_row(Text(f"… {len(parts) - MAX_ITEMS:,} more"))
    return grid


def _columns(cls: type[Part]) -> list[list[Field]]:
    """Return the fields that have a column; two that exclude each other share one."""
    columns: list[list[Field]] = []
    for field in fields_of(cls):
        if field.many or field.part is not None or (cls.__name__, field.name) in _PHRASES:
            continue
        if columns and cls.exclusive == (columns[-1][-1].name, field.name):
            columns[-1].append(field)
        else:
            columns.append([field])
    return columns


def _values(
    part: Part, *, without: Collection[str] = (), only: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the values of an element's fields, and those of the elements in its lists."""
    values: list[str] = []
    items: list[str] = []
    for field in fields_of(type(part)):
        value = getattr(part, field.name)
        if value is None or field.name in without or (only and field.name not in only):
            continue
        if field.many:
            (values if field.part is None else items).extend(
                _value(field, item) for item in value[:MAX_ITEMS]
            )
        else:
            phrase = _PHRASES.get((type(part).__name__, field.name), "{}")
            values.append(phrase.format(_value(field, value)))
    return values, items


def _value(field: Field, value: object) -> str:
    """Return a single value, or the values of an element, on one line."""
    if field.secret:
        return MASK
    if isinstance(value, Part):
        values, items = _values(value)
        return _joined([*values, *items], _SEPARATORS.get(type(value), ", "))
    if isinstance(value, Lookup):
        return _printable(value.value)
    if isinstance(value, bool):
        return _label(field.name) if value else f"{_label(field.name)}: no"
    unit = field.scalar.unit if isinstance(field.scalar, Integer) else ""
    return f"{value} {unit}" if unit else _printable(str(value))


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


def _printable(value: str) -> str:
    """Return a value on one line, no longer than a person reads."""
    return printable(value if len(value) <= MAX_CHARACTERS else value[: MAX_CHARACTERS - 1] + "…")


def _joined(values: Iterable[str], separator: str = ", ") -> str:
    values = list(values)
    more = [f"and {len(values) - MAX_ITEMS:,} more"] if len(values) > MAX_ITEMS else []
    return separator.join(values[:MAX_ITEMS] + more)


def _lines(lines: Iterable[str]) -> Text:
    lines = list(lines)
    more = [f"… {len(lines) - MAX_ITEMS:,} more"] if len(lines) > MAX_ITEMS else []
    return Text("\n".join(lines[:MAX_ITEMS] + more), overflow="fold")


def _justification(cell: str) -> Literal["right"] | None:
    return "right" if cell.removesuffix(" GB").isdecimal() else None
