"""The table of a fleet on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from vmspec.cli.output.fleet.machines import NONE, Machine, listed
from vmspec.cli.output.text import COLOURS

WIDE = 100
"""Columns of a terminal from which addresses have a column of their own."""

MAX_NETWORK = 24
"""Characters of the name of a network; an id has 21."""


def fleet_table(machines: Iterable[Machine], width: int) -> Table:
    """Return a table with a row for each machine, for a terminal of some width."""
    is_wide = width >= WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    names = ("host", "where", "resources", "disks", "networks", "addresses", "findings")
    for name in names:
        if is_wide or name != "addresses":
            table.add_column(name, overflow="fold", no_wrap=name in ("networks", "findings"))
    for machine in machines:
        networks = listed([_cut(network.name) for network in machine.networks])
        addresses = listed(list(map(_cut, machine.addresses)))
        cells = [_host(machine), *map(_cell, (machine.where, machine.resources, machine.disks))]
        if is_wide:
            cells += [_lines(networks), _lines(addresses)]
        else:
            cells.append(_lines([*networks, *(f"  {address}" for address in addresses)]))
        table.add_row(*cells, _findings(machine))
    return table


def _host(machine: Machine) -> Text:
    return Text(machine.host, "bold") if machine.is_readable else Text(machine.file, "red")


def _cell(text: str) -> Text:
    return Text(text, "dim" if text == NONE else "")


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NETWORK else name[: MAX_NETWORK - 1] + "…"


def _lines(items: Iterable[str]) -> Text:
    return _cell("\n".join(items) or NONE)


def _findings(machine: Machine) -> Text:
    worst = machine.worst
    return _cell(NONE) if worst is None else Text(machine.counts.replace(", ", "\n"), COLOURS[worst])
