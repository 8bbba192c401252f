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
    return tuple(
        evolve(finding, path=f"[{index}].{finding.path}")
        for index, spec in enumerate(specs)
        for finding in fleet.add(f"specs[{index}]", claims_of(spec))
    )


class Fleet:
    """The claims of all specs so far."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def add(self, name: str, claims: Iterable[Claim]) -> list[Finding]:
        """Add the claims of a spec; return a finding for each one that a spec of another name has.

        The findings have a path in the spec, but no line and column.
        """
        findings: list[Finding] = []
        for claim in claims:
            owner = self._owners.setdefault(claim.key, name)
            if owner != name:
                findings.append(_finding(claim, owner))
        return findings


def _finding(claim: Claim, owner: str) -> Finding:
    message = f"{claim.kind} {quote(claim.value)} is also claimed by {owner}"
    if claim.kind == "hostname":
        code, hint = HOSTNAME_CLAIMED_TWICE, "choose another hostname"
    else:
        code, hint = IP_CLAIMED_TWICE, "name another address"
    return Finding(code, message, Severity.WARNING, claim.path, hint=hint)
