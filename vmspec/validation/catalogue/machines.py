"""A rule about the machines that exist, which only the organization itself knows."""

from __future__ import annotations

from vmspec.catalogue import Catalogue
from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote
from vmspec.validation.catalogue.registry import catalogue_rule
from vmspec.validation.rules.registry import Evidence, Problem, Problems


@catalogue_rule(
    "VMS433",
    "hostname-taken",
    VirtualMachineSpec,
    when_field="hostname",
    severity=Severity.ERROR,
    evidence=Evidence.LOGIC,
    source="a machine's fully qualified name is its hostname and the organization's domain",
)
def hostname_taken(spec: VirtualMachineSpec, catalogue: Catalogue) -> Problems:
    """A machine of the organization has this hostname already.

    Two machines of one name cannot be told apart. Only `vmspec preflight` reports this: a catalogue file
    does not list machines.
    """
    in_use = catalogue.in_use
    if in_use is None or not spec.hostname or spec.hostname.lower() not in in_use.hostnames:
        return ()
    message = f"a machine with hostname {quote(spec.hostname.lower())} exists already"
    return [Problem("hostname", message, "choose another hostname")]
