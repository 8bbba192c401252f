"""Documents for the tests of rules. A marker shows the expected position of the finding."""

from __future__ import annotations

import re

MARK = "▸"

USUAL = {
    "DataCenter": '<DataCenter by="permalink">uk-lon-01</DataCenter>',
    "Resources": '<Resources><Package by="permalink">rock-3</Package></Resources>',
    "DiskTemplate": '<DiskTemplate><DiskTemplate by="permalink">templates/a</DiskTemplate></DiskTemplate>',
}
"""The minimum of a spec without findings."""

_CHILD = re.compile(rf"^<{MARK}?(\w+)", re.MULTILINE)


def whole(children: str, without: str = "") -> str:
    """Return XML with some children of the root, each at the start of a line, and the usual ones."""
    given = {*_CHILD.findall(children), without}
    usual = [child for tag, child in USUAL.items() if tag not in given]
    return "\n".join(["<VirtualMachineSpec>", children, *usual, "</VirtualMachineSpec>", ""])


USUAL_DATA = {
    "data_center": '{"permalink": "uk-lon-01"}',
    "resources": '{"package": {"permalink": "rock-3"}}',
    "disk_template": '{"permalink": "templates/a"}',
}
"""The same in JSON, which is also YAML."""


def whole_json(key: str, value: str) -> str:
    """Return JSON with one key and the usual ones, each on a line of its own."""
    usual = [f'  "{other}": {data}' for other, data in USUAL_DATA.items() if other != key.strip(MARK)]
    mark = MARK if key.startswith(MARK) else ""
    return "{\n" + ",\n".join([f'  {mark}"{key.strip(MARK)}": {value}', *usual]) + "\n}\n"


def whole_yaml(text: str) -> str:
    """Return YAML with one key and the usual ones."""
    key = text.strip(MARK).partition(":")[0]
    usual = [f"{other}: {data}\n" for other, data in USUAL_DATA.items() if other != key]
    return "---\n" + "".join(usual) + text + "\n"


def at_root(text: str) -> str:
    """Return a document with the marker at its root."""
    return text.replace("<", "<" + MARK, 1)


def unmarked(text: str) -> tuple[str, tuple[int, int]]:
    """Return a document without its marker, and the line and column of the marker."""
    before, mark, after = text.partition(MARK)
    assert mark, "the document has no marker"
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))
