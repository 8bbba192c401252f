"""Reading a catalogue from JSON in the form of the API's lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from attrs import fields

from vmspec.errors import ConfigurationError
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.catalogue.places import Country, DataCenter, Network, VirtualNetwork, Zone
from vmspec.sandbox.catalogue.resources import (
    Address,
    Disk,
    GPUType,
    Group,
    IOProfile,
    Package,
    PolicyLimits,
    SpeedProfile,
    SSHKey,
    Template,
    TemplateField,
    TemplateVersion,
    User,
)

T = TypeVar("T")

_KEYS = {
    "memory": "memory_in_gb",
    "storage": "storage_in_gb",
    "mbit": "download_speed_in_mbit",
    "mb": "speed_in_mb",
    "code3": "iso_code3",
}
"""Keys of the API whose field has another name."""

_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}

_KINDS = {
    "packages": (Package, "virtual_machine_packages"),
    "speed_profiles": (SpeedProfile, "network_speed_profiles"),
    "io_profiles": (IOProfile, "disk_io_profiles"),
    "groups": (Group, "virtual_machine_groups"),
    "ssh_keys": (SSHKey, "ssh_keys"),
    "disks": (Disk, "disks"),
}
"""Kinds without references, each with its class and its key in the API's list."""


def load_catalogue(path: str | Path) -> Catalogue:
    """Read a catalogue from a JSON file; raise ConfigurationError for an invalid one."""
    try:
        return _read_catalogue(json.loads(Path(path).read_bytes()))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not a catalogue: {error}") from None


def _read_catalogue(content: Any) -> Catalogue:
    content = _object(content)
    values: dict[str, Any] = {}
    organization = _object(content.get("organization", {}))
    if "sub_domain" in organization:
        values["sub_domain"] = str(organization["sub_domain"])
    if "id" in organization:
        values["organization_id"] = str(organization["id"])
    if "data_centers" in content:
        values["data_centers"] = tuple(_data_center(row) for row in _rows(content, "data_centers"))
    data_centers = Catalogue(**values).data_centers
    for name, kind in (("zones", Zone), ("networks", Network), ("virtual_networks", VirtualNetwork)):
        if name in content:
            values[name] = tuple(
                _read(kind, row, data_center=_referenced(data_centers, row["data_center"]))
                for row in _rows(content, name)
            )
    for name, (plain_kind, api_name) in _KINDS.items():
        if name in content or api_name in content:
            values[name] = tuple(_read(plain_kind, row) for row in _rows(content, name, api_name))
    if "disk_templates" in content:
        values["templates"] = tuple(_template(row) for row in _rows(content, "disk_templates"))
    if "gpu_types" in content:
        values["gpu_types"] = tuple(_gpu_type(row, data_centers) for row in _rows(content, "gpu_types"))
    if "ip_addresses" in content:
        networks = Catalogue(**values).networks
        values["addresses"] = tuple(_address(row, networks) for row in _rows(content, "ip_addresses"))
    if "users" in content:
        values["users"] = tuple(_user(row) for row in _rows(content, "users"))
    if "tags" in content:
        values["tags"] = tuple(row if isinstance(row, str) else row["name"] for row in content["tags"])
    if "policy_limits" in content:
        values["policy_limits"] = _policy_limits(_object(content["policy_limits"]))
    return Catalogue(**values)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got {json.dumps(value)[:40]}")
    return value


def _rows(content: Mapping[str, Any], *names: str) -> list[dict[str, Any]]:
    rows = next(content[name] for name in names if name in content)
    if not isinstance(rows, list):
        raise ValueError(f"{names[0]} must be a list")
    return [_object(row) for row in rows]


def _read(kind: type[T], row: Mapping[str, Any], **values: Any) -> T:
    """Return a resource from the keys of a row that its class has."""
    for attribute in fields(kind):  # type: ignore[arg-type]
        name: str = attribute.name
        expected = _TYPES.get(str(attribute.type).removesuffix(" | None"))
        value = row.get(_KEYS.get(name, name))
        if expected is None or name in values or value is None:
            continue
        if type(value) is not expected:
            raise ValueError(f"{_KEYS.get(name, name)} must be of type {expected.__name__}")
        values[name] = value
    return kind(**values)


def _referenced(resources: Iterable[T], reference: Any) -> T:
    """Return the resource that an object refers to by id or permalink."""
    for resource in resources:
        for key in ("id", "permalink"):
            if _object(reference).get(key) == getattr(resource, key):
                return resource
    raise ValueError(f"there is nothing with {json.dumps(reference)[:80]}")


def _data_center(row: Mapping[str, Any]) -> DataCenter:
    country = _object(row.get("country") or {})
    if not country:
        return _read(DataCenter, row)
    code = country.get("iso_code2", country["name"])
    return _read(DataCenter, row, country=_read(Country, country, permalink=code))


def _template(row: Mapping[str, Any]) -> Template:
    versions = [_object(item) for item in row.get("versions", [row.get("latest_version") or {"number": 1}])]
    newest = max((int(item["number"]) for item in versions), default=1)
    if not all("id" in item for item in versions):
        return _read(Template, row, newest=newest)
    read = (_read(TemplateVersion, item, fields=_options(item)) for item in versions)
    return _read(Template, row, newest=newest, versions=tuple(sorted(read, key=lambda item: item.number)))


def _options(version: Mapping[str, Any]) -> tuple[TemplateField, ...]:
    options = version.get("options", version.get("fields", []))
    return tuple(_read(TemplateField, _object(option)) for option in options)


def _gpu_type(row: Mapping[str, Any], data_centers: Iterable[DataCenter]) -> GPUType:
    named = tuple(_referenced(data_centers, item) for item in row.get("data_centers", []))
    return _read(GPUType, row, data_centers=named)


def _address(row: Mapping[str, Any], networks: tuple[Network, ...]) -> Address:
    network = row.get("network")
    return _read(Address, row, network=None if network is None else _referenced(networks, network))


def _user(row: Mapping[str, Any]) -> User:
    user = _object(row.get("user", row))
    name = user.get("name", f"{user.get('first_name', '')} {user.get('last_name', '')}".strip())
    return _read(User, user, name=name)


def _policy_limits(limits: Mapping[str, Any]) -> PolicyLimits:
    known = {field.name for field in fields(PolicyLimits)}
    plain = {name: value["value"] if isinstance(value, dict) else value for name, value in limits.items()}
    return PolicyLimits(**{name: value for name, value in plain.items() if name in known})
