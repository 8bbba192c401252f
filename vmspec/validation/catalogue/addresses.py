"""Rules about existing IP addresses: are they free, and of the right network?"""

from __future__ import annotations

from vmspec.catalogue import Address, Catalogue
from vmspec.model.elements import NetworkInterface
from vmspec.text import printable, quote
from vmspec.validation.catalogue.registry import catalogue_rule
from vmspec.validation.rules.registry import Evidence, Problem, Problems


def _addresses(interface: NetworkInterface, catalogue: Catalogue) -> list[tuple[str, Address]]:
    """Return the existing addresses of an interface that are known, each with its path."""
    found = [
        (f"ip_address_allocations[{index}].ip_address", catalogue.find(allocation.ip_address))
        for index, allocation in enumerate(interface.ip_address_allocations)
        if allocation.ip_address is not None
    ]
    return [(path, address) for path, address in found if isinstance(address, Address)]


@catalogue_rule(
    "VMS431",
    "ip-address-taken",
    NetworkInterface,
    when_field="ip_address_allocations",
    evidence=Evidence.DOCUMENTED,
    source="the API has the error code ip_already_allocated",
)
def ip_address_taken(interface: NetworkInterface, catalogue: Catalogue) -> Problems:
    """An existing IP address belongs to a machine, or to something else.

    An address is allocated once, so the build fails or is refused.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">198.51.100.9</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">198.51.100.10</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    return [
        Problem(path, f"IP address {address.address} belongs to {_owner(address)}", "name a free address")
        for path, address in _addresses(interface, catalogue)
        if address.allocation_id is not None
    ]


def _owner(address: Address) -> str:
    kind = "virtual machine" if address.allocation_type == "VirtualMachine" else address.allocation_type
    return printable(f"{kind or 'something'} {address.allocation_id}")


@catalogue_rule(
    "VMS432",
    "ip-address-of-another-network",
    NetworkInterface,
    when_field="network",
    source="an address belongs to one network",
)
def ip_address_of_another_network(interface: NetworkInterface, catalogue: Catalogue) -> Problems:
    """An existing IP address is of another network than the interface.

    The interface cannot have it, so the build fails or is refused.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">us-nyc-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">198.51.100.10</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">198.51.100.10</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    network = catalogue.find(interface.network) if interface.network is not None else None
    if network is None:
        return ()
    problems: list[Problem] = []
    for path, address in _addresses(interface, catalogue):
        other = address.network
        if other is not None and other.id != network.id and address.allocation_id is None:
            name = next((item.permalink for item in catalogue.networks or () if item.id == other.id), None)
            message = f"IP address {address.address} is of network {quote(name or other.id)}"
            problems.append(Problem(path, message, "name an address of the interface's network"))
    return problems
