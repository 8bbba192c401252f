"""Clashes between specs of one batch, of which at most one could be built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from vmspec.errors import DocumentError
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec


def find_clashes(specs: Mapping[str, VirtualMachineSpec | str]) -> list[str]:
    """Return a sentence for each hostname and IP address that two specs claim, or one claims twice."""
    claims: dict[str, list[str]] = defaultdict(list)
    for name, spec in specs.items():
        for claim in _claims(spec):
            claims[claim].append(name)
    return [
        f"{claim} is claimed by {' and by '.join(printable(name) for name in names)}"
        for claim, names in claims.items()
        if len(names) > 1
    ]


def _claims(spec: VirtualMachineSpec | str) -> Iterator[str]:
    if isinstance(spec, str):
        from vmspec.documents import loads

        try:
            spec = loads(spec, "xml")
        except DocumentError:  # the API is asked for what it says
            return
    if spec.hostname:
        yield f"hostname {printable(spec.hostname.lower())}"
    for interface in spec.network_interfaces:
        for allocation in interface.ip_address_allocations:
            if allocation.ip_address is not None:
                yield f"IP address {printable(allocation.ip_address.value)}"
