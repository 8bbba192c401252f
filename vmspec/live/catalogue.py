"""Reading the catalogue of an organization, in one pass over the API's lists."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from itertools import count
from typing import Any, TypeVar

from attrs import define, evolve, field

from vmspec.catalogue import (
    Address,
    Catalogue,
    InUse,
    Organization,
    Template,
    TemplateVersion,
)
from vmspec.errors import (
    OrganizationNotFoundError,
    PermissionDeniedError,
    RefusedError,
    ScopeNotGrantedError,
    UnexpectedAnswerError,
)
from vmspec.katapult.endpoints import Call
from vmspec.katapult.submission.operation import Operation, Session
from vmspec.live import endpoints
from vmspec.live.endpoints import Listing

T = TypeVar("T")

LIMITED_READ_S = 75.0
"""Timeout of one read with all its tries; where the rate is spent, it waits until the minute is over."""
MAX_ROWS = 100_000
"""Rows of one list; more are not an organization's but a server's that never ends."""
MAX_ADDRESSES = 500
"""Free addresses whose network is looked up, which takes a request for each; beyond, it stays unknown."""

NO_ENDPOINT = "no_endpoint"
"""Reason for kinds that the API does not list."""

LISTINGS: dict[str, Listing[Any]] = {
    "data_centers": endpoints.DATA_CENTERS,
    "zones": endpoints.ZONES,
    "packages": endpoints.PACKAGES,
    "networks": endpoints.NETWORKS,
    "virtual_networks": endpoints.VIRTUAL_NETWORKS,
    "speed_profiles": endpoints.SPEED_PROFILES,
    "io_profiles": endpoints.IO_PROFILES,
    "groups": endpoints.GROUPS,
    "tags": endpoints.TAGS,
    "users": endpoints.USERS,
    "ssh_keys": endpoints.SSH_KEYS,
    "disks": endpoints.DISKS,
}
"""The lists that need nothing but their pages, by the field of the catalogue."""


def read_catalogue(session: Session, today: datetime.date) -> Operation[Catalogue]:
    """Return everything that the token may read; the rest is in ``unreadable``.

    Raise an ApiError if the API cannot be read at all.
    """
    reader = _Reader(session)
    kinds: dict[str, Any] = {}
    organization = yield from reader.attempt("organization", reader.organization())
    for name, listing in LISTINGS.items():
        kinds[name] = yield from reader.attempt(name, reader.rows(listing))
    kinds["disk_templates"] = yield from reader.attempt("disk_templates", reader.templates())
    kinds["ip_addresses"] = yield from reader.attempt("ip_addresses", reader.addresses())
    limits = reader.read(endpoints.limits(session.organization))
    kinds["policy_limits"] = yield from reader.attempt("policy_limits", limits)
    return Catalogue(
        api=session.api_url,
        organization=organization or _named(session.organization),
        changed_on=today,
        unreadable={**reader.unreadable, "isos": NO_ENDPOINT, "subnets": NO_ENDPOINT},
        **kinds,
    )


def read_in_use(session: Session) -> Operation[InUse]:
    """Return the machines that exist, and the memory and disk space that count against a limit."""
    machines = yield from session.machines({})
    reader = _Reader(session)
    used = (yield from reader.attempt("policy", reader.read(endpoints.usage(session.organization)))) or {}
    return InUse(
        hostnames=frozenset(machine.hostname.lower() for machine in machines if machine.hostname),
        machines=len(machines),
        memory_in_gb=used.get("virtual_machine_memory"),
        disk_space_in_gb=used.get("disk_space"),
    )


def read_current(session: Session, today: datetime.date) -> Operation[Catalogue]:
    """Return the catalogue with the machines that exist now, for checks before a submission."""
    catalogue = yield from read_catalogue(session, today)
    in_use = yield from read_in_use(session)
    return evolve(catalogue, in_use=in_use)


def _named(organization: str) -> Organization:
    is_id = organization.startswith("org_")
    return Organization(id=organization) if is_id else Organization(sub_domain=organization)


@define
class _Reader:
    """State of one pass over the lists."""

    session: Session
    unreadable: dict[str, str] = field(factory=dict)

    def attempt(self, name: str, operation: Operation[T]) -> Operation[T | None]:
        """Return the result of an operation; None, noted, where the token may not read it."""
        try:
            return (yield from operation)
        except (ScopeNotGrantedError, PermissionDeniedError) as error:
            self.unreadable[name] = error.code or "refused"
        except OrganizationNotFoundError:
            raise
        except RefusedError as error:
            if error.status != 404:
                raise
            self.unreadable[name] = error.code or "not_found"
        return None

    def rows(self, listing: Listing[T]) -> Operation[tuple[T, ...]]:
        """Return the rows of all pages, each once: rows may move to the next page meanwhile."""
        organization = endpoints.organization_param(self.session.organization)
        found: dict[T, None] = {}
        for number in count(1):
            page = yield from self.read(listing.page(organization, number))
            before = len(found)
            found.update(dict.fromkeys(page.items))
            if len(found) > MAX_ROWS:
                raise UnexpectedAnswerError(f"the list of {listing.key} has more than {MAX_ROWS:,} rows")
            if number >= page.pages if page.pages is not None else len(found) == before:
                break
        return tuple(found)

    def organization(self) -> Operation[Organization]:
        """Return the organization; this first read tells soon if the API cannot be reached."""
        return (yield from self.session.read(endpoints.organization(self.session.organization)))

    def templates(self) -> Operation[tuple[Template, ...]]:
        """Return the templates with their versions, and the options of each version."""
        templates = yield from self.rows(endpoints.TEMPLATES)
        found: list[Template] = []
        for template in templates:
            listing = endpoints.template_versions(template.id)
            versions = yield from self.attempt("template_versions", self.rows(listing))
            if versions is not None:
                versions = yield from self._with_options(versions)
            found.append(evolve(template, versions=versions))
        return tuple(found)

    def addresses(self) -> Operation[tuple[Address, ...]]:
        """Return the addresses; the free ones, which a spec can name, with their networks."""
        addresses = yield from self.rows(endpoints.ADDRESSES)
        found: list[Address] = []
        looked_up = 0
        for address in addresses:
            if address.allocation_id is None and looked_up < MAX_ADDRESSES:
                looked_up += 1
                call = endpoints.network_of_address(address.id)
                network = yield from self.attempt("networks_of_ip_addresses", self.read(call))
                address = evolve(address, network=network)
            found.append(address)
        return tuple(found)

    def _with_options(self, versions: Iterable[TemplateVersion]) -> Operation[tuple[TemplateVersion, ...]]:
        found: list[TemplateVersion] = []
        for version in versions:
            call = endpoints.template_options(version.id)
            options = yield from self.attempt("template_options", self.read(call))
            found.append(evolve(version, options=options))
        return tuple(found)

    def read(self, call: Call[T]) -> Operation[T]:
        """Return the answer to one request."""
        return (yield from self.session.read(call, self.session.clock() + LIMITED_READ_S))
