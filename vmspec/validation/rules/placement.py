"""Where the machine runs."""

from __future__ import annotations

from collections.abc import Iterator

from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Problem, rule

SOURCE = (
    "the vendor's page on virtual machine specs: a data center or a zone must be provided, only one of them"
)


@rule("VMS201", "no-location", severity=Severity.ERROR, source=SOURCE)
def no_location(spec: VirtualMachineSpec) -> Iterator[Problem]:
    """A spec says where its machine runs, by a data center or a zone."""
    if spec.data_center is None and spec.zone is None:
        yield Problem("", "neither a data center nor a zone is named", "name one of them")


@rule("VMS202", "two-locations", severity=Severity.ERROR, source=SOURCE)
def two_locations(spec: VirtualMachineSpec) -> Iterator[Problem]:
    """A data center and a zone exclude each other."""
    if spec.data_center is not None and spec.zone is not None:
        yield Problem("data_center", "both a data center and a zone are named", "leave one of them out")
