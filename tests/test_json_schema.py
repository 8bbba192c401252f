"""The JSON Schema documents every key and agrees with the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from jsonschema import Draft202012Validator

from vmspec import DocumentError, VirtualMachineSpec, dumps, loads
from vmspec.cli import main
from vmspec.testing import specs, texts
from vmspec.validation.xsd import schema_path

SCHEMA: dict[str, Any] = json.loads(schema_path("vmspec.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
VECTORS = Path(__file__).parent / "vectors"
FINE = [
    path
    for folder in ("valid", "doubtful")
    for suffix in ("json", "yaml")
    for path in sorted((VECTORS / folder).glob(f"*.{suffix}"))
    if ".findings" not in path.name
]
WRONG = sorted((VECTORS / "invalid").glob("*.json"))
BEYOND_SCHEMAS = {"key-twice.json", "missing-comma.json", "not-json.json"}


def is_allowed(data: object) -> bool:
    return VALIDATOR.is_valid(data)


def is_readable(data: object) -> bool:
    try:
        loads(json.dumps(data), "json")
    except DocumentError:
        return False
    return True


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_command_line_prints_the_schema(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["schema", "json"]) == 0
    assert capsysbinary.readouterr().out == schema_path("vmspec.schema.json").read_bytes()


def properties_in(schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    match schema:
        case {"properties": {**properties}}:
            yield from properties.items()
    match schema:
        case {**members}:
            for name, member in members.items():
                if name != "not":  # editors do not show it
                    yield from properties_in(member)
        case [*members]:
            for member in members:
                yield from properties_in(member)


def test_every_key_is_documented() -> None:
    keys = dict(properties_in(SCHEMA))
    assert keys.keys() >= {"zone", "ip_address_allocations", "all_users", "email_address", "value"}
    assert [key for key, schema in keys.items() if not schema.get("description", "").endswith(".")] == []
    assert keys["size"]["description"] == "The size in GB."
    assert keys["resources"]["description"].endswith("a package, or memory and cpu_cores.")


@given(specs())
def test_drawn_specs_are_allowed(spec: VirtualMachineSpec) -> None:
    VALIDATOR.validate(json.loads(dumps(spec, "json")))


@pytest.mark.parametrize("path", FINE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_readable_documents_are_allowed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    VALIDATOR.validate(json.loads(text) if path.suffix == ".json" else yaml.safe_load(text))


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_unreadable_documents_are_not_allowed(path: Path) -> None:
    if path.name not in BEYOND_SCHEMAS:
        assert not is_allowed(json.loads(path.read_bytes()))


@pytest.mark.parametrize(
    "data",
    [
        *([], {"nmae": "web"}, {"hostname": 1}, {"hostname": "\x01"}, {"hostname_type": "fixed"}),
        *({"tags": "web"}, {"tags": [None]}, {"system_disks": [{"speed": "fast"}]}),
        *({"data_center": {}}, {"data_center": {"id": "a", "name": "b"}}, {"data_center": {"id": None}}),
        *({"data_center": {"id": ""}}, {"data_center": {"name": "\xa0London"}}, {"iso": {"permalink": "a"}}),
        *({"resources": {"memory": 0}}, {"resources": {"memory": 10**9}}, {"resources": {"memory": "1"}}),
        *({"disk_template": {}}, {"disk_template": {"id": "a", "permalink": "b"}}),
        {"disk_template": {"id": "a", "options": [{"value": "true"}]}},
        {"disk_template": {"id": "a", "options": [{"key": None}]}},
        {"disk_template": {"id": "a", "version": "latest"}},
        {"disk_template": {"id": "a", "version": {"number": "latest"}}},
        {"network_interfaces": [{"network": {"id": "a"}, "virtual_network": {"id": "b"}}]},
        {"network_interfaces": [{"ip_address_allocations": [{"version": 5}]}]},
        {"backup_policies": [{"schedule": {"time": -1}}]},
        {"authorized_keys": {"all_users": "yes"}},
    ],
    ids=str,
)
def test_unreadable_data_is_not_allowed(data: object) -> None:
    assert not is_readable(data)
    assert not is_allowed(data)


@pytest.mark.parametrize(
    "data",
    [
        {"$schema": "vmspec.schema.json", "zone": None, "tags": None, "hostname": None},
        {"network_interfaces": [{"network": {"id": "a"}, "virtual_network": None}]},
        {"disk_template": {"id": "a", "version": {"number": 3}}},
        {"disk_template": {"id": "a", "version": {"id": "dtv_Q3k1LZddqvzMH21b"}}},
        {"disk_template": {"id": "a", "version": None, "options": [{"key": "", "value": None}]}},
    ],
    ids=str,
)
def test_readable_data_is_allowed(data: object) -> None:
    assert is_readable(data)
    assert is_allowed(data)


# Mutations

VALUES: list[object] = [
    *(None, True, False, 0, 1, 4, 5, -1, 20, 999_999_999, 1_000_000_000, 10**20, 1.5, {}, [], [{}], [None]),
    *("", "web", "4", "nvme", "NVME", "new", "daily", "random", "true", "dtv_Q3k1LZddqvzMH21b", "dtv-1"),
    *("a b", "\x01", "\ufffe", "\U0001f427", {"id": "x"}, {"permalink": "x"}, {"number": 3}, {"number": "3"}),
    *({"id": ""}, {"id": "x", "name": "y"}, {"address": 4}, {"type": "new"}, {"key": "k"}),
]
NAMES = ["id", "name", "permalink", "number", "address", "network", "virtual_network", "version", "Size", "x"]
RICH = [json.loads(path.read_bytes()) for path in sorted((VECTORS / "valid").glob("*.json"))]


def places_in(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each mapping or list in the data with each of its keys or indexes."""
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield data, key
        yield from places_in(data[key])


@st.composite
def mutants(draw: DrawFn) -> Any:
    """Draw the data of a spec with one change that does not add whitespace around a value."""
    drawn = specs().map(lambda spec: json.loads(dumps(spec, "json")))
    data = deepcopy(draw(st.one_of(st.sampled_from(RICH), drawn)))
    trimmed = texts().filter(lambda text: text == text.strip(" \t\r\n"))
    place, key = draw(st.sampled_from([*places_in(data), (data, "hostname")]))
    value = deepcopy(draw(st.one_of(st.sampled_from(VALUES), trimmed)))
    match draw(st.sampled_from(["replace", "remove", "rename", "add"])), place:
        case ["replace", _]:
            place[key] = value
        case ["remove", _]:
            place.pop(key, None) if isinstance(place, dict) else place.pop(key)
        case ["rename", dict()]:
            place[draw(st.sampled_from(NAMES))] = place.pop(key, value)
        case ["add", dict()] if value is not None:
            place[draw(st.sampled_from(NAMES))] = value
        case ["add", list()]:
            place.insert(key, value)
    return data


@given(mutants())
def test_schema_and_reader_agree_on_mutations(data: Any) -> None:
    assert is_allowed(data) == is_readable(data)


# Differences that docs/how-to/editors.md lists: its row, a document, and the data that editors see

STRICTER: list[tuple[str, str, object]] = [
    ("whitespace around", '{"resources": {"package": {"permalink": " rock-3 "}}}', None),
    ("whitespace around", '{"system_disks": [{"speed": "nvme\\n"}]}', None),
    ("null in a lookup", '{"resources": {"package": {"id": null, "permalink": "rock-3"}}}', None),
    ("YAML: a number in quotes", 'resources: {memory: "20"}', {"resources": {"memory": "20"}}),
    (
        "YAML: a number in quotes",
        'network_interfaces: [{ip_address_allocations: [{version: "4"}]}]',
        {"network_interfaces": [{"ip_address_allocations": [{"version": "4"}]}]},
    ),
    ("YAML: text that looks like", "hostname: 20", {"hostname": 20}),
    ("YAML: text that looks like", "tags: [true]", {"tags": [True]}),
    ("YAML: text that looks like", "tags: [1e1]", {"tags": [10.0]}),
]
MORE_LENIENT: list[tuple[str, str, object]] = [
    ("a number with a zero fraction", '{"resources": {"memory": 2.0}}', None),
    ("a number with a zero fraction", '{"resources": {"memory": 2e0}}', None),
    ("a number with a zero fraction", "resources: {memory: 1e1}", {"resources": {"memory": 10.0}}),
    ("YAML: a number in another base", "resources: {memory: 0x14}", {"resources": {"memory": 20}}),
    ("YAML: `True`", "authorized_keys: {all_users: True}", {"authorized_keys": {"all_users": True}}),
    ("YAML: anchors", "name: &a web", {"name": "web"}),
    ("YAML: anchors", "name: &a web\nhostname: *a", {"name": "web", "hostname": "web"}),
    ("YAML: anchors", "<<: {name: web}", {"name": "web"}),
    ("YAML: anchors", "name: !!str 20", {"name": "20"}),
    ("YAML: a second document", "name: web\n---\nname: db", {"name": "db"}),
    ("a repeated key", '{"hostname": "a", "hostname": "b"}', None),
    ("an unpaired surrogate", '{"hostname": "\\ud800"}', None),
]
UNCHECKED = [("an empty file", ""), ("an empty file", "# nothing\n")]


def read_any(text: str) -> None:
    loads(text, "json" if text.startswith("{") else "yaml")


@pytest.mark.parametrize(("row", "text", "data"), STRICTER)
def test_schema_is_stricter_than_the_reader(row: str, text: str, data: object) -> None:
    read_any(text)
    assert not is_allowed(json.loads(text) if data is None else data)


@pytest.mark.parametrize(("row", "text", "data"), MORE_LENIENT)
def test_schema_is_more_lenient_than_the_reader(row: str, text: str, data: object) -> None:
    with pytest.raises(DocumentError):
        read_any(text)
    assert is_allowed(json.loads(text) if data is None else data)


@pytest.mark.parametrize(("row", "text"), UNCHECKED)
def test_empty_file_is_rejected_by_the_reader(row: str, text: str) -> None:
    with pytest.raises(DocumentError):
        read_any(text)


def test_differences_are_documented() -> None:
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "editors.md").read_text(encoding="utf-8")
    rows = [line.removeprefix("| ") for line in page.splitlines() if line.startswith("| ")][1:]
    tested = {row for row, *_ in (*STRICTER, *MORE_LENIENT, *UNCHECKED)}
    assert [row for row in rows if not any(row.startswith(start) for start in tested)] == []
    assert [start for start in tested if not any(row.startswith(start) for row in rows)] == []


# Messages


def schemas_in(schema: object) -> Iterator[dict[str, Any]]:
    match schema:
        case {**members}:
            yield members
            for member in members.values():
                yield from schemas_in(member)
        case [*members]:
            for member in members:
                yield from schemas_in(member)


def test_patterns_and_exclusions_have_a_message() -> None:
    special = [schema for schema in schemas_in(SCHEMA) if {"pattern", "not"} & schema.keys()]
    assert len(special) > 10
    assert [schema for schema in special if not schema.get("errorMessage", "").endswith(".")] == []


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"data_center": {"id": "a", "name": "b", "permalink": "c"}}, ["data_center"]),
        ({"data_center": "uk-lon-01"}, ["data_center"]),
        ({"data_center": {"slug": "a", "id": "b"}}, ["data_center"]),
        ({"data_center": {}}, ["data_center"]),
        ({"data_center": {"id": " a"}}, ["data_center", "id"]),
        ({"hostname": 20}, ["hostname"]),
        ({"disk_template": {"id": "a", "permalink": "b"}}, ["disk_template"]),
        ({"disk_template": {}}, ["disk_template"]),
        ({"disk_template": {"id": "a", "version": "latest"}}, ["disk_template", "version"]),
        ({"disk_template": {"id": "a", "version": {"id": "b_1", "number": 3}}}, ["disk_template", "version"]),
        (
            {"network_interfaces": [{"network": {"id": "a"}, "virtual_network": {"id": "b"}}]},
            ["network_interfaces", 0],
        ),
        ({"tags": [None]}, ["tags", 0]),
    ],
    ids=str,
)
def test_one_mistake_is_one_error_at_its_place(data: object, path: list[str | int]) -> None:
    [error] = VALIDATOR.iter_errors(data)
    assert [*error.absolute_path] == path
