"""The endpoints that list what an organization has: requests, and readers of their rows. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Generic, TypeVar

from attrs import field, frozen

from vmspec.catalogue import (
    Address,
    Disk,
    Entry,
    Organization,
    Package,
    Placed,
    PolicyLimits,
    Reference,
    Resource,
    SSHKey,
    Template,
    TemplateOption,
    TemplateVersion,
    User,
)
from vmspec.katapult.endpoints import Call
from vmspec.katapult.responses import (
    Answer,
    Data,
    UnexpectedShapeError,
    an_object,
    identifier,
    number_or_none,
    part,
    text,
    text_or_none,
)

T = TypeVar("T")

PER_PAGE = 100
"""Rows of one page; the API's default is 30."""


@frozen
class Rows(Generic[T]):
    """One page of a list; ``pages`` is None where the API does not count them."""

    items: tuple[T, ...]
    pages: int | None


@frozen
class Listing(Generic[T]):
    """A list of the API: its path, the key of its rows, and the reader of a row."""

    path: str
    key: str
    read: Callable[[Data], T] = field(repr=False)
    is_paged: bool = True
    params: tuple[tuple[str, str], ...] = ()

    def page(self, organization: tuple[str, str], number: int) -> Call[Rows[T]]:
        """Return the request of one page."""
        params = (organization, *self.params)
        if self.is_paged:
            params = (*params, ("page", str(number)), ("per_page", str(PER_PAGE)))
        return Call("GET", self.path, self._read_page, params)

    def _read_page(self, answer: Answer) -> Rows[T]:
        data = answer.data()
        rows = data.get(self.key)
        if not isinstance(rows, list):
            raise UnexpectedShapeError(f"{self.key} is not a list")
        pages = number_or_none(part(data, "pagination"), "total_pages") if self.is_paged else 1
        return Rows(tuple(self.read(an_object(row)) for row in rows), pages)


def organization_param(organization: str) -> tuple[str, str]:
    """Return the parameter that names an organization by its id or subdomain."""
    key = "id" if organization.startswith("org_") else "sub_domain"
    return f"organization[{key}]", organization


def _reference(row: Data, name: str) -> Reference | None:
    found = row.get(name)
    return Reference(id=identifier(found)) if isinstance(found, dict) else None


def _entry(row: Data) -> Entry:
    return Entry(id=identifier(row), name=text_or_none(row, "name"))


def _resource(row: Data) -> Resource:
    return Resource(
        id=identifier(row), name=text_or_none(row, "name"), permalink=text_or_none(row, "permalink")
    )


def _placed(row: Data) -> Placed:
    return Placed(
        id=identifier(row),
        name=text_or_none(row, "name"),
        permalink=text_or_none(row, "permalink"),
        data_center=_reference(row, "data_center"),
    )


def _package(row: Data) -> Package:
    return Package(
        id=identifier(row),
        name=text_or_none(row, "name"),
        permalink=text_or_none(row, "permalink"),
        memory_in_gb=number_or_none(row, "memory_in_gb"),
        cpu_cores=number_or_none(row, "cpu_cores"),
        storage_in_gb=number_or_none(row, "storage_in_gb"),
    )


def _template(row: Data) -> Template:
    return Template(
        id=identifier(row), name=text_or_none(row, "name"), permalink=text_or_none(row, "permalink")
    )


def _version(row: Data) -> TemplateVersion:
    number = number_or_none(row, "number")
    if number is None:
        raise UnexpectedShapeError("number is not a number")
    return TemplateVersion(
        id=identifier(row),
        number=number,
        stable=row.get("stable") is not False,
        size_in_gb=number_or_none(row, "size_in_gb"),
    )


def _option(row: Data) -> TemplateOption:
    kind = text_or_none(row, "type") or "Text"
    return TemplateOption(
        name=text(row, "name"),
        type=kind,
        required=row.get("required") is True,
        prefill=None if kind == "Password" else text_or_none(row, "prefill"),
    )


def _address(row: Data) -> Address:
    return Address(
        id=identifier(row),
        address=text(row, "address"),
        allocation_id=text_or_none(row, "allocation_id"),
        allocation_type=text_or_none(row, "allocation_type"),
    )


def _user(row: Data) -> User:
    user = part(row, "user")
    names = (text_or_none(user, "first_name"), text_or_none(user, "last_name"))
    name = " ".join(filter(None, names)) or text_or_none(user, "name")
    return User(id=identifier(user), name=name, email_address=text_or_none(user, "email_address"))


def _ssh_key(row: Data) -> SSHKey:
    fingerprint = text_or_none(row, "fingerprint")
    return SSHKey(id=identifier(row), name=text_or_none(row, "name"), fingerprint=fingerprint)


def _disk(row: Data) -> Disk:
    size = number_or_none(row, "size_in_gb")
    return Disk(id=identifier(row), name=text_or_none(row, "name"), size_in_gb=size)


def _tag(row: Data) -> str:
    return text(row, "name")


_ORGANIZATION = "/organizations/organization"

DATA_CENTERS = Listing("/data_centers", "data_centers", _resource, is_paged=False)
ZONES = Listing("/zones", "zones", _placed, is_paged=False)
PACKAGES = Listing("/virtual_machine_packages", "virtual_machine_packages", _package)
TEMPLATES = Listing(
    f"{_ORGANIZATION}/disk_templates", "disk_templates", _template, params=(("include_universal", "true"),)
)
NETWORKS = Listing(f"{_ORGANIZATION}/available_networks", "networks", _placed, is_paged=False)
VIRTUAL_NETWORKS = Listing(f"{_ORGANIZATION}/virtual_networks", "virtual_networks", _placed)
SPEED_PROFILES = Listing(f"{_ORGANIZATION}/network_speed_profiles", "network_speed_profiles", _resource)
IO_PROFILES = Listing(f"{_ORGANIZATION}/disk_io_profiles", "disk_io_profiles", _resource)
ADDRESSES = Listing(f"{_ORGANIZATION}/ip_addresses", "ip_addresses", _address)
GROUPS = Listing(f"{_ORGANIZATION}/virtual_machine_groups", "virtual_machine_groups", _entry, is_paged=False)
TAGS = Listing(f"{_ORGANIZATION}/tags", "tags", _tag)
USERS = Listing(f"{_ORGANIZATION}/users_with_access", "users", _user)
SSH_KEYS = Listing(f"{_ORGANIZATION}/ssh_keys", "ssh_keys", _ssh_key)
DISKS = Listing(f"{_ORGANIZATION}/disks", "disk", _disk)


def template_versions(template_id: str) -> Listing[TemplateVersion]:
    """Return the list of a template's versions."""
    params = (("disk_template[id]", template_id),)
    return Listing(
        "/disk_templates/disk_template/versions", "disk_template_versions", _version, params=params
    )


def template_options(version_id: str) -> Call[tuple[TemplateOption, ...]]:
    """Read the options of a template's version."""
    params = (("disk_template_version[id]", version_id),)
    return Call("GET", "/disk_template_versions/disk_template_version/spec", _read_options, params)


def _read_options(answer: Answer) -> tuple[TemplateOption, ...]:
    fields = part(answer.data(), "spec").get("fields")
    if not isinstance(fields, list):
        raise UnexpectedShapeError("fields is not a list")
    return tuple(_option(an_object(row)) for row in fields)


def network_of_address(address_id: str) -> Call[Reference | None]:
    """Read the network of an IP address, which lists do not have."""
    params = (("ip_address[id]", address_id),)
    return Call("GET", "/ip_addresses/ip_address", partial(_read_network, address_id), params)


def _read_network(wanted: str, answer: Answer) -> Reference | None:
    address = part(answer.data(), "ip_address")
    if identifier(address) != wanted:
        raise UnexpectedShapeError("the id is not the one asked for")
    return _reference(address, "network")


def organization(id_or_sub_domain: str) -> Call[Organization]:
    """Read id and subdomain of the organization."""
    return Call("GET", _ORGANIZATION, _read_organization, (organization_param(id_or_sub_domain),))


def _read_organization(answer: Answer) -> Organization:
    found = part(answer.data(), "organization")
    return Organization(id=identifier(found), sub_domain=text_or_none(found, "sub_domain"))


def limits(organization: str) -> Call[PolicyLimits]:
    """Read the limits of the organization."""
    return Call("GET", f"{_ORGANIZATION}/policy_limits", _read_limits, (organization_param(organization),))


def _read_limits(answer: Answer) -> PolicyLimits:
    found = part(answer.data(), "policy_limits")
    flexible = found.get("flexible_virtual_machine_resources")
    names = (
        *("maximum_virtual_machines", "maximum_virtual_machine_memory", "maximum_disk_space"),
        *("maximum_disk_size", "minimum_disk_size", "maximum_unallocated_ip_addresses"),
    )
    numbers = {name: _limit(found.get(name)) for name in names}
    return PolicyLimits(
        **numbers, flexible_virtual_machine_resources=flexible if isinstance(flexible, bool) else None
    )


def usage(organization: str) -> Call[Mapping[str, int]]:
    """Read how much of its limits the organization uses; of what is unlimited, the API does not tell."""
    return Call("GET", f"{_ORGANIZATION}/policy", _read_usage, (organization_param(organization),))


def _read_usage(answer: Answer) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for name, value in part(answer.data(), "limits").items():
        used = number_or_none(value, "current") if isinstance(value, dict) else None
        if used is not None:
            found[name] = used
    return found


def _limit(value: object) -> int | None:
    if not isinstance(value, dict) or value.get("unlimited") is True:
        return None
    return number_or_none(value, "value")
