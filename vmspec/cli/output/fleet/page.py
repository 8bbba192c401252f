"""The page of a fleet for a browser: one file without network, in which all text is escaped.

A policy in the page allows its own style and script only, by their hashes.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path, PurePath

from vmspec.cli.output.fleet.drawing import Numbered, colours_of, drawing
from vmspec.cli.output.fleet.machines import NONE, Machine, Network
from vmspec.cli.output.text import pluralize
from vmspec.findings import Finding, Severity
from vmspec.text import printable

NARROW = 344
"""Width of a drawing on a phone, in pixels."""

WIDTHS = {1: 1180, 2: 590}
"""Widths of drawings on wider screens, by the number of locations; with more, they are narrow there too."""

COLUMNS = (
    "Host",
    "Where",
    "Resources",
    "Template",
    "Disks",
    "Networks",
    "Addresses",
    "Tags",
    "Findings",
)

PLURALS = {"file with mistakes": "files with mistakes", "GB of disks": "GB of disks"}

_FOLDER = Path(__file__).parent


def page(machines: Sequence[Machine]) -> str:
    """Return a self-contained HTML page of a fleet."""
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    policy = f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    numbered = list(enumerate(machines))
    title = f"Fleet of {pluralize(len(machines), 'machine')}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f'<link rel="icon" href="data:,">\n<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n'
        f"{_header(machines)}\n<main>\n{_map(numbered)}\n{_list(numbered)}\n</main>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _header(machines: Sequence[Machine]) -> str:
    counts = Counter(finding.severity for machine in machines for finding in machine.findings)
    places = {machine.where for machine in machines if machine.is_readable} - {NONE}
    networks = {network for machine in machines for network in machine.networks}
    figures: list[tuple[str, int, str]] = [
        ("", sum(machine.is_readable for machine in machines), "machine"),
        ("error", sum(not machine.is_readable for machine in machines), "file with mistakes"),
        ("", len(places), "location"),
        ("", len(networks), "network"),
        ("", sum(machine.gigabytes for machine in machines), "GB of disks"),
        *((str(severity), counts[severity], str(severity)) for severity in Severity),
    ]
    items = "".join(
        f'<li class="{css}"><b>{count:,}</b> {noun if count == 1 else PLURALS.get(noun, f"{noun}s")}</li>'
        for css, count, noun in figures
        if count or not css
    )
    return f"<header><h1>Fleet</h1><ul>{items}</ul></header>"


def _map(machines: Sequence[Numbered]) -> str:
    """Return the drawings of all locations, the largest first."""
    places: dict[str, list[Numbered]] = {}
    for number, machine in machines:
        if machine.is_readable:
            places.setdefault(machine.where, []).append((number, machine))
    colours = colours_of(machine for _, machine in machines)
    width = WIDTHS.get(len(places), NARROW)
    figures = [
        _figure(place, places[place], colours, width)
        for place in sorted(places, key=lambda place: (-len(places[place]), place))
    ]
    legend = (
        '<p class="legend"><i class="fine"></i>no findings <i class="info"></i>info '
        '<i class="warning"></i>warning <i class="error"></i>error '
        '<i class="line"></i>network <i class="line virtual"></i>virtual network</p>'
    )
    return (
        f'<section class="map map{min(len(places), 3)}" aria-label="Map">{legend}{"".join(figures)}</section>'
    )


def _figure(place: str, machines: Sequence[Numbered], colours: Mapping[Network, int], width: int) -> str:
    name = "no location" if place == NONE else place
    sizes = {NARROW: "narrow", width: "wide"} if width != NARROW else {NARROW: ""}
    drawings = "".join(drawing(name, machines, colours, size, css) for size, css in sizes.items())
    return (
        f"<figure><figcaption><b>{escape(name)}</b> {pluralize(len(machines), 'machine')}</figcaption>"
        f"{drawings}</figure>"
    )


def _list(machines: Sequence[Numbered]) -> str:
    places = sorted({machine.where for _, machine in machines})
    options = "".join(f"<option>{escape(place)}</option>" for place in places)
    sorting = '<option value="-1">file</option>'
    sorting += "".join(f'<option value="{index}">{name}</option>' for index, name in enumerate(COLUMNS))
    head = "".join(f'<th scope="col" aria-sort="none">{name}</th>' for name in COLUMNS)
    rows = "\n".join(_rows(number, machine) for number, machine in machines)
    return (
        '<section class="list" aria-label="Machines"><form id="controls" role="search" hidden>'
        '<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" '
        'placeholder="press / and type"></label>'
        f'<label>Where <select id="where"><option value="">all</option>{options}</select></label>'
        f'<label class="sorting">Sort by <select id="sort">{sorting}</select></label>'
        '<label><input id="found" type="checkbox"> with findings only</label>'
        '<label><input id="details" type="checkbox" checked> show findings</label>'
        '<output id="count" for="filter where found"></output></form>'
        f'<table id="fleet"><thead><tr>{head}</tr></thead>\n{rows}</table></section>'
    )


def _rows(number: int, machine: Machine) -> str:
    host = machine.host if machine.is_readable else machine.file
    file = machine.file if PurePath(machine.file).stem != host else ""
    under = [machine.title, file if machine.is_readable else "cannot be read"]
    small = "".join(f"<small>{escape(text)}</small>" for text in under if text)
    cells = [
        f"<td>{escape(machine.where)}</td>",
        f"<td>{escape(machine.resources)}</td>",
        f"<td>{escape(machine.template)}</td>",
        f'<td data-s="{machine.gigabytes}">{escape(machine.disks)}</td>',
        f"<td>{_lines(network.name for network in machine.networks)}</td>",
        f"<td>{_lines(machine.addresses)}</td>",
        f"<td>{', '.join(map(escape, machine.tags)) or NONE}</td>",
        f'<td data-s="{_weight(machine)}">{machine.counts or NONE}</td>',
    ]
    return (
        f'<tbody id="m{number}" class="{machine.worst or "fine"}"><tr>'
        f'<th scope="row">{escape(host)}{small}</th>'
        f"{''.join(cells)}</tr>{_findings(machine)}</tbody>"
    )


def _lines(texts: Iterable[str]) -> str:
    return "<br>".join(map(escape, texts)) or NONE


def _weight(machine: Machine) -> int:
    """Return a number by which machines are sorted: those with the most severe findings first."""
    counts = Counter(finding.severity for finding in machine.findings)
    weight = 0
    for severity in Severity:
        weight = weight * 1000 + min(counts[severity], 999)
    return -weight


def _findings(machine: Machine) -> str:
    if not machine.findings:
        return ""
    items = "".join(map(_finding, machine.findings))
    return f'<tr class="findings"><td colspan="{len(COLUMNS)}"><ul>{items}</ul></td></tr>'


def _finding(finding: Finding) -> str:
    place = f"{finding.line}:{finding.column} " if finding.line is not None else ""
    text = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    return (
        f'<li class="{finding.severity}"><b>{finding.severity}</b> <code>{escape(finding.code)}</code> '
        f"<code>{place}{escape(printable(finding.path))}</code> {escape(printable(text))}</li>"
    )
