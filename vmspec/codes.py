"""The codes that are no rules: of the gate, of the grammar, and of vmspec itself; each with its page.

The texts have the form of a rule's docstring: what it means, why, an example, what to write instead.
"""

from __future__ import annotations

from vmspec.documents import messages

RULE_CRASHED = "VMS299"
UNUSED_SUPPRESSION = "VMS301"
SUPPRESSION_WITHOUT_REASON = "VMS302"
UNKNOWN_SUPPRESSION = "VMS303"

LIMITS: dict[str, tuple[str, str]] = {
    messages.MALFORMED: (
        "malformed",
        """The text is not well-formed XML, JSON or YAML.

        Nothing can be read from it as long as that is so. The place is where the reader gave up; the
        mistake may be a little before it.

        Example:

            <Name>web</Nmae>

        Use instead:

            <Name>web</Name>
        """,
    ),
    messages.ENCODING: (
        "not-utf-8",
        """The text is not UTF-8, holds a NUL, or declares another encoding.

        Readers differ in what they make of other encodings, and some hide from checks what they hold.

        Example:

            <?xml version="1.0" encoding="ISO-8859-1"?>
            <VirtualMachineSpec/>

        Use instead:

            <?xml version="1.0"?>
            <VirtualMachineSpec/>
        """,
    ),
    messages.DOCTYPE: (
        "doctype",
        """The XML has a DOCTYPE.

        It can define entities that make a small document huge, or that fetch files and addresses. No
        spec needs one.

        Example:

            <!DOCTYPE VirtualMachineSpec>
            <VirtualMachineSpec/>

        Use instead:

            <VirtualMachineSpec/>
        """,
    ),
    messages.TOO_LARGE: (
        "too-large",
        """The document is over a limit: 1 MiB, 32 levels in XML and 64 elsewhere, 20,000 elements, and more.

        Each limit is far above what any spec needs. They keep a hostile file from costing time and memory.

        Example:

            [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[

        Use instead:

            {}
        """,
    ),
    messages.NOT_READ: (
        "not-read",
        """The text uses something that vmspec does not read: XML 1.1, or anchors, aliases, tags and a second
        document in YAML.

        Values are read as they stand, with types from the format. What would have to be worked out first
        is refused, because readers differ there.

        Example:

            <?xml version="1.1"?>
            <VirtualMachineSpec/>

        Use instead:

            <?xml version="1.0"?>
            <VirtualMachineSpec/>
        """,
    ),
    messages.UNKNOWN_FORMAT: (
        "unknown-format",
        """Neither the name nor the content of a file says that it is a spec.

        Only the command line says so, of files that were named. A spec in XML shows by its root, one in
        JSON or YAML by its keys. Folders and `--skip-foreign` pass such files by.

        Example:

            buy milk

        Use instead:

            <VirtualMachineSpec/>
        """,
    ),
}
"""Name and text of each code of the gate, which looks at the bytes before anything is built from them."""

GRAMMAR: dict[str, tuple[str, str]] = {
    messages.WRONG_ROOT: (
        "wrong-root",
        """The root element is another than `<VirtualMachineSpec>`.

        It is what the API looks for, and how a file shows that it is a spec.

        Example:

            <VirtualMachine>
              <Name>web</Name>
            </VirtualMachine>

        Use instead:

            <VirtualMachineSpec>
              <Name>web</Name>
            </VirtualMachineSpec>
        """,
    ),
    messages.UNKNOWN_NAME: (
        "unknown-name",
        """An element or a key is not known where it stands.

        The vendor's own reader passes unknown elements by without a word, so a slip of the pen there
        builds another machine than was meant.

        Example:

            <Resources>
              <Packge by="permalink">rock-3</Packge>
            </Resources>

        Use instead:

            <Resources>
              <Package by="permalink">rock-3</Package>
            </Resources>
        """,
    ),
    messages.WRONG_LOOKUP: (
        "wrong-lookup",
        """Something is looked up by what it cannot be looked up by, or by two things at once.

        What is possible differs: a data center has a name, a package has none. Without `by` a lookup is
        by id. In JSON and YAML a lookup is a mapping of one key.

        Example:

            <Resources>
              <Package by="name">rock-3</Package>
            </Resources>

        Use instead:

            <Resources>
              <Package by="permalink">rock-3</Package>
            </Resources>
        """,
    ),
    messages.REPEATED: (
        "repeated",
        """An element or a key stands there twice, and once is all that is possible.

        Readers differ in which one they take.

        Example:

            <Name>web</Name>
            <Name>shop</Name>

        Use instead:

            <Name>shop</Name>
        """,
    ),
    messages.UNKNOWN_ATTRIBUTE: (
        "unknown-attribute",
        """An element has an attribute that it does not know.

        The vendor's own reader passes it by without a word.

        Example:

            <Name lang="en">web</Name>

        Use instead:

            <Name>web</Name>
        """,
    ),
    messages.MISSING: (
        "missing",
        """An element, an attribute or a key is missing that is needed where it is.

        Without it the rest means nothing: an option has a key, a disk template names a template.

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
    ),
    messages.WRONG_VALUE: (
        "wrong-value",
        """A value is not what it should be: not a number, not one of the choices, or empty.

        Numbers are ASCII digits without a unit, and choices are written in small letters.

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
    ),
    messages.STRAY_TEXT: (
        "stray-text",
        """There is text where only elements stand.

        No reader takes it for anything.

        Example:

            <Tags>web</Tags>

        Use instead:

            <Tags>
              <Tag>web</Tag>
            </Tags>
        """,
    ),
    messages.WRONG_NESTING: (
        "wrong-nesting",
        """A value or an element stands one level too high.

        Hostname and disk template stand in a second element of the same name, items in the element of
        their list. The vendor's own reader takes a hostname that is not nested for none at all.

        Example:

            <Hostname>web-1</Hostname>

        Use instead:

            <Hostname>
              <Hostname>web-1</Hostname>
            </Hostname>
        """,
    ),
    messages.EXCLUSIVE: (
        "exclusive",
        """Two elements or keys exclude each other, and both are there.

        An interface is in a network or in a virtual network.

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
    ),
    messages.NAMESPACE: (
        "namespace",
        """An element is in an XML namespace.

        A spec has none. Whoever looks for the names without one finds nothing in such a document.

        Example:

            <VirtualMachineSpec xmlns="https://example.org/spec">
              <Name>web</Name>
            </VirtualMachineSpec>

        Use instead:

            <VirtualMachineSpec>
              <Name>web</Name>
            </VirtualMachineSpec>
        """,
    ),
    messages.WRONG_SHAPE: (
        "wrong-shape",
        """In JSON or YAML a list, a mapping or a single value stands where another is expected.

        The shape is that of the vendor's Go library: a lookup is a mapping of one key, lists are lists
        also where they have one item.

        Example:

            {"resources": {"package": "rock-3"}}

        Use instead:

            {"resources": {"package": {"permalink": "rock-3"}}}
        """,
    ),
}
"""Name and text of each code of the grammar, which the strict reader and the XSD decide on."""

META: dict[str, tuple[str, str]] = {
    RULE_CRASHED: (
        "rule-crashed",
        """A rule of vmspec ended with an error of its own.

        That is a mistake in vmspec, and says nothing about the document. All other rules were asked.
        The finding names the rule and the kind of error; please report both.
        """,
    ),
    UNUSED_SUPPRESSION: (
        "unused-suppression",
        """A comment suppresses a finding that is not there.

        What it spoke of was mended, moved or never there. A comment that is left over would hide the
        next mistake at this place. Findings of the grammar cannot be suppressed.

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
    ),
    SUPPRESSION_WITHOUT_REASON: (
        "suppression-without-reason",
        """A comment suppresses a finding and does not say why.

        It has no effect until it does: whoever reads the document next has to know whether it still holds.

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
    ),
    UNKNOWN_SUPPRESSION: (
        "unknown-suppression",
        """A comment suppresses something that is no code and no name of a rule.

        It has no effect, and what it was meant for shows. `vmspec rules` lists codes and names.

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
    ),
}
"""Name and text of each code that is about vmspec's own work."""
