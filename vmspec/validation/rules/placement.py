"""Rules about where the machine runs."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

SOURCE = "the vendor's page on virtual machine specs requires a data center or a zone, and only one of them"


@rule(
    "VMS201",
    "no-location",
    VirtualMachineSpec,
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE,
)
def no_location(spec: VirtualMachineSpec) -> Problems:
    """Neither a data center nor a zone is named.

    Katapult has no default location, so it cannot decide where to run the machine.

    Example:

        <VirtualMachineSpec>
          <Resources>
            <Package by="permalink">rock-3</Package>
          </Resources>
        </VirtualMachineSpec>

    Use instead:

        <VirtualMachineSpec>
          <DataCenter by="permalink">uk-lon-01</DataCenter>
          <Resources>
            <Package by="permalink">rock-3</Package>
          </Resources>
        </VirtualMachineSpec>
    """
    if spec.data_center is None and spec.zone is None:
        return [Problem("", "neither a data center nor a zone is named", "name one of them")]
    return ()


@rule(
    "VMS202",
    "two-locations",
    VirtualMachineSpec,
    when_field="zone",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE,
)
def two_locations(spec: VirtualMachineSpec) -> Problems:
    """Both a data center and a zone are named.

    A zone already belongs to one data center, so naming both is redundant or contradictory.

    Example:

        <Zone by="permalink">lon-zone-4</Zone>
        <DataCenter by="permalink">uk-lon-01</DataCenter>

    Use instead:

        <Zone by="permalink">lon-zone-4</Zone>
    """
    if spec.data_center is None:
        return ()
    return [Problem("data_center", "both a data center and a zone are named", "remove one of them")]
