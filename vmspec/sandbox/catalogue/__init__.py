"""The resources that exist in the sandbox.

A lookup that the catalogue does not contain still finds something, derived from the lookup's value: a
spec that was written for a real organization builds in the sandbox too.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any, TypeVar

from attrs import Factory, field, frozen
from attrs.validators import min_len

from vmspec.model import values
from vmspec.model.schema import Lookup
from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.catalogue.base import Named, derived_id
from vmspec.sandbox.catalogue.places import (
    NETHERLANDS,
    UNITED_STATES,
    DataCenter,
    Network,
    VirtualNetwork,
    Zone,
)
from vmspec.sandbox.catalogue.resources import (
    INSTALL_AGENT,
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

__all__ = [
    "Address",
    "Catalogue",
    "DataCenter",
    "Disk",
    "GPUType",
    "Group",
    "IOProfile",
    "Network",
    "Package",
    "PolicyLimits",
    "SSHKey",
    "SpeedProfile",
    "Template",
    "TemplateField",
    "TemplateVersion",
    "User",
    "VirtualNetwork",
    "Zone",
    "new_address",
]

# Networks that are never used on the internet: RFC 2544 (benchmarks) and RFC 3849 (documentation).
_UNKNOWN_ADDRESSES = ipaddress.IPv4Network("198.18.0.0/16")
_NEW_IPV4 = ipaddress.IPv4Network("198.19.0.0/16")
_NEW_IPV6 = ipaddress.IPv6Network("2001:db8::/64")

N = TypeVar("N", bound=Named)


def new_address(version: int, number: int) -> Address:
    """Return the new address with this number, of IP version 4 or 6."""
    network = _NEW_IPV6 if version == 6 else _NEW_IPV4
    return Address(str(network[10 + number % (_NEW_IPV4.num_addresses - 20)]))


def _zones(catalogue: Catalogue) -> tuple[Zone, ...]:
    return tuple(
        Zone(permalink=f"{item.permalink}-zone-1", name=f"{item.name} 1", data_center=item)
        for item in catalogue.data_centers
    )


def _networks(catalogue: Catalogue) -> tuple[Network, ...]:
    return tuple(
        Network(permalink=f"{item.permalink}-public", name="Public Network", data_center=item)
        for item in catalogue.data_centers
    )


def _virtual_networks(catalogue: Catalogue) -> tuple[VirtualNetwork, ...]:
    first = catalogue.data_centers[:1]
    return tuple(VirtualNetwork(name="Private Network", data_center=item) for item in first)


def _gpu_types(catalogue: Catalogue) -> tuple[GPUType, ...]:
    first = catalogue.data_centers[:1]
    gpu = GPUType(
        permalink="l4", name="L4", manufacturer="NVIDIA", memory=24, memory_type="GDDR6", data_centers=first
    )
    return (gpu,)


@frozen(kw_only=True)
class Catalogue:
    """The resources that exist, by kind; each kind can be replaced: ``Catalogue(tags=("web", "db"))``."""

    sub_domain: str = "sandbox"
    organization_id: str = Factory(lambda self: derived_id("org", self.sub_domain), takes_self=True)
    """Id of the only organization."""
    data_centers: tuple[DataCenter, ...] = field(
        default=(
            DataCenter(permalink="uk-lon-01", name="London"),
            DataCenter(permalink="us-nyc-01", name="New York", country=UNITED_STATES),
            DataCenter(permalink="us-azp-01", name="Phoenix", country=UNITED_STATES),
            DataCenter(permalink="nl-ams-01", name="Amsterdam", country=NETHERLANDS),
        ),
        validator=min_len(1),
    )
    zones: tuple[Zone, ...] = Factory(_zones, takes_self=True)
    """By default one for each data center."""
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
    networks: tuple[Network, ...] = Factory(_networks, takes_self=True)
    """By default one for each data center."""
    virtual_networks: tuple[VirtualNetwork, ...] = Factory(_virtual_networks, takes_self=True)
    speed_profiles: tuple[SpeedProfile, ...] = (
        SpeedProfile(permalink="500mbps", mbit=500),
        SpeedProfile(permalink="1gbps", mbit=1000),
        SpeedProfile(permalink="10gbps", mbit=10_000),
        SpeedProfile(permalink="unrestricted"),
    )
    io_profiles: tuple[IOProfile, ...] = (
        IOProfile(permalink="ssd", name="SSD", mb=200, iops=5000),
        IOProfile(permalink="nvme", name="NVMe"),
    )
    addresses: tuple[Address, ...] = (Address("198.51.100.10"), Address("198.51.100.11"))
    groups: tuple[Group, ...] = (Group(name="Web servers"),)
    tags: tuple[str, ...] = ("web", "public", "database", "staging", "production")
    users: tuple[User, ...] = (User(name="Ada Example", email_address="ada@example.com"),)
    ssh_keys: tuple[SSHKey, ...] = (SSHKey(name="ada@laptop", fingerprint="SHA256:" + "x" * 43),)
    disks: tuple[Disk, ...] = (Disk(name="Shared data", size_in_gb=100),)
    gpu_types: tuple[GPUType, ...] = Factory(_gpu_types, takes_self=True)
    policy_limits: PolicyLimits = field(factory=PolicyLimits)

    @property
    def domain(self) -> str:
        """Domain of the machines' host names."""
        return f"{self.sub_domain}.katapult.cloud"

    def data_center(self, lookup: values.DataCenter | None) -> DataCenter:
        """Return the data center of a lookup; the first one without a lookup."""
        if lookup is None:
            return self.data_centers[0]
        return _find(self.data_centers, lookup) or DataCenter.placeholder(lookup)

    def zone(self, spec: VirtualMachineSpec) -> Zone:
        """Return the zone in which a spec is built."""
        if spec.zone is not None:
            found = _find(self.zones, spec.zone)
            return found or Zone.placeholder(spec.zone, data_center=self.data_center(spec.data_center))
        data_center = self.data_center(spec.data_center)
        in_data_center = (item for item in self.zones if item.data_center == data_center)
        derived = Zone(
            permalink=f"{data_center.permalink}-zone-1", name=f"{data_center.name} 1", data_center=data_center
        )
        return next(in_data_center, derived)

    def package(self, lookup: values.Package) -> Package:
        return _find(self.packages, lookup) or Package.placeholder(lookup)

    def template(self, lookup: values.Template) -> Template:
        return _find(self.templates, lookup) or Template.placeholder(lookup)

    def network(self, lookup: values.Network | None, data_center: DataCenter) -> Network:
        """Return the network of a lookup; the data center's public one without a lookup."""
        if lookup is None:
            lookup = values.Network(f"{data_center.permalink}-public", by="permalink")
        return _find(self.networks, lookup) or Network.placeholder(lookup, data_center=data_center)

    def virtual_network(self, lookup: values.VirtualNetwork, data_center: DataCenter) -> VirtualNetwork:
        return _find(self.virtual_networks, lookup) or VirtualNetwork.placeholder(
            lookup, data_center=data_center
        )

    def speed_profile(self, lookup: values.SpeedProfile) -> SpeedProfile:
        return _find(self.speed_profiles, lookup) or SpeedProfile.placeholder(lookup)

    def io_profile(self, lookup: values.IOProfile) -> IOProfile:
        return _find(self.io_profiles, lookup) or IOProfile.placeholder(lookup)

    def group(self, lookup: values.Group) -> Group:
        return _find(self.groups, lookup) or Group.placeholder(lookup)

    def address(self, lookup: values.IPAddress) -> Address:
        """Return the address of a lookup; an invented one for an unknown id."""
        for known in self.addresses:
            if lookup.value == (known.address if lookup.by == "address" else known.id):
                return known
        if lookup.by == "address" and _is_address(lookup.value):
            return Address(lookup.value)
        number = int.from_bytes(hashlib.sha256(lookup.value.encode()).digest()[:4], "big")
        address = str(_UNKNOWN_ADDRESSES[10 + number % (_UNKNOWN_ADDRESSES.num_addresses - 20)])
        return Address(address, lookup.value) if lookup.by == "id" else Address(address)

    def template_version(self, version_id: str | None) -> tuple[Template, TemplateVersion] | None:
        """Return a version with its template, or None for an unknown id."""
        for template in self.templates:
            for version in template.versions:
                if version.id == version_id:
                    return template, version
        return None


def _find(resources: tuple[N, ...], lookup: Lookup) -> N | None:
    found: Any = (item for item in resources if getattr(item, lookup.by) == lookup.value)
    return next(found, None)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
