"""A rule about the catalogue itself: is it old?"""

from __future__ import annotations

from vmspec.catalogue import OLD_AFTER_DAYS, Catalogue
from vmspec.findings import Finding, Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.catalogue.registry import catalogue_rule
from vmspec.validation.rules.registry import Evidence, Problem, Problems

OLD_CATALOGUE = "VMS451"


@catalogue_rule(
    OLD_CATALOGUE,
    "old-catalogue",
    VirtualMachineSpec,
    severity=Severity.INFO,
    evidence=Evidence.OURS,
    source="vmspec itself",
)
def old_catalogue(spec: VirtualMachineSpec, catalogue: Catalogue) -> Problems:
    """The catalogue's file has not changed for more than 30 days.

    What it says may no longer be true. `vmspec catalogue -o FILE` brings it up to date, and leaves it alone
    if nothing has changed; then ignore this code. Of several files only the first one has this finding.
    """
    finding = age_finding(catalogue)
    return () if finding is None else [Problem("", finding.message, finding.hint)]


def age_finding(catalogue: Catalogue) -> Finding | None:
    """Return the finding about an old catalogue; None if it is recent."""
    age = catalogue.age_in_days()
    if age <= OLD_AFTER_DAYS:
        return None
    message = f"the catalogue has not changed for {age:,} days"
    hint = "bring it up to date with vmspec catalogue -o FILE"
    return Finding(OLD_CATALOGUE, message, Severity.INFO, hint=hint)
