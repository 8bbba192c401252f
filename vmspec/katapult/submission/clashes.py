"""Clashes between specs of one batch, of which at most one could be built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from vmspec.errors import DocumentError
from vmspec.model.claims import Claim, claims_of
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec


def find_clashes(specs: Mapping[str, VirtualMachineSpec | str]) -> list[str]:
    """Return a sentence for each hostname and IP address that two specs claim, or one claims twice."""
    claims: dict[str, tuple[Claim, list[str]]] = {}
    for name, spec in specs.items():
        for claim in _claims(spec):
            claims.setdefault(claim.key, (claim, []))[1].append(printable(name))
    return [
        f"{printable(claim.text)} is claimed by {' and by '.join(names)}"
        for claim, names in claims.values()
        if len(names) > 1
    ]


def _claims(spec: VirtualMachineSpec | str) -> Iterable[Claim]:
    if isinstance(spec, str):
        from vmspec.documents import loads

        try:
            spec = loads(spec, "xml")
        except DocumentError:  # the API decides about it
            return ()
    return claims_of(spec)
