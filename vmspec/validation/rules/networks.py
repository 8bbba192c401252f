"""Network interfaces: which network each is in."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import NetworkInterface
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule


@rule(
    "VMS251",
    "interface-without-network",
    of=NetworkInterface,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="every interface in recorded traffic names a network; what the API does without one is not known",
)
def interface_without_network(interface: NetworkInterface) -> Problems:
    """A network interface is in no network.

    An interface that is connected to nothing reaches nobody, and there is no network that its addresses
    could come from.

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
        return [Problem("", "an interface in no network", "name a network or a virtual network")]
    return ()


@rule(
    "VMS252",
    "address-in-virtual-network",
    of=NetworkInterface,
    at="virtual_network",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the vendor's Terraform provider never asks for one there",
)
def address_in_virtual_network(interface: NetworkInterface) -> Problems:
    """An address is asked for on an interface in a virtual network.

    A virtual network is the organization's own: it has no addresses that Katapult could hand out.

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
    message = "an address on an interface in a virtual network"
    return [Problem("ip_address_allocations[0]", message, "name a network, or leave the address out")]
