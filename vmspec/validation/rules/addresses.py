"""IP addresses: what an allocation needs, and whether what it names is an address at all."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from vmspec.documents.words import shown
from vmspec.findings import Severity
from vmspec.model.elements import IPAddressAllocation
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import IPAddress, Subnet
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network


@rule(
    "VMS261",
    "allocation-without-type",
    of=IPAddressAllocation,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library knows two types and always writes one",
)
def allocation_without_type(allocation: IPAddressAllocation) -> Problems:
    """An IP address allocation does not say whether the address is new or existing.

    What it holds suggests the answer, but nothing shows that Katapult guesses.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation>
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if allocation.type is not None:
        return ()
    meant = "existing" if allocation.ip_address is not None else "new"
    return [Problem("", "an IP address allocation without a type", f"its type is {meant}, it seems")]


@rule(
    "VMS262",
    "existing-without-address",
    of=IPAddressAllocation,
    severity=Severity.ERROR,
    evidence=Evidence.RECORDED,
    source="every existing allocation in recorded traffic and in the vendor's examples names its address",
)
def existing_without_address(allocation: IPAddressAllocation) -> Problems:
    """An existing address is to be used, and none is named.

    The organization may hold many; there is nothing to choose one by.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing"/>
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
    if allocation.type != "existing" or allocation.ip_address is not None:
        return ()
    return [Problem("", "an existing address that is not named", "name it, or ask for a new one")]


@rule(
    "VMS263",
    "existing-with-more",
    of=IPAddressAllocation,
    at="ip_address",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's examples have version and subnet with new addresses only",
)
def existing_with_more(allocation: IPAddressAllocation) -> Problems:
    """An existing address is named, and a version or a subnet beside it.

    An address that exists has its version and its subnet already. What stands beside it changes nothing,
    or contradicts it.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.48</IPAddress>
              <Version>4</Version>
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
    if allocation.type != "existing" or (allocation.version is None and allocation.subnet is None):
        return ()
    given = "version" if allocation.version is not None else "subnet"
    return [Problem(given, f"a {given} beside an existing address", "leave it out")]


@rule(
    "VMS264",
    "new-without-version",
    of=IPAddressAllocation,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="every new allocation in the vendor's examples has a version, a subnet or both",
)
def new_without_version(allocation: IPAddressAllocation) -> Problems:
    """A new address is asked for without a version or a subnet.

    Whether IPv4 or IPv6 is meant is left open; no default is documented.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new"/>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if allocation.type != "new" or allocation.version is not None or allocation.subnet is not None:
        return ()
    if allocation.ip_address is not None:
        return ()  # new-with-address has the better words
    message = "a new address without a version or a subnet"
    return [Problem("", message, "say version 4 or 6, or a subnet")]


@rule(
    "VMS265",
    "new-with-address",
    of=IPAddressAllocation,
    at="ip_address",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's examples name an address with existing ones only",
)
def new_with_address(allocation: IPAddressAllocation) -> Problems:
    """A new address is asked for, and an address that exists is named.

    A new address is chosen by Katapult. Whoever names one means an existing one.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <IPAddress by="address">185.53.57.48</IPAddress>
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
    if allocation.type != "new":
        return ()
    message = "a new address, and one that exists is named"
    return [Problem("ip_address", message, "make its type existing, or leave the address out")]


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
    return [Problem("", f"{shown(address.value)} is not an IP address", _meant_by(address.value))]


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
    message = f"{shown(subnet.value)} is not the address of a subnet"
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
    message = f"version {version} from the IPv{network.version} subnet {shown(subnet.value)}"
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
                message = f"address {shown(allocation.ip_address.value)} a second time"
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
