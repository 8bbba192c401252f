"""IP addresses: whether they are any, of which version, and whether one is used twice."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from vmspec.documents.messages import quote
from vmspec.findings import Severity
from vmspec.model.elements import IPAddressAllocation
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import IPAddress, Subnet
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network


@rule(
    "VMS266",
    "not-an-address",
    of=IPAddress,
    by=("address",),
    severity=Severity.ERROR,
    evidence=Evidence.LOGIC,
    source="no organization holds an address that is none",
)
def not_an_address(address: IPAddress) -> Problems:
    """An IP address is looked up by an address that is none.

    Nothing can be found by it. A prefix length does not belong to an address, and a number of an IPv4
    address is at most 255 and has no leading zeros.

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
    if _address(address.value) is not None:
        return ()
    return [Problem("", f"{quote(address.value)} is not an IP address", _meant_by(address.value))]


@rule(
    "VMS267",
    "not-a-subnet",
    of=Subnet,
    by=("address",),
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="what the API takes for the address of a subnet is not documented; an address with or without a "
    "prefix length is assumed",
)
def not_a_subnet(subnet: Subnet) -> Problems:
    """A subnet is looked up by an address that is none.

    Nothing is likely to be found by it.

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
    if _subnet(subnet.value) is not None:
        return ()
    message = f"{quote(subnet.value)} is not the address of a subnet"
    return [Problem("", message, "write an address and a prefix length, such as 10.0.0.0/24")]


@rule(
    "VMS268",
    "other-address-family",
    of=IPAddressAllocation,
    at="subnet",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a subnet holds addresses of its own version only",
)
def other_address_family(allocation: IPAddressAllocation) -> Problems:
    """A new address is of one version, and the subnet that it shall come from is of the other.

    No address can be both.

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
    network = _subnet(subnet.value)
    if network is None or network.version == version:
        return ()
    message = f"version {version} from the IPv{network.version} subnet {quote(subnet.value)}"
    return [Problem("version", message, f"make the version {network.version}, or name another subnet")]


@rule(
    "VMS269",
    "same-ip-twice",
    of=VirtualMachineSpec,
    at="network_interfaces",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source="the API has an error of its own for an address that is allocated already",
)
def same_ip_twice(spec: VirtualMachineSpec) -> Problems:
    """One IP address is allocated twice.

    An address belongs to one interface. The second allocation comes too late, also within one machine.

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
    seen: set[object] = set()
    problems: list[Problem] = []
    for i, interface in enumerate(interfaces):
        for j, allocation in enumerate(interface.ip_address_allocations):
            if allocation.ip_address is None:
                continue
            address = _identity(allocation.ip_address)
            if address in seen:
                path = f"network_interfaces[{i}].ip_address_allocations[{j}].ip_address"
                message = f"address {quote(allocation.ip_address.value)} a second time"
                problems.append(Problem(path, message, "name another one, or leave it out"))
            seen.add(address)
    return problems


def _identity(address: IPAddress) -> object:
    """What two ways to write one address have in common."""
    return address.value if address.by == "id" else _address(address.value) or address.value


@lru_cache(maxsize=256)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    from ipaddress import ip_address  # most documents name no address

    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _subnet(text: str) -> IPv4Network | IPv6Network | None:
    from ipaddress import ip_network

    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _meant_by(text: str) -> str:
    """What to do about an address that is none."""
    alone = text.partition("/")[0]
    if alone != text and _address(alone) is not None:
        return f"leave the prefix length out: {alone}"
    return "write an IPv4 or IPv6 address, or look it up by id"
