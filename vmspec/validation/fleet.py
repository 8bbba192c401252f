"""Checks across specs: hostnames and IP addresses that several of them claim.

>>> from vmspec import VirtualMachineSpec
>>> [finding] = check_fleet([VirtualMachineSpec(hostname="web-1"), VirtualMachineSpec(hostname="WEB-1")])
>>> print(finding)
[1].hostname: warning VMS401 hostname "WEB-1" is also claimed by specs[0]; choose another hostname
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from vmspec.codes import HOSTNAME_CLAIMED_TWICE, IP_CLAIMED_TWICE
from vmspec.findings import Finding, Severity
from vmspec.model.claims import Claim, claims_of
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote


def check_fleet(specs: Iterable[VirtualMachineSpec]) -> tuple[Finding, ...]:
    """Return a finding for each hostname and IP address that an earlier spec also claims.

    The path of a finding begins with the index of the spec, such as ``[1].hostname``.
    """
    fleet = Fleet()
    findings: list[Finding] = []
    for index, spec in enumerate(specs):
        claims = [*claims_of(spec)]
        name = f"specs[{index}]"
        if fleet.add(name, [claim.key for claim in claims]):
            found = fleet.findings_of(name, claims)
            findings += [evolve(finding, path=f"[{index}].{finding.path}") for finding in found]
    return tuple(findings)


class Fleet:
    """The claims of all specs so far."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def add(self, name: str, keys: Iterable[str]) -> bool:
        """Add the claims of a spec by their keys; return True if a spec of another name has one of them."""
        has_conflict = False
        for key in keys:
            has_conflict |= self._owners.setdefault(key, name) != name
        return has_conflict

    def findings_of(self, name: str, claims: Iterable[Claim]) -> list[Finding]:
        """Return a finding for each claim of a spec that one of another name has made before.

        The findings have a path in the spec, but no line and column.
        """
        owners = [(claim, self._owners.get(claim.key, name)) for claim in claims]
        return [_finding(claim, owner) for claim, owner in owners if owner != name]


def _finding(claim: Claim, owner: str) -> Finding:
    message = f"{claim.kind} {quote(claim.value)} is also claimed by {owner}"
    if claim.kind == "hostname":
        code, hint = HOSTNAME_CLAIMED_TWICE, "choose another hostname"
    else:
        code, hint = IP_CLAIMED_TWICE, "name another address"
    return Finding(code, message, Severity.WARNING, claim.path, hint=hint)
