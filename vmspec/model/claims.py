"""The hostname and IP addresses that a spec claims, which no two machines can share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import IPAddress


class Claim(NamedTuple):
    """A hostname or an existing IP address in a spec."""

    kind: Literal["hostname", "IP address"]
    value: str
    """The value as it is written."""
    path: str
    key: str
    """A string that is equal for equal hostnames or addresses, however they are written."""

    @property
    def text(self) -> str:
        """The kind and the value, with a hostname in lower case, as Katapult stores it."""
        return f"{self.kind} {self.value.lower() if self.kind == 'hostname' else self.value}"


def claims_of(spec: VirtualMachineSpec) -> Iterator[Claim]:
    """Yield the claims of a spec; a random hostname and new addresses are none.

    >>> [claim.key for claim in claims_of(VirtualMachineSpec(hostname="DB-1"))]
    ['hostname db-1']
    """
    if spec.hostname:
        yield Claim("hostname", spec.hostname, "hostname", f"hostname {spec.hostname.lower()}")
    for i, interface in enumerate(spec.network_interfaces):
        for j, allocation in enumerate(interface.ip_address_allocations):
            address = allocation.ip_address
            if address is not None:
                path = f"network_interfaces[{i}].ip_address_allocations[{j}].ip_address"
                yield Claim("IP address", address.value, path, _address_key(address))


def _address_key(address: IPAddress) -> str:
    return address.value if address.by == "id" else _canonical(address.value)


@lru_cache(maxsize=256)
def _canonical(text: str) -> str:
    from ipaddress import ip_address  # most documents have no address

    try:
        return ip_address(text).compressed
    except ValueError:
        return text
