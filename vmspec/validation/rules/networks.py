"""Rules about network interfaces and their IP address allocations."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import IPAddressAllocation, NetworkInterface
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule


@rule(
    "VMS251",
    "interface-without-network",
    NetworkInterface,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="every interface in recorded traffic names a network; the effect of omitting it is unknown",
)
def interface_without_network(interface: NetworkInterface) -> Problems:
    """A network interface names no network.

    It is not connected to anything, and addresses cannot be allocated for it.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <SpeedProfile by="permalink">1gbps</SpeedProfile>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <SpeedProfile by="permalink">1gbps</SpeedProfile>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if interface.network is None and interface.virtual_network is None:
        return [Problem("", "the interface names no network", "name a network or a virtual network")]
    return ()


@rule(
    "VMS252",
    "address-in-virtual-network",
    NetworkInterface,
    when_field="virtual_network",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the vendor's Terraform provider never requests one there",
)
def address_in_virtual_network(interface: NetworkInterface) -> Problems:
    """An IP address is requested for an interface in a virtual network.

    A virtual network belongs to the organization, and Katapult has no addresses to allocate in it.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <VirtualNetwork>vnet_Iw0CuB6gXe4SqH7t</VirtualNetwork>
            <IPAddressAllocation type="new">
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <VirtualNetwork>vnet_Iw0CuB6gXe4SqH7t</VirtualNetwork>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if not interface.ip_address_allocations:
        return ()
    message = "an IP address is requested in a virtual network"
    return [Problem("ip_address_allocations[0]", message, "name a network, or remove the address")]


@rule(
    "VMS261",
    "allocation-without-type",
    IPAddressAllocation,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library has two types and always writes one",
)
def allocation_without_type(allocation: IPAddressAllocation) -> Problems:
    """An IP address allocation has no type: new or existing.

    Its content suggests the type, but nothing shows that Katapult infers it.

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
    return [Problem("", "the IP address allocation has no type", f"probably {meant}")]


@rule(
    "VMS262",
    "existing-without-address",
    IPAddressAllocation,
    severity=Severity.ERROR,
    evidence=Evidence.RECORDED,
    source="every existing allocation in recorded traffic and in the vendor's examples names its address",
)
def existing_without_address(allocation: IPAddressAllocation) -> Problems:
    """An allocation of an existing address does not name the address.

    The organization may have many addresses, and Katapult cannot know which one to use.

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
    return [Problem("", "the existing address is not named", "name it, or request a new one")]


@rule(
    "VMS263",
    "existing-with-version-or-subnet",
    IPAddressAllocation,
    when_field="ip_address",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's examples have a version and a subnet for new addresses only",
)
def existing_with_version_or_subnet(allocation: IPAddressAllocation) -> Problems:
    """An allocation of an existing address has a version or a subnet.

    An existing address already has both. The extra value is redundant or contradictory.

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
    return [Problem(given, f"a {given} is given for an existing address", "remove it")]


@rule(
    "VMS264",
    "new-without-version",
    IPAddressAllocation,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="every new allocation in the vendor's examples has a version, a subnet or both",
)
def new_without_version(allocation: IPAddressAllocation) -> Problems:
    """An allocation of a new address has neither a version nor a subnet.

    It does not say whether IPv4 or IPv6 is intended, and no default is documented.

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
        return ()  # new-with-address has the better message
    message = "a new address is requested without a version or a subnet"
    return [Problem("", message, "add version 4 or 6, or a subnet")]


@rule(
    "VMS265",
    "new-with-address",
    IPAddressAllocation,
    when_field="ip_address",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's examples name an address for existing ones only",
)
def new_with_address(allocation: IPAddressAllocation) -> Problems:
    """An allocation of a new address names an existing address.

    Katapult chooses new addresses itself. An address can only be named if it already exists.

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
    message = "a new address is requested, but an existing one is named"
    return [Problem("ip_address", message, "change the type to existing, or remove the address")]
