"""The codes that do not belong to a rule, each with its name and its page.

Rules define their codes themselves, in ``vmspec.validation.rules``. The pages here have the form of a rule's
docstring: what is wrong, why it matters, an example, and what to use instead.
"""

from __future__ import annotations

Pages = dict[str, tuple[str, str]]
"""Name and page by code."""

UNREADABLE: Pages = {}
"""Codes of documents that are rejected before anything is read from them."""
GRAMMAR: Pages = {}
"""Codes of content that the grammar does not allow, as decided by the strict reader and the XSD."""
META: Pages = {}
"""Codes about rules and suppressions, not about the spec."""
FLEET: Pages = {}
"""Codes of problems between specs."""


def _code(pages: Pages, code: str, name: str, page: str) -> str:
    pages[code] = (name, page)
    return code


MALFORMED = _code(
    UNREADABLE,
    "VMS001",
    "malformed",
    """The text is not well-formed XML, JSON or YAML.

    Nothing can be read from it until this is fixed. The reported place is where the parser gave up; the
    mistake may be a little before it.

    Example:

        <Name>web</Nmae>

    Use instead:

        <Name>web</Name>
    """,
)
ENCODING = _code(
    UNREADABLE,
    "VMS002",
    "not-utf-8",
    """The text is not UTF-8, contains a NUL character, or declares another encoding.

    Parsers interpret other encodings differently, and some encodings hide content from security checks.

    Example:

        <?xml version="1.0" encoding="ISO-8859-1"?>
        <VirtualMachineSpec/>

    Use instead:

        <?xml version="1.0"?>
        <VirtualMachineSpec/>
    """,
)
DOCTYPE = _code(
    UNREADABLE,
    "VMS003",
    "doctype",
    """The XML has a DOCTYPE.

    A DOCTYPE can define entities that expand a small document to a huge one, or that load files and URLs. A
    spec never needs one.

    Example:

        <!DOCTYPE VirtualMachineSpec>
        <VirtualMachineSpec/>

    Use instead:

        <VirtualMachineSpec/>
    """,
)
TOO_LARGE = _code(
    UNREADABLE,
    "VMS004",
    "too-large",
    """The document exceeds a limit, such as 1 MiB, 20,000 elements, or 32 levels (64 in JSON and YAML).

    Each limit is far above what a spec needs. The limits protect against hostile files that would use too
    much time or memory.

    Example:

        [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[

    Use instead:

        {}
    """,
)
UNSUPPORTED = _code(
    UNREADABLE,
    "VMS005",
    "unsupported-syntax",
    """The text uses unsupported syntax: XML 1.1, or an anchor, alias, tag or second document in YAML.

    vmspec reads values literally and takes their types from the format. It rejects syntax that parsers
    interpret differently.

    Example:

        <?xml version="1.1"?>
        <VirtualMachineSpec/>

    Use instead:

        <?xml version="1.0"?>
        <VirtualMachineSpec/>
    """,
)
UNKNOWN_FORMAT = _code(
    UNREADABLE,
    "VMS006",
    "unknown-format",
    """Neither the name nor the content of the file identifies it as a spec.

    A spec in XML is recognized by its root element, one in JSON or YAML by its keys. The command line reports
    this code for files that were named explicitly; folder searches and `--skip-foreign` skip such files.

    Example:

        buy milk

    Use instead:

        <VirtualMachineSpec/>
    """,
)

WRONG_ROOT = _code(
    GRAMMAR,
    "VMS101",
    "wrong-root",
    """The root element is not `<VirtualMachineSpec>`.

    The API looks for this element, and vmspec recognizes a spec by it.

    Example:

        <VirtualMachine>
          <Name>web</Name>
        </VirtualMachine>

    Use instead:

        <VirtualMachineSpec>
          <Name>web</Name>
        </VirtualMachineSpec>
    """,
)
UNKNOWN_NAME = _code(
    GRAMMAR,
    "VMS102",
    "unknown-name",
    """An element or key is unknown in this place.

    The vendor's own library silently ignores unknown elements, so a typo builds a different machine.

    Example:

        <Resources>
          <Packge by="permalink">rock-3</Packge>
        </Resources>

    Use instead:

        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """,
)
WRONG_LOOKUP = _code(
    GRAMMAR,
    "VMS103",
    "wrong-lookup",
    """A lookup uses a key that is not available for it, or more than one key.

    The available keys differ: a data center has a name, a package does not. Without `by` a lookup is by id.
    In JSON and YAML a lookup is a mapping with one key.

    Example:

        <Resources>
          <Package by="name">rock-3</Package>
        </Resources>

    Use instead:

        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """,
)
REPEATED = _code(
    GRAMMAR,
    "VMS104",
    "repeated",
    """An element or key that may appear once appears twice.

    Parsers differ in which of the two they use.

    Example:

        <Name>web</Name>
        <Name>shop</Name>

    Use instead:

        <Name>shop</Name>
    """,
)
UNKNOWN_ATTRIBUTE = _code(
    GRAMMAR,
    "VMS105",
    "unknown-attribute",
    """An element has an unknown attribute.

    The vendor's own library silently ignores it.

    Example:

        <Name lang="en">web</Name>

    Use instead:

        <Name>web</Name>
    """,
)
MISSING = _code(
    GRAMMAR,
    "VMS106",
    "missing",
    """A required element, attribute or key is missing.

    The rest is meaningless without it: an option needs a key, a disk template needs a template.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option>true</Option>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option key="install_agent">true</Option>
        </DiskTemplate>
    """,
)
WRONG_VALUE = _code(
    GRAMMAR,
    "VMS107",
    "wrong-value",
    """A value has the wrong type, is not one of the choices, or is empty.

    Numbers are ASCII digits without a unit. Choices are written in lower case.

    Example:

        <SystemDisks>
          <Disk>
            <Size>20GB</Size>
          </Disk>
        </SystemDisks>

    Use instead:

        <SystemDisks>
          <Disk>
            <Size>20</Size>
          </Disk>
        </SystemDisks>
    """,
)
STRAY_TEXT = _code(
    GRAMMAR,
    "VMS108",
    "stray-text",
    """There is text where only elements are allowed.

    Every reader ignores it.

    Example:

        <Tags>web</Tags>

    Use instead:

        <Tags>
          <Tag>web</Tag>
        </Tags>
    """,
)
WRONG_NESTING = _code(
    GRAMMAR,
    "VMS109",
    "wrong-nesting",
    """A value or element is one level too high.

    A hostname and a disk template go in a second element of the same name, and items go in the element of
    their list. The vendor's own library treats a hostname that is not nested as absent.

    Example:

        <Hostname>web-1</Hostname>

    Use instead:

        <Hostname>
          <Hostname>web-1</Hostname>
        </Hostname>
    """,
)
EXCLUSIVE = _code(
    GRAMMAR,
    "VMS110",
    "exclusive",
    """Two elements or keys are present that exclude each other.

    An interface is attached to a network or to a virtual network, not to both.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <VirtualNetwork>vnet_Iw0CuB6gXe4SqH7t</VirtualNetwork>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
          </NetworkInterface>
        </NetworkInterfaces>
    """,
)
NAMESPACE = _code(
    GRAMMAR,
    "VMS111",
    "namespace",
    """An element is in an XML namespace.

    A spec has no namespace. A reader that looks for the plain names finds nothing in such a document.

    Example:

        <VirtualMachineSpec xmlns="https://example.org/spec">
          <Name>web</Name>
        </VirtualMachineSpec>

    Use instead:

        <VirtualMachineSpec>
          <Name>web</Name>
        </VirtualMachineSpec>
    """,
)
WRONG_SHAPE = _code(
    GRAMMAR,
    "VMS112",
    "wrong-shape",
    """In JSON or YAML, a list, mapping or single value is used where another of these is expected.

    The shape is that of the vendor's Go library: a lookup is a mapping with one key, and a list stays a list
    even with one item.

    Example:

        {"resources": {"package": "rock-3"}}

    Use instead:

        {"resources": {"package": {"permalink": "rock-3"}}}
    """,
)

RULE_CRASHED = _code(
    META,
    "VMS299",
    "rule-crashed",
    """A rule of vmspec raised an exception.

    This is a bug in vmspec and says nothing about the document. All other rules were checked. Please report
    the rule and the exception that the finding names.
    """,
)
UNUSED_SUPPRESSION = _code(
    META,
    "VMS301",
    "unused-suppression",
    """A comment suppresses a finding that does not exist.

    The problem was fixed or moved, or never existed. A leftover comment would hide the next problem in this
    place. Grammar findings cannot be suppressed.

    Example:

        <!-- vmspec: ignore[hostname-in-capitals] the monitoring knows it by this name -->
        <Hostname>
          <Hostname>db-1</Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname>db-1</Hostname>
        </Hostname>
    """,
)
SUPPRESSION_WITHOUT_REASON = _code(
    META,
    "VMS302",
    "suppression-without-reason",
    """A comment suppresses a finding but gives no reason.

    It has no effect until it gives one: the next reader needs to know whether it still applies.

    Example:

        <!-- vmspec: ignore[hostname-in-capitals] -->
        <Hostname>
          <Hostname>DB-1</Hostname>
        </Hostname>

    Use instead:

        <!-- vmspec: ignore[hostname-in-capitals] the monitoring knows it by this name -->
        <Hostname>
          <Hostname>DB-1</Hostname>
        </Hostname>
    """,
)
UNKNOWN_SUPPRESSION = _code(
    META,
    "VMS303",
    "unknown-suppression",
    """A comment suppresses a code or name that does not exist.

    It has no effect, and the finding is still reported. `vmspec rules` lists codes and names.

    Example:

        <!-- vmspec: ignore[hostname-in-captials] the monitoring knows it by this name -->
        <Hostname>
          <Hostname>DB-1</Hostname>
        </Hostname>

    Use instead:

        <!-- vmspec: ignore[hostname-in-capitals] the monitoring knows it by this name -->
        <Hostname>
          <Hostname>DB-1</Hostname>
        </Hostname>
    """,
)

HOSTNAME_CLAIMED_TWICE = _code(
    FLEET,
    "VMS401",
    "hostname-claimed-twice",
    """Two of the validated specs have the same hostname.

    The hostname becomes part of the machine's DNS name, which can belong to one machine only. `submit`
    refuses to send both specs in one batch.

    Example:

        <!-- in web-1.xml and in web-2.xml -->
        <Hostname>
          <Hostname>web-1</Hostname>
        </Hostname>

    Use instead:

        <!-- in web-2.xml -->
        <Hostname>
          <Hostname>web-2</Hostname>
        </Hostname>
    """,
)
IP_CLAIMED_TWICE = _code(
    FLEET,
    "VMS402",
    "ip-claimed-twice",
    """Two of the validated specs allocate the same existing IP address.

    An address can belong to one machine only. `submit` refuses to send both specs in one batch.

    Example:

        <!-- in web-1.xml and in web-2.xml -->
        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.48</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <!-- in web-2.xml -->
        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.49</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """,
)
