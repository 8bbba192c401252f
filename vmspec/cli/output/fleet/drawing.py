"""The drawing of one location as inline SVG: its networks as lines, its machines as tiles beside them.

Machines with the same networks form a group. Each network is a vertical line with a dot at each group that is
connected to it, so that the drawing grows downwards only and fits on a phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from attrs import frozen

from vmspec.cli.output.fleet.machines import Machine, Network
from vmspec.cli.output.text import pluralize

MAX_LINES = 24
"""Networks with a line; further ones are named beside their groups only."""

MAX_LABELLED = 60
"""Machines of a location up to which each tile has a label."""

COLOURS = 8
"""Colours of lines, which repeat."""

_LINES_WIDTH = 128
_LINE_STEP = 16
_LABEL_WIDTH, _LABEL_HEIGHT = 118, 20
_SQUARE = 11
_GAP = 4
_HEADING = 20
_SPACE = 12
_CHARACTER = 6.4
"""Width of a character at the size of a heading and of a label, in pixels, rounded up."""

Numbered = tuple[int, Machine]
"""A machine and its number on the page."""

_Group = tuple[tuple[int, ...], Sequence[Numbered]]


@frozen
class _Lines:
    """The networks of a location from left to right."""

    networks: tuple[Network, ...]
    colours: Mapping[Network, int]

    @property
    def step(self) -> float:
        """Distance between two lines."""
        shown = min(len(self.networks), MAX_LINES)
        return min(_LINE_STEP, _LINES_WIDTH / max(1, shown))

    @property
    def width(self) -> float:
        """Width of all lines."""
        return min(len(self.networks), MAX_LINES) * self.step + 8

    def x(self, index: int) -> float:
        """Return the position of a line."""
        return index * self.step + 6


def drawing(
    place: str, machines: Sequence[Numbered], colours: Mapping[Network, int], width: int, css: str
) -> str:
    """Return the drawing of a location; ``css`` is the class of the SVG."""
    lines, groups = _groups(machines, colours)
    left = lines.width + 6
    parts: list[str] = []
    stations: dict[int, list[float]] = {}
    y = 4.0
    for indexes, members in groups:
        middle = y + _HEADING / 2 - 3
        shown = [index for index in indexes if index < MAX_LINES]
        if shown:
            parts.append(_path(lines.x(shown[0]), middle, left - 5))
        for index in shown:
            stations.setdefault(index, []).append(middle)
        parts.append(_heading(indexes, lines, left, middle, width))
        tiles, height = _tiles(members, left, y + _HEADING, width, len(machines) <= MAX_LABELLED)
        parts += tiles
        y += _HEADING + height + _SPACE
    networks = "".join(_line(lines, index, ys) for index, ys in sorted(stations.items()))
    label = f"{place}: {pluralize(len(machines), 'machine')}, {pluralize(len(lines.networks), 'network')}"
    return (
        f'<svg class="{css}" viewBox="0 0 {width} {y - _SPACE + 2:.0f}" role="group" '
        f'aria-label="{escape(label)}">{networks}{"".join(parts)}</svg>'
    )


def colours_of(machines: Iterable[Machine]) -> dict[Network, int]:
    """Return the number of a colour for each network; the most used networks have different ones."""
    counts = Counter(network for machine in machines for network in machine.networks)
    return {network: index % COLOURS for index, (network, _) in enumerate(counts.most_common())}


def _groups(machines: Sequence[Numbered], colours: Mapping[Network, int]) -> tuple[_Lines, list[_Group]]:
    counts = Counter(network for _, machine in machines for network in machine.networks)
    ordered = sorted(counts, key=lambda network: (network.is_virtual, -counts[network], network.name))
    index_of = {network: index for index, network in enumerate(ordered)}
    groups: dict[tuple[int, ...], list[Numbered]] = {}
    for number, machine in machines:
        key = tuple(sorted(index_of[network] for network in machine.networks))
        groups.setdefault(key, []).append((number, machine))
    return _Lines(tuple(ordered), colours), sorted(groups.items())


def _path(start: float, y: float, end: float) -> str:
    return f'<path class="link" d="M{start:g} {y:g}H{end:g}"/>'


def _line(lines: _Lines, index: int, ys: Sequence[float]) -> str:
    network = lines.networks[index]
    css = f"n{lines.colours[network]}" + (" virtual" if network.is_virtual else "")
    x = lines.x(index)
    dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="4"/>' for y in ys)
    line = f'<path d="M{x:g} {ys[0]:g}V{ys[-1]:g}"/>'
    return f'<g class="{css}"><title>{escape(network.name)}</title>{line}{dots}</g>'


def _heading(indexes: Sequence[int], lines: _Lines, x: float, y: float, width: int) -> str:
    names = [lines.networks[index].name for index in indexes]
    text = " + ".join(names) or "no network"
    most = int((width - x) / _CHARACTER)
    shown = text if len(text) <= most else f"{text[: most - 1]}…"
    return f'<text class="h" x="{x:g}" y="{y + 4:g}">{escape(shown)}<title>{escape(text)}</title></text>'


def _tiles(
    members: Sequence[Numbered], x: float, y: float, width: int, is_labelled: bool
) -> tuple[list[str], float]:
    """Return the tiles of a group, and their height."""
    room = width - x - 2
    if is_labelled:
        columns = max(1, int((room + _GAP) // (_LABEL_WIDTH + _GAP)))
        tile_width = min((room + _GAP) / columns - _GAP, 220.0)
        tile_height = float(_LABEL_HEIGHT)
    else:
        columns = max(1, int((room + _GAP) // (_SQUARE + _GAP)))
        tile_width = tile_height = float(_SQUARE)
    tiles = [
        _tile(
            numbered,
            x + index % columns * (tile_width + _GAP),
            y + index // columns * (tile_height + _GAP),
            (tile_width, tile_height),
            is_labelled,
        )
        for index, numbered in enumerate(members)
    ]
    rows = -(-len(members) // columns)
    return tiles, rows * (tile_height + _GAP) - _GAP


def _tile(numbered: Numbered, x: float, y: float, size: tuple[float, float], is_labelled: bool) -> str:
    number, machine = numbered
    about = "".join(_about(machine))
    label = ""
    if is_labelled:
        most = int((size[0] - 10) / _CHARACTER)
        host = machine.host if len(machine.host) <= most else f"{machine.host[: most - 1]}…"
        label = f'<text x="{x + 6:g}" y="{y + 14:g}">{escape(host)}</text>'
    return (
        f'<a href="#m{number}" tabindex="-1" class="{machine.worst or "fine"}">'
        f'<rect x="{x:g}" y="{y:g}" width="{size[0]:g}" height="{size[1]:g}" rx="3"/>{label}'
        f"<title>{escape(about)}</title></a>"
    )


def _about(machine: Machine) -> Iterator[str]:
    yield f"{machine.host}: {machine.resources}, {machine.disks}"
    if machine.addresses:
        yield f", {', '.join(machine.addresses[:4])}"
    if machine.findings:
        yield f"; {machine.counts}"
