"""Where the machine runs."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

SOURCE = (
    "the vendor's page on virtual machine specs asks for a data center or a zone, and for one of them only"
)


@rule(
    "VMS201",
    "no-location",
    of=VirtualMachineSpec,
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE,
)
def no_location(spec: VirtualMachineSpec) -> Problems:
    """Neither a data center nor a zone is named.

    Katapult has no default place: without one of the two it cannot say where the machine runs.

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
    of=VirtualMachineSpec,
    at="zone",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE,
)
def two_locations(spec: VirtualMachineSpec) -> Problems:
    """Both a data center and a zone are named.

    A zone lies in one data center already, so the second statement is superfluous at best and a
    contradiction at worst.

    Example:

        <Zone by="permalink">lon-zone-4</Zone>
        <DataCenter by="permalink">uk-lon-01</DataCenter>

    Use instead:

        <Zone by="permalink">lon-zone-4</Zone>
    """
    if spec.data_center is not None:
        return [Problem("data_center", "both a data center and a zone are named", "leave one of them out")]
    return ()
