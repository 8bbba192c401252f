"""The hostname: a name in the DNS, or a random one."""

from __future__ import annotations

from vmspec.documents.messages import quote
from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

LONGEST_LABEL = 63
"""Of a name in the DNS, by RFC 1035; the longest hostname seen in recorded traffic has 62."""


@rule(
    "VMS231",
    "hostname-in-capitals",
    of=VirtualMachineSpec,
    at="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.RECORDED,
    source="every hostname with capitals in recorded traffic was stored in small letters",
)
def hostname_in_capitals(spec: VirtualMachineSpec) -> Problems:
    """The hostname has capitals, which Katapult does not keep.

    The machine is built under another name than the document says, and whoever looks for the name in
    the document does not find it.

    Example:

        <Hostname>
          <Hostname>DB-1</Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname>db-1</Hostname>
        </Hostname>
    """
    hostname = spec.hostname or ""
    stored = hostname.lower()
    if hostname == stored:
        return ()
    return [
        Problem("hostname", f"hostname {quote(hostname)} has capitals", f"Katapult stores {quote(stored)}")
    ]


@rule(
    "VMS232",
    "hostname-not-a-label",
    of=VirtualMachineSpec,
    at="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the machine's full name is the hostname before the organization's domain, and RFC 1123 says what "
    "may stand there; what the API refuses is not documented",
)
def hostname_not_a_label(spec: VirtualMachineSpec) -> Problems:
    """The hostname is not a label: letters, digits and hyphens, no hyphen at either end.

    It becomes the first part of the machine's name in the DNS. A dot would make two parts of it, and
    an underscore or a blank has no place there.

    Example:

        <Hostname>
          <Hostname>db_1.example.org</Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname>db-1</Hostname>
        </Hostname>
    """
    hostname = spec.hostname
    if not hostname or _is_label(hostname):
        return ()
    message = f"hostname {quote(hostname)} is not a label of the DNS"
    return [Problem("hostname", message, "use letters, digits, and hyphens between them")]


@rule(
    "VMS233",
    "long-hostname",
    of=VirtualMachineSpec,
    at="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="RFC 1035 gives a label 63 characters; the longest hostname in recorded traffic has 62",
)
def long_hostname(spec: VirtualMachineSpec) -> Problems:
    """The hostname has more than 63 characters.

    It becomes a label in the DNS, which holds no more.

    Example:

        <Hostname>
          <Hostname>a-name-that-tells-the-team-the-purpose-the-region-and-the-customer</Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname>shop-customer-7</Hostname>
        </Hostname>
        <Name>The shop of customer 7, team Basil, London</Name>
    """
    length = len(spec.hostname or "")
    if length <= LONGEST_LABEL:
        return ()
    message = f"the hostname has {length} characters, more than {LONGEST_LABEL}"
    return [Problem("hostname", message, "shorten it; the name may be longer")]


@rule(
    "VMS234",
    "hostname-beside-random",
    of=VirtualMachineSpec,
    at="hostname_type",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library drops the wish for a random one where there is a text",
)
def hostname_beside_random(spec: VirtualMachineSpec) -> Problems:
    """A hostname is given, and a random one is asked for.

    Only one of them can be obeyed, and the document does not say which.

    Example:

        <Hostname>
          <Hostname type="random">db-1</Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname>db-1</Hostname>
        </Hostname>
    """
    if not spec.hostname:
        return ()
    message = f"hostname {quote(spec.hostname)} beside the wish for a random one"
    return [Problem("hostname_type", message, "leave one of them out")]


@rule(
    "VMS235",
    "empty-hostname",
    of=VirtualMachineSpec,
    at="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source='the vendor\'s page shows a text or type="random"; what an empty text means is not documented',
)
def empty_hostname(spec: VirtualMachineSpec) -> Problems:
    """The hostname is empty.

    Often a variable of a template engine was empty, and the machine gets a name that nobody chose.

    Example:

        <Hostname>
          <Hostname></Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname type="random"/>
        </Hostname>
    """
    if spec.hostname != "":
        return ()
    return [Problem("hostname", "the hostname is empty", "fill it in, or ask for a random one")]


def _is_label(text: str) -> bool:
    return text.isascii() and text.replace("-", "").isalnum() and text[0] != "-" != text[-1]
