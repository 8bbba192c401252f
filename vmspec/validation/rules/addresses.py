"""Rules about the values of IP addresses and subnets."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from vmspec.findings import Severity
from vmspec.model.claims import claims_of
from vmspec.model.elements import IPAddressAllocation
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import IPAddress, Subnet
from vmspec.text import quote
from vmspec.validation.rules.registry import Evidence, Problem, Problems, repeats, rule

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network


@rule(
    "VMS266",
    "not-an-address",
    IPAddress,
    when_by=("address",),
    severity=Severity.ERROR,
    evidence=Evidence.LOGIC,
    source="an organization cannot have an address that is not valid",
)
def not_an_address(address: IPAddress) -> Problems:
    """An IP address is looked up by an invalid address.

    The lookup cannot succeed. An address has no prefix length, and the numbers of an IPv4 address are at most
    255 and have no leading zeros.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.480</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.48</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if _parse_address(address.value) is not None:
        return ()
    return [Problem("", f"{quote(address.value)} is not an IP address", _address_hint(address.value))]


@rule(
    "VMS267",
    "not-a-subnet",
    Subnet,
    when_by=("address",),
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the form in which the API expects the address of a subnet is undocumented; an address with or "
    "without a prefix length is assumed",
)
def not_a_subnet(subnet: Subnet) -> Problems:
    """A subnet is looked up by an invalid address.

    The lookup is unlikely to succeed.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Subnet by="address">10.0.0.0/240</Subnet>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Subnet by="address">10.0.0.0/24</Subnet>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if _parse_subnet(subnet.value) is not None:
        return ()
    message = f"{quote(subnet.value)} is not the address of a subnet"
    return [Problem("", message, "use an address and a prefix length, such as 10.0.0.0/24")]


@rule(
    "VMS268",
    "address-family-mismatch",
    IPAddressAllocation,
    when_field="subnet",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a subnet contains addresses of one version only",
)
def address_family_mismatch(allocation: IPAddressAllocation) -> Problems:
    """The version of a new address is not that of its subnet.

    An IPv4 subnet has no IPv6 addresses, and vice versa.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Version>6</Version>
              <Subnet by="address">10.0.0.0/24</Subnet>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Version>4</Version>
              <Subnet by="address">10.0.0.0/24</Subnet>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    version, subnet = allocation.version, allocation.subnet
    if version is None or subnet is None or subnet.by != "address" or allocation.type == "existing":
        return ()
    network = _parse_subnet(subnet.value)
    if network is None or network.version == version:
        return ()
    message = f"version {version} is requested from the IPv{network.version} subnet {quote(subnet.value)}"
    return [Problem("version", message, f"change the version to {network.version}, or name another subnet")]


@rule(
    "VMS269",
    "same-ip-twice",
    VirtualMachineSpec,
    when_field="network_interfaces",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source="the API has an error code for an address that is already allocated",
)
def same_ip_twice(spec: VirtualMachineSpec) -> Problems:
    """An IP address is allocated twice.

    An address belongs to one interface, so the second allocation fails, even within one machine.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">2001:db8::1</IPAddress>
            </IPAddressAllocation>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">2001:DB8:0::1</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">2001:db8::1</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    interfaces = spec.network_interfaces
    if len(interfaces) == 1 and len(interfaces[0].ip_address_allocations) < 2:
        return ()
    claims = [claim for claim in claims_of(spec) if claim.kind == "IP address"]
    problems: list[Problem] = []
    for index in repeats([claim.key for claim in claims]):
        message = f"IP address {quote(claims[index].value)} is allocated twice"
        problems.append(Problem(claims[index].path, message, "name another address, or remove one of them"))
    return problems


@lru_cache(maxsize=256)
def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    from ipaddress import ip_address  # most documents have no address

    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _parse_subnet(text: str) -> IPv4Network | IPv6Network | None:
    from ipaddress import ip_network

    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _address_hint(text: str) -> str:
    address = text.partition("/")[0]
    if address != text and _parse_address(address) is not None:
        return f"remove the prefix length: {address}"
    return "use an IPv4 or IPv6 address, or look it up by id"
