"""Detection of specs, broken or not, among other files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vmspec import dumps, load
from vmspec.documents import FORMATS, FormatName
from vmspec.documents.detection import is_spec
from vmspec.documents.files import read_file

from .support.foreign import FOREIGN

VALID = sorted((Path(__file__).parent.parent / "vectors" / "valid").glob("[!n]*.xml"))


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_file_is_not_a_spec(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(FOREIGN[name])
    assert not is_spec(read_file(file))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_spec_with_a_broken_line_is_a_spec(path: Path, format: FormatName) -> None:
    text = dumps(load(path), format)
    assert is_spec(text.encode())
    assert is_spec(("\ufeff" + text.replace("\n", "\r\n")).encode())
    missed = [broken for broken in with_broken_lines(text, format) if not is_spec(broken.encode())]
    assert missed == []


def with_broken_lines(text: str, format: FormatName) -> Iterator[str]:
    """Yield the text with each line broken in each way, except the root of XML."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if format == "xml" and number < 2:
            continue
        half = line[: len(line) // 2]
        for broken in (
            *("", line + line, half, line.lstrip(" "), f"  {line}", f"\t{line}"),
            *(
                f"<<<<<<< ours\n{line}",
                f"{line}>>>>>>> theirs\n",
                f"& nonsense {line}",
                f'{half}"{line[len(half) :]}',
            ),
            *(line.replace(mark, "") for mark in '"{}[]:,<>/-'),
        ):
            yield "".join((*lines[:number], broken, *lines[number + 1 :]))


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0">\n<VirtualMachineSpec/>',
        '<!DOCTYPE a [<!ENTITY b "]>">]><VirtualMachineSpec>&b;</VirtualMachineSpec>',
        "<!DOCTYPE a [<!-- don't ]> --><?b ]>?>]>\n<VirtualMachineSpec/>",
        '<!-- one --><!-- <two/> --><s:VirtualMachineSpec xmlns:s="urn:s"/>',
        "{data_center: {permalink: uk-lon-01}, resources: {package: {permalink: rock-3}}}",
        "{'zone': {'id': 'zone_x'}, 'hostname': 'web'}",
        '{"$schema": "vmspec.schema.json", "zone": {}, "hostname": "web"}',
        '{"hostnme": "web", "resources": {"package": {}}, "tags": []}',
        "%YAML 1.2\n---\n# a spec\n\nzone: {}\nresources: {}\nnmae: web\n",
        "--- \nzone:\n  permalink: a\nname: web\nfoo: 1\n",
        "  data_center:\n    name: London\n  hostname: web\n",
        "resources: &a\n  package: {id: x}\nhostname: web\n---\nkind: Service\n",
        "resources:\r  package: {id: x}\rhostname: web\r",
        "disk_template: !!map\n  permalink: x\nname: web\nx-note: a\n",
    ],
)
def test_unusual_spec_is_detected(text: str) -> None:
    assert is_spec(text.encode())


MEBIBYTE = 1 << 20
HOSTILE = {
    f"{start!r} {piece!r}": start + piece * (MEBIBYTE // len(piece))
    for start in (b"<", b"<!DOCTYPE a [", b"zone", b"zone:\nname:\nx:", b"{zone", b'{"zone')
    for piece in (
        *(
            b'"',
            b'\\"',
            b"'",
            b"a",
            b"a ",
            b" ",
            b"\n",
            b"a:",
            b"a: \n",
            b"a" * 1000 + b" ",
            b"{",
            b"[",
            b"{}",
        ),
        *(
            b"<",
            b"<!--",
            b"<!-- ' ",
            b"<!---->",
            b"<?",
            b"<?x?>",
            b"<a:",
            b"< a",
            b"#\n",
            b"--- \n",
            b" id",
            b'"a" ',
        ),
    )
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_detection_is_fast_for_any_bytes(data: bytes) -> None:
    started = time.process_time()
    is_spec(data)
    assert time.process_time() - started < 5, "a quadratic scan takes minutes"
