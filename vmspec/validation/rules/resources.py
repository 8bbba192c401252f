"""What the machine gets: a package, or memory and CPU cores (flexible resources)."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import Resources
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

SOURCE = "the vendor's page on virtual machine specs asks for a package or flexible resources"


@rule(
    "VMS211",
    "no-resources",
    of=VirtualMachineSpec,
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE,
)
def no_resources(spec: VirtualMachineSpec) -> Problems:
    """Neither a package nor memory and CPU cores are named.

    How large a machine is, and what it costs, follows from its resources; there is no default.

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
        hint = "name a package, or both memory and CPU cores"
        return [Problem("resources", "neither a package nor memory and CPU cores are named", hint)]
    return ()


@rule(
    "VMS212",
    "half-flexible-resources",
    of=Resources,
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=SOURCE + ", and the latter are memory and CPU cores together",
)
def half_flexible_resources(resources: Resources) -> Problems:
    """Memory is named without CPU cores, or CPU cores without memory, and no package.

    Without a package there is nothing from which the missing half could follow.

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
        message, hint = "memory is named without CPU cores", "add CPU cores, or name a package"
        return [Problem("memory", message, hint)]
    return [Problem("cpu_cores", "CPU cores are named without memory", "add memory, or name a package")]


@rule(
    "VMS213",
    "package-beside-flexible-resources",
    of=Resources,
    at="package",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the vendor's page presents the two as alternatives; which one wins where both stand is not known",
)
def package_beside_flexible_resources(resources: Resources) -> Problems:
    """A package is named beside memory or CPU cores.

    A package has its own memory and cores. That the other numbers are ignored, obeyed or refused is not
    documented, so the machine may be larger, smaller or dearer than it looks.

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
    given = "memory" if resources.memory is not None else "cpu_cores"
    words = "memory" if resources.memory is not None else "CPU cores"
    hint = "keep either the package, or memory and CPU cores"
    return [Problem(given, f"{words} beside a package, which has its own", hint)]


@rule(
    "VMS214",
    "flexible-resources",
    of=Resources,
    at="memory",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source="the API has an error of its own for organizations that may not use flexible resources",
)
def flexible_resources(resources: Resources) -> Problems:
    """Memory and CPU cores are named; that is possible in some organizations only.

    Katapult enables flexible resources for each organization. Where they are not enabled, the build is
    refused, which no check of the document can foresee. Ignore this code where yours has them.

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
    message = "memory and CPU cores need an organization with flexible resources"
    return [Problem("memory", message, "name a package where yours has them not")]
