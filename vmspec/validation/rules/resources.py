"""Rules about resources: a package, or memory and CPU cores (flexible resources)."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import Resources
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

SOURCE = "the vendor's page on virtual machine specs requires a package or flexible resources"


@rule(
    "VMS211",
    "no-resources",
    VirtualMachineSpec,
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE,
)
def no_resources(spec: VirtualMachineSpec) -> Problems:
    """The spec has neither a package nor memory and CPU cores.

    The resources decide the size and price of a machine, and have no default.

    Example:

        <DataCenter by="permalink">uk-lon-01</DataCenter>

    Use instead:

        <DataCenter by="permalink">uk-lon-01</DataCenter>
        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """
    given = spec.resources
    if given is None or (given.package is None and given.memory is None and given.cpu_cores is None):
        message = "neither a package nor memory and CPU cores are given"
        return [Problem("resources", message, "name a package, or give both memory and CPU cores")]
    return ()


@rule(
    "VMS212",
    "incomplete-flexible-resources",
    Resources,
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE + ", and the latter are memory and CPU cores together",
)
def incomplete_flexible_resources(resources: Resources) -> Problems:
    """Memory is given without CPU cores, or CPU cores without memory, and no package is named.

    Without a package, the missing one has no default.

    Example:

        <Resources>
          <Memory>16</Memory>
        </Resources>

    Use instead:

        <Resources>
          <Memory>16</Memory>
          <CPUCores>4</CPUCores>
        </Resources>
    """
    if resources.package is not None or (resources.memory is None) is (resources.cpu_cores is None):
        return ()
    if resources.cpu_cores is None:
        message, hint = "memory is given without CPU cores", "add CPU cores, or name a package"
        return [Problem("memory", message, hint)]
    return [Problem("cpu_cores", "CPU cores are given without memory", "add memory, or name a package")]


@rule(
    "VMS213",
    "package-beside-flexible-resources",
    Resources,
    when_field="package",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the vendor's page presents the two as alternatives; which one wins is unknown",
)
def package_beside_flexible_resources(resources: Resources) -> Problems:
    """A package is named together with memory or CPU cores.

    A package includes memory and CPU cores. Whether the API ignores, applies or refuses other values is
    undocumented, so the machine may be larger, smaller or more expensive than it looks.

    Example:

        <Resources>
          <Package by="permalink">rock-3</Package>
          <Memory>16</Memory>
        </Resources>

    Use instead:

        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """
    if resources.package is None or (resources.memory is None and resources.cpu_cores is None):
        return ()
    hint = "keep either the package, or memory and CPU cores"
    if resources.memory is not None:
        return [Problem("memory", "memory is given together with a package, which includes it", hint)]
    return [Problem("cpu_cores", "CPU cores are given together with a package, which includes them", hint)]


@rule(
    "VMS214",
    "flexible-resources",
    Resources,
    when_field="memory",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source="the API has an error code for organizations without flexible resources",
)
def flexible_resources(resources: Resources) -> Problems:
    """The spec has memory and CPU cores, which only some organizations may use.

    Katapult enables flexible resources per organization, and refuses the build where they are disabled. The
    document does not show which is the case. Ignore this code if your organization has them.

    Example:

        <Resources>
          <Memory>16</Memory>
          <CPUCores>4</CPUCores>
        </Resources>

    Use instead:

        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """
    if resources.memory is None or resources.cpu_cores is None or resources.package is not None:
        return ()
    message = "memory and CPU cores require an organization with flexible resources"
    return [Problem("memory", message, "name a package if yours does not have them")]
