"""Rules about network interfaces."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import NetworkInterface
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
