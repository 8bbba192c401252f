"""The resources that exist in the sandbox.

A lookup that the catalogue does not contain still finds something, derived from the lookup's value: a
spec that was written for a real organization builds in the sandbox too.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TypeVar

from attrs import field, frozen
from attrs.validators import min_len

from vmspec.model import values
from vmspec.model.schema import Lookup
from vmspec.sandbox.catalogue.resources import (
    INSTALL_AGENT,
    NETHERLANDS,
    UNITED_STATES,
    Address,
    DataCenter,
    Network,
    Package,
    Resource,
    SpeedProfile,
    Template,
    TemplateField,
    derived_id,
)

# Networks that are never used on the internet: RFC 2544 (benchmarks) and RFC 3849 (documentation).
_UNKNOWN_ADDRESSES = ipaddress.IPv4Network("198.18.0.0/16")
_NEW_IPV4 = ipaddress.IPv4Network("198.19.0.0/16")
_NEW_IPV6 = ipaddress.IPv6Network("2001:db8::/64")

R = TypeVar("R", bound=Resource)


def new_address(version: int, number: int) -> Address:
    """Return the new address with this number, of IP version 4 or 6."""
    network = _NEW_IPV6 if version == 6 else _NEW_IPV4
    return Address(str(network[10 + number % (_NEW_IPV4.num_addresses - 20)]))


@frozen(kw_only=True)
class Catalogue:
    """The resources that exist, by kind; each kind can be replaced: ``Catalogue(tags=("web", "db"))``."""

    sub_domain: str = "sandbox"
    data_centers: tuple[DataCenter, ...] = field(
        default=(
            DataCenter(permalink="uk-lon-01", name="London"),
            DataCenter(permalink="us-nyc-01", name="New York", country=UNITED_STATES),
            DataCenter(permalink="us-azp-01", name="Phoenix", country=UNITED_STATES),
            DataCenter(permalink="nl-ams-01", name="Amsterdam", country=NETHERLANDS),
        ),
        validator=min_len(1),
    )
    packages: tuple[Package, ...] = tuple(
        Package(permalink=f"rock-{n}", name=f"ROCK-{n}", memory=n, cpu_cores=cores, storage=storage)
        for n, cores, storage in ((1, 1, 10), (3, 1, 25), (6, 2, 50), (12, 4, 100), (24, 8, 200))
    )
    templates: tuple[Template, ...] = (
        Template(permalink="templates/ubuntu-18-04", name="Ubuntu 18.04"),
        Template(permalink="templates/ubuntu-22-04", name="Ubuntu 22.04", newest=3),
        Template(permalink="templates/ubuntu-24-04", name="Ubuntu 24.04", newest=2),
        Template(permalink="templates/debian-12", name="Debian 12", newest=2),
        Template(
            permalink="templates/windows-2022",
            name="Windows Server 2022",
            fields=(
                TemplateField(
                    name="password", label="Administrator password", type="Password", required=True
                ),
                TemplateField(name="keyboard", label="Keyboard", type="Keyboard", prefill="en-gb"),
                TemplateField(name="time_zone", label="Time zone"),
                INSTALL_AGENT,
            ),
        ),
    )
    networks: tuple[Network, ...] = tuple(
        Network(permalink=f"{data_center}-public", name="Public Network")
        for data_center in ("uk-lon-01", "us-nyc-01", "us-azp-01", "nl-ams-01")
    )
    speed_profiles: tuple[SpeedProfile, ...] = tuple(
        SpeedProfile(permalink=name) for name in ("500mbps", "1gbps", "10gbps", "unrestricted")
    )
    addresses: tuple[Address, ...] = (Address("198.51.100.10"), Address("198.51.100.11"))
    tags: tuple[str, ...] = ("web", "public", "database", "staging", "production")

    @property
    def organization_id(self) -> str:
        """Id of the only organization."""
        return derived_id("org", self.sub_domain)

    @property
    def domain(self) -> str:
        """Domain of the machines' host names."""
        return f"{self.sub_domain}.katapult.cloud"

    def data_center(self, lookup: values.DataCenter | None) -> DataCenter:
        """Return the data center of a lookup; the first one without a lookup."""
        return self.data_centers[0] if lookup is None else _find(DataCenter, self.data_centers, lookup)

    def package(self, lookup: values.Package) -> Package:
        return _find(Package, self.packages, lookup)

    def template(self, lookup: values.Template) -> Template:
        return _find(Template, self.templates, lookup)

    def network(self, lookup: values.Network | None, data_center: DataCenter) -> Network:
        """Return the network of a lookup; the data center's public one without a lookup."""
        if lookup is None:
            lookup = values.Network(f"{data_center.permalink}-public", by="permalink")
        return _find(Network, self.networks, lookup)

    def speed_profile(self, lookup: values.SpeedProfile) -> SpeedProfile:
        return _find(SpeedProfile, self.speed_profiles, lookup)

    def address(self, lookup: values.IPAddress) -> Address:
        """Return the address of a lookup; an invented one for an unknown id."""
        if lookup.by == "address" and _is_address(lookup.value):
            return Address(lookup.value)
        known = next((item for item in self.addresses if item.id == lookup.value), None)
        if known is not None:
            return known
        number = int.from_bytes(hashlib.sha256(lookup.value.encode()).digest()[:4], "big")
        address = str(_UNKNOWN_ADDRESSES[10 + number % (_UNKNOWN_ADDRESSES.num_addresses - 20)])
        return Address(address, lookup.value) if lookup.by == "id" else Address(address)

    def template_version(self, version_id: str) -> tuple[Template, int] | None:
        """Return template and number of a version, or None for an unknown id."""
        for template in self.templates:
            for number in range(1, template.newest + 1):
                if template.version_id(number) == version_id:
                    return template, number
        return None


def _find(cls: type[R], resources: tuple[R, ...], lookup: Lookup) -> R:
    for resource in resources:
        names = {"id": resource.id, "permalink": resource.permalink, "name": resource.name}
        if lookup.value == names[lookup.by]:
            return resource
    return cls.placeholder(lookup)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
