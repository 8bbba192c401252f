"""The fast reader accepts nothing that the slow one rejects, and every canonical document."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from vmspec import DocumentError, VirtualMachineSpec, dumps, load
from vmspec.documents.data import JSON, YAML, reader
from vmspec.documents.data.json_writer import to_plain
from vmspec.documents.data.nodes import MAX_NODES
from vmspec.model.elements import SystemDisk
from vmspec.testing import specs

VALID = sorted((Path(__file__).parents[2] / "vectors" / "valid").glob("*.json"))
RICH = [to_plain(load(path)) for path in VALID]
FORMATS = {"json": JSON(), "yaml": YAML()}

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 4, 5, 6, 10**9, 10**33, 1.0, 1.5, {}, [], [None]),
    *("", " ", "x", " x", "x ", "é\xa0", "\x00", "\x0b", "\ud800", "\ufffe", "\u2028", "\U0001f427"),
    *("3", "03", "+3", "-0", "1e3", "dtv_1", "null", "~", "true", "yes", "no"),
    *(" nvme ", "nvme", "new", "random"),
    *({"id": "x"}, {"id": None}, {"id": "x", "name": "y"}, {"id": "x", "permalink": None}),
    *({"number": 3}, {"number": "3"}, {"by": "id"}),
)
KEYS = ("id", "name", "permalink", "number", "version", "hostname_type", "zone", "$schema", "foo", "")
CRUMBS = (
    *("{", "}", "[", "]", ",", ":", '"', "'", "-0", "1.0", "1e5", "NaN", "null", "\\ud800", '"id": "x",'),
    *("- ", "? ", ": ", "|", ">", "&a ", "*a", "!a ", "!!str ", "---\n", "...\n", "%YAML 1.1\n", "<<: "),
    *("~", "#", "//", " ", "\n", "\r", "\t", "\x85", "\xa0", "\u2028", "\ufeff", "\x00", "@", "`"),
)


def slow_read(format: str, text: str) -> VirtualMachineSpec | None:
    """Return what the slow reader reads; None if it rejects the text."""
    try:
        return reader.read(FORMATS[format].parse(text), text)
    except DocumentError:
        return None


def check(format: str, text: str) -> None:
    spec = FORMATS[format].read_fast(text)
    assert spec is None or spec == slow_read(format, text)


@st.composite
def mutated_data(draw: DrawFn) -> Any:
    """Draw the plain data of a spec with a few values replaced, added or left out."""
    data = deepcopy(draw(st.one_of(st.sampled_from(RICH), specs().map(to_plain))))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = data
        while True:
            items = place.values() if isinstance(place, dict) else place
            inner = [item for item in items if isinstance(item, (dict, list))]
            if not inner or draw(st.booleans()):
                break
            place = draw(st.sampled_from(inner))
        value = deepcopy(draw(st.sampled_from(VALUES)))
        if isinstance(place, dict):
            place[draw(st.sampled_from([*place, *KEYS]))] = value
        else:
            place.insert(draw(st.integers(0, len(place))), value)
    return data


@st.composite
def spoilt(draw: DrawFn, text: str) -> str:
    """Draw a text with up to two pieces replaced."""
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 3, len(text))))
        text = text[:start] + draw(st.sampled_from(("", *CRUMBS))) + text[end:]
    return text


@given(mutated_data().map(json.dumps).flatmap(spoilt))
@example('{"backup_policies": [{"schedule": {"time": -0}}]}')
@example('{"name": "a", "name": "a"}')
@example('{"$schema": "\\ud800"}')
@example('{"$schema": 5}')
@example('{"$schema": null}')
@example('["$schema"]')
@example('"$schema"')
@example('{"hostname_type": "random"}')
@example('{"hostname": "", "hostname_type": "random"}')
@example('{"disk_template": {"id": "a", "permalink": "b"}}')
@example('{"disk_template": {"id": "a", "version": "3"}}')
@example('{"disk_template": {"id": "a", "version": true}}')
@example('{"iso": "iso_1"}')
@example('{"iso": 5}')
@example("{" * 100_000)
@example("[" * 100_000)
def test_json_is_read_as_by_the_slow_reader(text: str) -> None:
    check("json", text)


@given(
    st.one_of(mutated_data().map(json.dumps), specs().map(lambda spec: dumps(spec, "yaml"))).flatmap(spoilt)
)
@example("name: a\nname: a\n")
@example("name: a\n---\nname: a\n")
@example("? [a]\n: b\n")
@example("name: &a b\n")
@example("name: !!str b\n")
@example("name: *a\n")
@example("")
@example("# nothing\n")
@example("tags: [~]\n")
@example("tags: ['~']\n")
@example("resources: {memory: '4'}\n")
@example("authorized_keys: {all_users: 'true'}\n")
@example("disk_template: {id: a, version: dtv_1}\n")
@example("zone: {id: a, id: ~}\n")
@example("[" * 100_000)
@example("{" * 10_000)
def test_yaml_is_read_as_by_the_slow_reader(text: str) -> None:
    check("yaml", text)


@pytest.mark.parametrize("format", FORMATS)
@given(spec=specs())
def test_canonical_document_is_accepted(format: str, spec: VirtualMachineSpec) -> None:
    text = FORMATS[format].write(spec)
    may_be_left = (spec,) if len(text) <= MAX_NODES else (spec, None)
    assert FORMATS[format].read_fast(text) in may_be_left


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("json", '{"tags": [' + '"",' * MAX_NODES + '""]}'),
        ("json", '{"tags": [' + "1," * MAX_NODES + "1]}"),
        ("yaml", "tags: [" + "a," * MAX_NODES + "a]"),
    ],
)
def test_document_over_a_limit_is_left_to_the_slow_reader(format: str, text: str) -> None:
    assert FORMATS[format].read_fast(text) is None


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_long_document_within_the_limits_is_read_fast(format: str) -> None:
    disks = tuple(SystemDisk(name=f"{number} {'x' * 400}", size=20) for number in range(1_500))
    spec = VirtualMachineSpec(system_disks=disks, hostname="web-1")
    text = FORMATS[format].write(spec)
    assert len(text) > 600_000
    assert FORMATS[format].read_fast(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        "tags:\n" + "- a\n" * (MAX_NODES + 5),
        "x: {" + ",".join(f"k{number}" for number in range(MAX_NODES // 2 + 5)) + "}",
        "".join(f"k{number}: a\n" for number in range(MAX_NODES // 2 + 5)),
        "".join(f"? k{number}\n" for number in range(MAX_NODES // 2 + 5)),
        "x:\n" + "- - a\n" * (MAX_NODES // 2 + 5),
    ],
)
def test_yaml_that_is_too_large_is_never_counted_as_small(text: str) -> None:
    assert FORMATS["yaml"].read_fast(text) is None
    with pytest.raises(DocumentError, match="VMS004"):
        FORMATS["yaml"].read(text.encode())


def test_yaml_is_read_without_a_constructor() -> None:
    text = "tags: [no, 22:22, 1e3, 0x1F, 2024-01-01, '1', =]\n"
    assert FORMATS["yaml"].read_fast(text) == VirtualMachineSpec(
        tags=("no", "22:22", "1e3", "0x1F", "2024-01-01", "1", "=")
    )
