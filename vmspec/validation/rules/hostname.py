"""Rules about the hostname."""

from __future__ import annotations

import re

from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

LABEL_HINT = "use letters, digits, and hyphens between them"

_INVALID_CHARACTER = re.compile(r"[^!-~]")

MAX_LABEL_LENGTH = 63
"""Limit of RFC 1035 for a DNS label; the longest hostname in recorded traffic has 62 characters."""


@rule(
    "VMS230",
    "invalid-hostname",
    VirtualMachineSpec,
    when_field="hostname",
    severity=Severity.ERROR,
    evidence=Evidence.LOGIC,
    source="the hostname becomes part of a DNS name, and RFC 1123 allows ASCII letters, digits and hyphens",
)
def invalid_hostname(spec: VirtualMachineSpec) -> Problems:
    """The hostname contains whitespace, a control character, or a character that is not ASCII.

    The machine cannot have such a name: it becomes the first label of a DNS name.

    Example:

        <Hostname>
          <Hostname>größe 1</Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname>groesse-1</Hostname>
        </Hostname>
    """
    hostname = spec.hostname or ""
    invalid = _INVALID_CHARACTER.search(hostname)
    if invalid is None:
        return ()
    character = "a space" if invalid[0] == " " else f"the character U+{ord(invalid[0]):04X}"
    message = f"hostname {quote(hostname)} contains {character}"
    return [Problem("hostname", message, LABEL_HINT)]


@rule(
    "VMS231",
    "hostname-in-capitals",
    VirtualMachineSpec,
    when_field="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.RECORDED,
    source="every hostname with capitals in recorded traffic was stored in lower case",
)
def hostname_in_capitals(spec: VirtualMachineSpec) -> Problems:
    """The hostname has capitals, which Katapult converts to lower case.

    The machine gets another name than the document says, so a search for the name in the document fails.

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
    message, hint = f"hostname {quote(hostname)} has capitals", f"Katapult will store {quote(stored)}"
    return [Problem("hostname", message, hint)]


@rule(
    "VMS232",
    "hostname-not-a-label",
    VirtualMachineSpec,
    when_field="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the full name of the machine is its hostname followed by the organization's domain, and RFC 1123 "
    "defines which characters it may contain; what the API refuses is undocumented",
)
def hostname_not_a_label(spec: VirtualMachineSpec) -> Problems:
    """The hostname is not a DNS label: letters, digits and hyphens, without a hyphen at either end.

    It becomes the first label of the machine's DNS name. A dot would split it into two labels, and
    underscores are not allowed.

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
    if not hostname or _is_label(hostname) or _INVALID_CHARACTER.search(hostname):
        return ()  # invalid-hostname has the better message
    message = f"hostname {quote(hostname)} is not a DNS label"
    return [Problem("hostname", message, LABEL_HINT)]


@rule(
    "VMS233",
    "long-hostname",
    VirtualMachineSpec,
    when_field="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="RFC 1035 limits a label to 63 characters; the longest hostname in recorded traffic has 62",
)
def long_hostname(spec: VirtualMachineSpec) -> Problems:
    """The hostname has more than 63 characters.

    It becomes a label of a DNS name, which cannot be longer.

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
    if length <= MAX_LABEL_LENGTH:
        return ()
    message = f"the hostname has {length} characters; the limit is {MAX_LABEL_LENGTH}"
    return [Problem("hostname", message, "shorten it; the name may be longer")]


@rule(
    "VMS234",
    "hostname-beside-random",
    VirtualMachineSpec,
    when_field="hostname_type",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source='the vendor\'s library ignores type="random" if there is a text',
)
def hostname_beside_random(spec: VirtualMachineSpec) -> Problems:
    """A hostname is given, and a random one is requested too.

    Only one of them can apply, and the document does not say which.

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
    message = f"hostname {quote(spec.hostname)} is given, and a random one is requested"
    return [Problem("hostname_type", message, "remove one of them")]


@rule(
    "VMS235",
    "empty-hostname",
    VirtualMachineSpec,
    when_field="hostname",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source='the vendor\'s page shows a text or type="random"; the meaning of an empty text is undocumented',
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
    return [Problem("hostname", "the hostname is empty", "fill it in, or request a random one")]


def _is_label(text: str) -> bool:
    return text.isascii() and text.replace("-", "").isalnum() and text[0] != "-" != text[-1]
