"""The table of a fleet on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from vmspec.cli.output.fleet.machines import NONE, Machine, listed
from vmspec.cli.output.text import COLOURS

WIDE = 100
"""Columns of a terminal from which addresses have a column of their own."""


def fleet_table(machines: Iterable[Machine], width: int) -> Table:
    """Return a table with a row for each machine, for a terminal of some width."""
    is_wide = width >= WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    names = ("host", "where", "resources", "disks", "networks", "addresses", "findings")
    for name in names:
        if is_wide or name != "addresses":
            table.add_column(name, overflow="fold", ratio=None)
    for machine in machines:
        networks, addresses = ([network.name for network in machine.networks], machine.addresses)
        cells = [_host(machine), *map(_cell, (machine.where, machine.resources, machine.disks))]
        if is_wide:
            cells += [_lines(networks), _lines(addresses)]
        else:
            cells.append(_lines([*listed(networks), *(f"  {address}" for address in listed(addresses))]))
        table.add_row(*cells, _findings(machine))
    return table


def _host(machine: Machine) -> Text:
    return Text(machine.host, "bold") if machine.is_readable else Text(machine.file, "red")


def _cell(text: str) -> Text:
    return Text(text, "dim" if text == NONE else "")


def _lines(items: Iterable[str]) -> Text:
    items = list(items)
    return _cell("\n".join(listed(items)) if items else NONE)


def _findings(machine: Machine) -> Text:
    worst = machine.worst
    return _cell(NONE) if worst is None else Text(machine.counts.replace(", ", "\n"), COLOURS[worst])
