"""Slips in XML documents."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from lxml import etree

from vmspec import dumps
from vmspec.model.spec import VirtualMachineSpec

from .slips import MARK, NOT_NUMBERS, Slip, misspelt, slip_of

Tree = Any

NUMBERS = ("Memory", "CPUCores", "Size", "Retention", "Frequency", "Time")
CHOICES = ("Speed", "FileSystemType", "Interval")
CHOICES_IN_ATTRIBUTES = ("type", "all", "continuous_management")
MAY_BE_REPEATED = {"SystemDisks/Disk", "NetworkInterfaces/NetworkInterface", "BackupPolicies/BackupPolicy"}

Made = tuple[Tree, str] | None
"""The element with the slip, and a description; None if there was no place for one."""


def places_in(spec: VirtualMachineSpec) -> set[str]:
    """Return the places of the elements of a spec, at which they are not a slip."""
    return {_place_of(element) for element in _tree_of(spec).iter()}


def slip(kind: str, spec: VirtualMachineSpec, places: set[str], random: Random) -> Slip | None:
    """Return a slip of a kind in the XML of a spec, if there is a place for one."""
    tree = _tree_of(spec)
    made = _SLIPS[kind](tree, places, random)
    if made is None:
        return None
    element, what = made
    etree.indent(tree)
    height = etree.tostring(element, with_tail=False).count(b"\n") + 1
    element.set("mark", MARK)
    marked = etree.tostring(tree, encoding="unicode").replace(f' mark="{MARK}"', MARK)
    return slip_of(kind, what, "xml", marked, height, _text_of(spec))


def _text_of(spec: VirtualMachineSpec) -> str:
    tree = _tree_of(spec)
    etree.indent(tree)
    text: str = etree.tostring(tree, encoding="unicode")
    return text


def _tree_of(spec: VirtualMachineSpec) -> Tree:
    return etree.fromstring(dumps(spec).encode(), etree.XMLParser(remove_blank_text=True))


def _place_of(element: Tree) -> str:
    """Return the tags down to an element, and if it has children: there are two kinds of <Disk>."""
    path = [ancestor.tag for ancestor in element.iterancestors()]
    return "/".join([*reversed(path), element.tag, "…" if len(element) else ""])


def _misspelt_tag(tree: Tree, places: set[str], random: Random) -> Made:
    element = random.choice([*tree.iter()])
    before, element.tag = element.tag, misspelt(element.tag, random)
    if element.tag == before or _place_of(element) in places:
        return None
    return element, f"<{before}> as <{element.tag}>"


def _wrong_by(tree: Tree, places: set[str], random: Random) -> Made:
    element = random.choice([element for element in tree.iter() if "by" in element.attrib])
    element.set("by", random.choice(["permlink", "slug", "Permalink", "label", "ip", ""]))
    return element, f"<{element.tag}> by {element.get('by')}"


def _wrong_enum(tree: Tree, places: set[str], random: Random) -> Made:
    texts = [*tree.iter(*CHOICES), *tree.iterfind(".//IPAddressAllocation/Version")]
    attributes = [
        (element, name) for element in tree.iter() for name in element.attrib if name in CHOICES_IN_ATTRIBUTES
    ]
    element, name = random.choice([*((element, None) for element in texts), *attributes])
    value = random.choice(["true", "YES", "New", "other", "5", ""])
    if name is None:
        element.text = value
    else:
        element.set(name, value)
    return element, f"{name or 'text'} of <{element.tag}> is {value!r}"


def _moved_child(tree: Tree, places: set[str], random: Random) -> Made:
    element = random.choice([*tree.iter()][1:])
    parent = random.choice([other for other in tree.iter() if other not in element.iter()])
    parent.insert(random.randrange(len(parent) + 1), element)
    return None if _place_of(element) in places else (element, f"<{element.tag}> in <{parent.tag}>")


def _repeated_child(tree: Tree, places: set[str], random: Random) -> Made:
    element = random.choice([*tree.iter()][1:])
    if f"{element.getparent().tag}/{element.tag}" in MAY_BE_REPEATED or element.get("type") == "new":
        return None
    copy = deepcopy(element)
    element.addnext(copy)
    return copy, f"<{element.tag}> twice in <{copy.getparent().tag}>"


def _text_for_number(tree: Tree, places: set[str], random: Random) -> Made:
    numbers = [*tree.iter(*NUMBERS)]
    if not numbers:
        return None
    element = random.choice(numbers)
    element.text = random.choice(NOT_NUMBERS).format(element.text)
    return element, f"<{element.tag}> is {element.text!r}"


def _missing_attribute(tree: Tree, places: set[str], random: Random) -> Made:
    element = random.choice([element for element in tree.iter() if element.attrib])
    name = random.choice([*element.attrib])
    if name == "continuous_management":
        return None
    del element.attrib[name]
    return element, f"<{element.tag}> without {name}"


def _misspelt_choice(tree: Tree, places: set[str], random: Random) -> Made:
    attributes = [
        (element, name) for element in tree.iter() for name in element.attrib if name in CHOICES_IN_ATTRIBUTES
    ]
    element, name = random.choice([*((element, None) for element in tree.iter(*CHOICES)), *attributes])
    before = element.text if name is None else element.get(name)
    value = misspelt(before, random)
    if value == before:
        return None
    if name is None:
        element.text = value
    else:
        element.set(name, value)
    return element, f"{name or 'text'} of <{element.tag}> as {value!r}"


def _unit_behind_number(tree: Tree, places: set[str], random: Random) -> Made:
    numbers = [*tree.iter("Memory", "Size")]
    if not numbers:
        return None
    element = random.choice(numbers)
    element.text += random.choice(["GB", " GB", "gb", "G"])
    return element, f"<{element.tag}> is {element.text!r}"


def _padded_value(tree: Tree, places: set[str], random: Random) -> Made:
    texts = [*tree.iterfind("Name"), *tree.iterfind("SystemDisks/Disk/Name"), *tree.iter("Tag", "SSHKey")]
    if not texts:
        return None
    element = random.choice(texts)
    element.text = random.choice([" {}", "{} ", "\n      {}\n    "]).format(element.text)
    return element, f"<{element.tag}> is {element.text!r}"


_SLIPS: dict[str, Callable[[Tree, set[str], Random], Made]] = {
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
