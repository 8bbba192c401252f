"""Slips in JSON and YAML documents."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

from vmspec import dumps
from vmspec.documents import FormatName
from vmspec.model.spec import VirtualMachineSpec

from .slips import MARK, NOT_NUMBERS, Slip, misspelt, slip_of

NUMBERS = ("memory", "cpu_cores", "size", "retention", "frequency", "time")
CHOICES = (
    *("speed", "file_system_type", "interval", "type"),
    *("all_users", "all_ssh_keys", "continuous_management"),
)
LOOKUP_KEYS = ("id", "name", "permalink", "address", "email_address")


class Pairs(list[list[Any]]):
    """A mapping in which a key may occur twice."""

    mark = ""
    """Set if something is missing in it."""


class Entry(NamedTuple):
    """A key with its value, the mapping that holds it, and the path of the mapping."""

    pair: list[Any]
    mapping: Pairs
    path: str

    @property
    def place(self) -> str:
        return f"{self.path}.{self.pair[0]}"

    @property
    def is_lookup(self) -> bool:
        return self.path != "" and len(self.mapping) == 1 and self.pair[0] in LOOKUP_KEYS


Made = tuple[list[Any] | Pairs, str] | None
"""The pair or mapping with the slip, and a description; None if there was no place for one."""


def places_in(spec: VirtualMachineSpec) -> set[str]:
    """Return the places of the keys of a spec, at which they are not a slip."""
    return {entry.place for entry in _entries(_tree_of(spec))}


def slip(
    kind: str, format: FormatName, spec: VirtualMachineSpec, places: set[str], random: Random
) -> Slip | None:
    """Return a slip of a kind in the document of a spec, if there is a place for one."""
    tree = _tree_of(spec)
    made = _SLIPS[kind](tree, places, random)
    if made is None:
        return None
    slipped, what = made
    lines_of = _lines_of_json if format == "json" else _lines_of_yaml
    if isinstance(slipped, Pairs):
        height, slipped.mark = 1, MARK
    else:
        height = len(lines_of(Pairs([slipped]))) - 2 * (format == "json")
        slipped[0] = MARK + slipped[0]
    original = "\n".join(lines_of(_tree_of(spec)))
    return slip_of(kind, what, format, "\n".join(lines_of(tree)), height, original)


def _tree_of(spec: VirtualMachineSpec) -> Any:
    return json.loads(dumps(spec, "json"), object_pairs_hook=lambda pairs: Pairs(map(list, pairs)))


def _entries(value: Any, path: str = "") -> Iterator[Entry]:
    if isinstance(value, Pairs):
        for pair in value:
            yield Entry(pair, value, path)
            yield from _entries(pair[1], f"{path}.{pair[0]}")
    elif isinstance(value, list):
        for item in value:
            yield from _entries(item, f"{path}[]")


# Text


def _lines_of_json(value: Any) -> list[str]:
    if not isinstance(value, list):
        return [json.dumps(value)]
    items = [
        _beside(f"{json.dumps(item[0], ensure_ascii=False)}: ", _lines_of_json(item[1]))
        if isinstance(value, Pairs)
        else _lines_of_json(item)
        for item in value
    ]
    opening, closing = (value.mark + "{", "}") if isinstance(value, Pairs) else ("[", "]")
    if not items:
        return [opening + closing]
    for item in items[:-1]:
        item[-1] += ","
    return [opening, *(f"  {line}" for item in items for line in item), closing]


def _lines_of_yaml(value: Any) -> list[str]:
    if not isinstance(value, list):
        plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w ./-]*(?<! )", value)
        return [value if plain else json.dumps(value)]
    if not isinstance(value, Pairs):
        return [line for item in value for line in _beside("- ", _lines_of_yaml(item), "  ")] or ["[]"]
    lines: list[str] = []
    for key, item in value:
        if isinstance(item, list) and item:
            lines += _beside(f"{key}:", ["", *_lines_of_yaml(item)], "  ")
        else:
            lines += _beside(f"{key}: ", _lines_of_yaml(item))
    return _beside(value.mark, lines or ["{}"])


def _beside(start: str, lines: list[str], margin: str = "") -> list[str]:
    first, *others = lines
    return [start + first, *(margin + line for line in others)]


# Slips


def _misspelt_tag(tree: Any, places: set[str], random: Random) -> Made:
    pair, _, path = random.choice([*_entries(tree)])
    before, pair[0] = pair[0], misspelt(pair[0], random)
    if pair[0] == before or f"{path}.{pair[0]}" in places:
        return None
    return pair, f"{path}.{before} as {pair[0]}"


def _wrong_by(tree: Any, places: set[str], random: Random) -> Made:
    pair, _, path = random.choice([entry for entry in _entries(tree) if entry.is_lookup])
    pair[0] = random.choice(["permlink", "slug", "Permalink", "label", "ip", ""])
    return pair, f"{path} by {pair[0]}"


def _wrong_enum(tree: Any, places: set[str], random: Random) -> Made:
    choices = [
        entry
        for entry in _entries(tree)
        if entry.pair[0] in CHOICES or entry.place.endswith("allocations[].version")
    ]
    pair, _, path = random.choice(choices)
    pair[1] = random.choice(["YES", "New", "other", 5, "", "nvme ssd"])
    return pair, f"{path}.{pair[0]} is {pair[1]!r}"


def _moved_child(tree: Any, places: set[str], random: Random) -> Made:
    entries = [*_entries(tree)]
    moved = random.choice(entries)
    within = [entry.mapping for entry in _entries(moved.pair[1])]
    others = [
        entry
        for entry in entries
        if entry.mapping is not moved.mapping and all(entry.mapping is not mapping for mapping in within)
    ]
    if not others:
        return None
    _, mapping, path = random.choice(others)
    if f"{path}.{moved.pair[0]}" in places:
        return None
    moved.mapping.remove(moved.pair)
    mapping.insert(random.randrange(len(mapping) + 1), moved.pair)
    return moved.pair, f"{moved.place} in {path}"


def _repeated_child(tree: Any, places: set[str], random: Random) -> Made:
    pair, mapping, path = random.choice([*_entries(tree)])
    twin = deepcopy(pair)
    mapping.insert(mapping.index(pair) + 1, twin)
    return twin, f"{path}.{pair[0]} twice"


def _text_for_number(tree: Any, places: set[str], random: Random) -> Made:
    numbers = [entry for entry in _entries(tree) if entry.pair[0] in NUMBERS]
    if not numbers:
        return None
    pair, _, path = random.choice(numbers)
    pair[1] = random.choice(NOT_NUMBERS).format(pair[1])
    return pair, f"{path}.{pair[0]} is {pair[1]!r}"


def _missing_attribute(tree: Any, places: set[str], random: Random) -> Made:
    """Remove a key without which its mapping has no meaning."""
    needed = [entry for entry in _entries(tree) if entry.is_lookup or entry.pair[0] in ("key", "type")]
    pair, mapping, path = random.choice(needed)
    mapping.remove(pair)
    return mapping, f"{path} without {pair[0]}"


def _misspelt_choice(tree: Any, places: set[str], random: Random) -> Made:
    choices = [
        entry
        for entry in _entries(tree)
        if entry.pair[0] in CHOICES and isinstance(entry.pair[1], str) and entry.pair[1]
    ]
    if not choices:
        return None
    pair, _, path = random.choice(choices)
    before, pair[1] = pair[1], misspelt(pair[1], random)
    return None if pair[1] == before else (pair, f"{path}.{pair[0]} as {pair[1]!r}")


def _unit_behind_number(tree: Any, places: set[str], random: Random) -> Made:
    numbers = [entry for entry in _entries(tree) if entry.pair[0] in ("memory", "size")]
    if not numbers:
        return None
    pair, _, path = random.choice(numbers)
    pair[1] = str(pair[1]) + random.choice(["GB", " GB", "gb", "G"])
    return pair, f"{path}.{pair[0]} is {pair[1]!r}"


def _padded_value(tree: Any, places: set[str], random: Random) -> Made:
    names = [entry for entry in _entries(tree) if entry.place in (".name", ".system_disks[].name")]
    if not names:
        return None
    pair, _, path = random.choice(names)
    pair[1] = random.choice([" {}", "{} "]).format(pair[1])
    return pair, f"{path}.{pair[0]} is {pair[1]!r}"


_SLIPS: dict[str, Callable[[Any, set[str], Random], Made]] = {
    "misspelt tag": _misspelt_tag,
    "wrong by": _wrong_by,
    "wrong enum": _wrong_enum,
    "moved child": _moved_child,
    "repeated child": _repeated_child,
    "text for number": _text_for_number,
    "missing attribute": _missing_attribute,
    "misspelt choice": _misspelt_choice,
    "unit behind number": _unit_behind_number,
    "padded value": _padded_value,
}
