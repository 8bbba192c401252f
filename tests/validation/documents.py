"""Documents for the tests of rules: a marker stands where the finding is expected."""

from __future__ import annotations

import re

MARK = "▸"

USUAL = {
    "DataCenter": '<DataCenter by="permalink">uk-lon-01</DataCenter>',
    "Resources": '<Resources><Package by="permalink">rock-3</Package></Resources>',
    "DiskTemplate": '<DiskTemplate><DiskTemplate by="permalink">templates/a</DiskTemplate></DiskTemplate>',
}
"""What a spec has at least to which no rule objects."""

_CHILD = re.compile(rf"^<{MARK}?(\w+)", re.MULTILINE)


def whole(children: str, without: str = "") -> str:
    """The XML of some children of the root, each begun at the start of a line, and of what is usual."""
    given = {*_CHILD.findall(children), without}
    usual = [child for tag, child in USUAL.items() if tag not in given]
    return "\n".join(["<VirtualMachineSpec>", children, *usual, "</VirtualMachineSpec>", ""])


USUAL_DATA = {
    "data_center": '{"permalink": "uk-lon-01"}',
    "resources": '{"package": {"permalink": "rock-3"}}',
    "disk_template": '{"permalink": "templates/a"}',
}
"""The same in JSON, which is YAML too."""


def whole_json(key: str, value: str) -> str:
    """The JSON of one key and of what is usual; each key on a line of its own."""
    usual = [f'  "{other}": {data}' for other, data in USUAL_DATA.items() if other != key.strip(MARK)]
    mark = MARK if key.startswith(MARK) else ""
    return "{\n" + ",\n".join([f'  {mark}"{key.strip(MARK)}": {value}', *usual]) + "\n}\n"


def whole_yaml(text: str) -> str:
    """The YAML of one key with its value, and of what is usual."""
    key = text.strip(MARK).partition(":")[0]
    usual = [f"{other}: {data}\n" for other, data in USUAL_DATA.items() if other != key]
    return "---\n" + "".join(usual) + text + "\n"


def at_root(text: str) -> str:
    """A document with the marker at its root."""
    return text.replace("<", "<" + MARK, 1)


def unmarked(text: str) -> tuple[str, tuple[int, int]]:
    """A document without its marker, and the line and column where that was."""
    before, mark, after = text.partition(MARK)
    assert mark, "no marker says where the finding is"
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))
