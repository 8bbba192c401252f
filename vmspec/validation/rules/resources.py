"""What the machine gets."""

from __future__ import annotations

from collections.abc import Iterator

from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Problem, rule

SOURCE = "the vendor's page on virtual machine specs: a package or flexible resources must be provided"


@rule("VMS211", "no-resources", severity=Severity.ERROR, source=SOURCE)
def no_resources(spec: VirtualMachineSpec) -> Iterator[Problem]:
    """A spec says what its machine gets: a package, or both memory and CPU cores."""
    given = spec.resources
    if given is None or (given.package is None and given.memory is None and given.cpu_cores is None):
        hint = "name a package, or both memory and CPU cores"
        yield Problem("resources", "neither a package nor memory and CPU cores are named", hint)


@rule("VMS212", "half-flexible-resources", severity=Severity.ERROR, source=SOURCE)
def half_flexible_resources(spec: VirtualMachineSpec) -> Iterator[Problem]:
    """Without a package, memory and CPU cores are both needed."""
    given = spec.resources
    if given is None or given.package is not None:
        return
    if given.memory is not None and given.cpu_cores is None:
        yield Problem(
            "resources.memory", "memory is named without CPU cores", "add CPU cores, or name a package"
        )
    if given.cpu_cores is not None and given.memory is None:
        yield Problem(
            "resources.cpu_cores", "CPU cores are named without memory", "add memory, or name a package"
        )
