"""Documents in many layouts: any order and style, with comments, suppressions, nulls and empty lists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from random import Random
from typing import Any

from lxml import etree

from vmspec import VirtualMachineSpec, dumps, validate
from vmspec.documents import FormatName
from vmspec.validation.rules import RULES

_PLAIN = re.compile(r"[A-Za-z][\w./-]*( [\w./-]+)*", re.ASCII)
_LITERAL = re.compile(r"[!-~][ -~]*(\n[!-~][ -~]*)*\n?")
_ESCAPED = re.compile(r"[^ !#-\[\]-~]")
_WORDS = ("x", "size: 5", "- y", "{", "'", "<Tags/>", "é", "[")
_EMPTY_LISTS = {
    "": ("tags", "system_disks", "shared_disks", "network_interfaces", "backup_policies"),
    "authorized_keys": ("users", "ssh_keys"),
}
_NULLS = ("description", "name", "iso", "group", "zone")


class Notes:
    """Draws comments, each different: some for vmspec, with and without effect."""

    def __init__(self, spec: VirtualMachineSpec, random: Random) -> None:
        self.drawn: list[str] = []
        self._random = random
        self._numbers = count(1)
        self._codes = [finding.code for finding in validate(spec).findings] * 3
        self._codes += [random.choice(RULES).name]

    def text(self) -> str:
        """Return the text of a comment."""
        number = next(self._numbers)
        text = f" {number} {self._random.choice(_WORDS)}"
        if self._random.random() < 0.3:
            text = f" vmspec: ignore[{self._random.choice(self._codes)}] for reason {number}"
        self.drawn.append(text)
        return text


def document(format: FormatName, spec: VirtualMachineSpec, random: Random) -> tuple[str, list[str]]:
    """Return a document of a spec, and the texts of its comments."""
    notes = Notes(spec, random)
    if format == "xml":
        return _xml(spec, random, notes), notes.drawn
    data = _with_empties(json.loads(dumps(spec, "json")), random)
    if format == "json":
        return json.dumps(_shuffled(data, random), indent=random.choice([None, 1, 3])), []
    return _YAML(random, notes).document(data), notes.drawn


def _with_empties(data: dict[str, Any], random: Random) -> dict[str, Any]:
    for key in _NULLS:
        if random.random() < 0.15:
            data.setdefault(key, None)
    for where, keys in _EMPTY_LISTS.items():
        inner = data.get(where) if where else data
        for key in keys if isinstance(inner, dict) else ():
            if random.random() < 0.15:
                inner.setdefault(key, random.choice([None, []]))
    return data


def _shuffled(data: Any, random: Random) -> Any:
    if isinstance(data, list):
        return [_shuffled(item, random) for item in data]
    if not isinstance(data, dict):
        return data
    keys = random.sample([*data], len(data))
    return {key: _shuffled(data[key], random) for key in keys}


# YAML


class _YAML:
    def __init__(self, random: Random, notes: Notes) -> None:
        self._random = random
        self._notes = notes

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def document(self, data: dict[str, Any]) -> str:
        lines = [*self._above(""), *(["---"] if self._chance(0.2) else ())]
        if data and self._chance(0.05):
            lines += self._in_flow("", data, "")
        else:
            lines += self._mapping(data, "") if data else ["{}"]
        return "\n".join([*lines, *self._above("")]) + self._random.choice(["\n", "\n\n"])

    def _above(self, indent: str) -> Iterator[str]:
        while self._chance(0.15):
            yield self._random.choice(["", f"{indent}#{self._notes.text()}", f"  #{self._notes.text()}"])

    def _at_end(self) -> str:
        return f" #{self._notes.text()}" if self._chance(0.2) else ""

    def _mapping(self, data: dict[str, Any], indent: str) -> list[str]:
        lines: list[str] = []
        for key in self._random.sample([*data], len(data)):
            lines += self._above(indent)
            start = f'{indent}"{key}":' if self._chance(0.1) else f"{indent}{key}:"
            lines += self._entry(start, data[key], indent, may_be_flush=isinstance(data[key], list))
        return lines

    def _entry(self, start: str, value: Any, indent: str, *, may_be_flush: bool = False) -> list[str]:
        if not value or not isinstance(value, (dict, list)):
            return self._scalar(start, value, indent)
        if self._chance(0.25):
            return self._in_flow(start, value, indent)
        inner = indent + " " * self._random.randint(0 if may_be_flush else 1, 4)
        lines = [start + self._at_end()]
        if isinstance(value, dict):
            return lines + self._mapping(value, inner)
        for item in value:
            lines += [*self._above(inner), *self._item(item, inner)]
        return lines

    def _item(self, item: Any, indent: str) -> list[str]:
        dash = f"{indent}-{' ' * self._random.randint(1, 3)}"
        if not isinstance(item, dict) or not item:
            return self._scalar(f"{indent}-", item, indent)
        if self._chance(0.25):
            return self._in_flow(f"{indent}-", item, indent)
        if self._chance(0.1):
            return [f"{indent}-{self._at_end()}", *self._mapping(item, " " * len(dash))]
        first, *others = self._mapping(item, " " * len(dash))
        lines = [first, *others]
        index = next(i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
        before, content = lines[:index], lines[index]
        return [*before, dash + content[len(dash) :], *lines[index + 1 :]]

    def _scalar(self, start: str, value: Any, indent: str) -> list[str]:
        if isinstance(value, str) and _LITERAL.fullmatch(value) and "\n" in value and self._chance(0.7):
            text = value.removesuffix("\n")
            header = f"{start} |{'' if text != value else '-'}{self._at_end()}"
            blank = [""] if self._chance(0.3) else []
            return [header, *(f"{indent}    {line}" for line in text.split("\n")), *blank]
        if self._chance(0.05):
            return [start + self._at_end(), f"{indent}  {self._inline(value)}{self._at_end()}"]
        return [f"{start} {self._inline(value)}{self._at_end()}"]

    def _inline(self, value: Any) -> str:
        if isinstance(value, str):
            if (
                _PLAIN.fullmatch(value)
                and value.lower() not in ("null", "true", "false")
                and self._chance(0.5)
            ):
                return value
            if value.isprintable() and value.isascii() and self._chance(0.5):
                return "'" + value.replace("'", "''") + "'"
            return '"' + _ESCAPED.sub(lambda found: f"\\U{ord(found[0]):08x}", value) + '"'
        return json.dumps(value)

    def _in_flow(self, start: str, value: Any, indent: str) -> list[str]:
        gap = self._gap(indent) if self._chance(0.4) else lambda: " "
        return f"{start} {self._flow(value, gap)}{self._at_end()}".split("\n")

    def _gap(self, indent: str) -> Callable[[], str]:
        def gap() -> str:
            if self._chance(0.6):
                return " "
            return (
                f"{self._at_end()}\n" + "".join(f"{line}\n" for line in self._above(indent)) + f"{indent}   "
            )

        return gap

    def _flow(self, value: Any, gap: Callable[[], str]) -> str:
        if isinstance(value, dict) and value:
            keys: Sequence[str] = self._random.sample([*value], len(value))
            items = [f"{gap()}{key}: {self._flow(value[key], gap)}" for key in keys]
            return "{" + ",".join(items) + gap() + "}"
        if isinstance(value, list) and value:
            return "[" + ",".join(gap() + self._flow(item, gap) for item in value) + gap() + "]"
        return self._inline(value)


# XML


def _xml(spec: VirtualMachineSpec, random: Random, notes: Notes) -> str:
    tree = etree.fromstring(dumps(spec).encode(), etree.XMLParser(remove_blank_text=True))
    for parent, tags in (
        (tree, ("Tags", "SystemDisks", "NetworkInterfaces", "BackupPolicies")),
        (tree.find("AuthorizedKeys"), ("Users", "SSHKeys")),
    ):
        for tag in tags if parent is not None else ():
            if parent.find(tag) is None and random.random() < 0.2:
                etree.SubElement(parent, tag)
    if random.random() < 0.7:
        tree[:] = random.sample([*tree], len(tree))
    for element in [*tree.iter(etree.Element)]:
        if element.tag == "Name" and element.getparent() is tree and random.random() < 0.5:
            inner = etree.SubElement(element, "Name")
            inner.text, element.text = element.text, None
            _add_notes(inner, random, notes)
        _add_notes(element, random, notes)
    for add in (tree.addprevious, tree.addnext):
        if random.random() < 0.2:
            add(etree.Comment(notes.text()))
    return etree.tostring(tree.getroottree(), encoding="unicode", pretty_print=random.random() < 0.5)


def _add_notes(element: Any, random: Random, notes: Notes) -> None:
    while random.random() < 0.15:
        note = etree.Comment(notes.text())
        if len(element) or not element.text:
            element.insert(random.randint(0, len(element)), note)
        else:
            cut = random.randint(0, len(element.text))
            note.tail, element.text = element.text[cut:], element.text[:cut]
            element.insert(0, note)
