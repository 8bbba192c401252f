"""Hostile XML."""

from __future__ import annotations

from collections.abc import Iterator

from .hostile_document import (
    DECLARED,
    DOCTYPE,
    MANY,
    MARKED,
    NOT_UTF_8,
    NUL,
    SPEC,
    STRANGE,
    TOO_MANY_NOTES,
    VERSION,
    Hostile,
)

PLAIN = SPEC.format("<Name>web</Name>")

SCHEMES = (
    *("https:{}", "ftp:{}", "gopher:{}", "jar:http:{}!/a", "netdoc:{}", "php:{}", "expect:{}", "{}"),
    *("data:text/plain,a", "\\\\127.0.0.1\\a", "../../../../../../etc/passwd"),
)
ENCODINGS = (
    *("UTF-16", "UTF-32", "UCS-4", "ISO-8859-1", "windows-1252", "KOI8-R", "Shift_JIS", "ISO-2022-JP"),
    *("GB18030", "HZ", "IBM037", "UTF-7", "CESU-8", "utf8", "rot13", "zip", "unicode_escape"),
)
VERSIONS = ("2.0", "1.00", "", "1.0 ", "0.9", "\u0661.\u0660")

UNDEFINED = "an undefined entity; write &amp; for the character &"
NO_ENTITY = "an & that does not begin an entity; write &amp; for the character &"
NO_CHARACTER = "a character that XML does not allow; leave it out"
NO_TAG = "a < that does not begin a tag; write &lt; for the character <"
AFTER_THE_ROOT = "content after the end of the root element; leave it out"
LATE_DECLARATION = "an XML declaration after the start of the document; move it there"

MALFORMED: dict[str, tuple[str, int, str]] = {
    "character-0": (SPEC.format("<Name>&#0;</Name>"), 27, NO_CHARACTER),
    "character-0-in-hex": (SPEC.format("<Name>&#x0;</Name>"), 27, NO_CHARACTER),
    "character-fffe": (SPEC.format("<Name>&#xFFFE;</Name>"), 27, NO_CHARACTER),
    "character-of-a-pair": (SPEC.format("<Name>&#xD800;</Name>"), 27, NO_CHARACTER),
    "character-beyond": (SPEC.format("<Name>&#x110000;</Name>"), 27, NO_CHARACTER),
    "character-far-beyond": (SPEC.format(f"<Name>&#{'9' * 20};</Name>"), 27, NO_CHARACTER),
    "character-below": (SPEC.format("<Name>&#-1;</Name>"), 29, STRANGE),
    "entity": (SPEC.format("<Name>&a;</Name>"), 27, UNDEFINED),
    "entity-in-an-attribute": (SPEC.format('<Zone by="&a;">b</Zone>'), 21, UNDEFINED),
    "ampersands": (SPEC.format("&" * MANY), 22, NO_ENTITY),
    "lower-case-doctype": ("<!doctype a>" + PLAIN, 1, NO_TAG),
    "doctype-within": (SPEC.format("<!DOCTYPE a>"), 21, NO_TAG),
    "doctype-behind": (PLAIN + "<!DOCTYPE a>", 58, AFTER_THE_ROOT),
    "open-brackets": ("<" * MANY, 2, NO_TAG),
    "end-tags": ("</a>" * (MANY // 4), 1, NO_TAG),
    "roots": (SPEC.format("") * 20_000, 42, AFTER_THE_ROOT),
    "text-behind": (SPEC.format("") + "a" * MANY, 42, AFTER_THE_ROOT),
    "declaration-within": (SPEC.format('<?xml version="1.0"?>'), 21, LATE_DECLARATION),
    "declaration-behind-a-blank": (' <?xml version="1.0"?>' + PLAIN, 2, LATE_DECLARATION),
    "open-comment": ("<!--" + "a" * MANY, 1, "a comment that is not closed; close it with -->"),
    "open-instruction": ("<?a " + "?" * MANY, 1, STRANGE),
    "open-tag": ("<" + "a" * MANY, 1, "an unfinished tag; close it with >"),
    "open-cdata": (
        SPEC.format("<Name><![CDATA[" + "]]" * MANY),
        600_057,
        "a CDATA section that is not closed; close it with ]]>",
    ),
    "open-attribute": (
        '<a a="' + "b" * MANY,
        1,
        'an attribute value without a closing quote; write name="value"',
    ),
    "attributes-without-values": (
        "<a " + "b " * MANY,
        6,
        'an attribute without a value; write name="value"',
    ),
    "attribute-twice": ("<a b='' b=''/>", 9, "an attribute that occurs twice; leave one of them out"),
    "only-blanks": (
        " " * (3 * MANY),
        900_001,
        "no element was found; a spec begins with <VirtualMachineSpec>",
    ),
}
"""Text, column, and message."""

UNEXPECTED: dict[str, tuple[str, str]] = {
    "long-tag": (
        SPEC.format(f"<{'a' * MANY}/>"),
        "1:22: error VMS102 <VirtualMachineSpec> has no child <***>",
    ),
    "long-attribute": (
        SPEC.format(f'<Name {"a" * MANY}=""/>'),
        "1:27: error VMS105 <Name> has no attribute ***",
    ),
    "long-by": (
        SPEC.format(f'<Zone by="{"a" * MANY}">a</Zone>'),
        f'1:31: error VMS103 <Zone> has by="{"a" * 59}…"; by is id or permalink',
    ),
    **{
        f"long-number-of-{name}": (
            SPEC.format(f"<Resources><Memory>{sign * MANY}</Memory></Resources>"),
            f'1:40: error VMS107 <Memory> is "{sign * 59}…"; it is an integer from 1 (GB){hint}',
        )
        for name, sign, hint in (
            ("nines", "9", "; it has at most nine digits"),
            ("zeros", "0", "; it has at most nine digits"),
            ("signs", "+", ""),
        )
    },
    "blanks-in-a-number": (
        SPEC.format(f"<Resources><Memory>{' ' * MANY}1{' ' * MANY}x</Memory></Resources>"),
        f'1:300040: error VMS107 <Memory> is "1{" " * 58}…"; it is an integer from 1 (GB)',
    ),
    "lists-in-lists": (
        f"<VirtualMachineSpec>{'<Tags>' * 31}{'</Tags>' * 31}</VirtualMachineSpec>",
        "1:28: error VMS102 <Tags> has no child <Tags>; leave it out: <Tag> belongs directly in <Tags>",
    ),
    "comments-in-a-value": (
        SPEC.format(f"<Name>{'<!---->a' * 3000}</Name>"),
        f"1:16027: {TOO_MANY_NOTES}",
    ),
    "stylesheet-that-includes": (
        '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
        '<xsl:include href="{address}"/><xsl:import href="file://{file}"/></xsl:stylesheet>',
        "1:2: error VMS101 the root is <xsl:stylesheet>; a spec begins with <VirtualMachineSpec>",
    ),
    "schema-that-includes": (
        '<schema xmlns="http://www.w3.org/2001/XMLSchema"><include schemaLocation="{address}"/></schema>',
        "1:2: error VMS101 the root is <schema>; a spec begins with <VirtualMachineSpec>",
    ),
    "base-elsewhere": (
        '<VirtualMachineSpec xml:base="{address}"/>',
        "1:21: error VMS105 <VirtualMachineSpec> has no attribute xml:base",
    ),
    "type-by-instance": (
        '<VirtualMachineSpec xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="a"/>',
        "1:73: error VMS105 <VirtualMachineSpec> has no attribute x:type",
    ),
}
"""Text and finding; some name the canaries."""

HARMLESS = {
    "references": SPEC.format(f"<Name>{'&amp;' * (MANY // 2)}</Name>"),
    "cdata-pieces": SPEC.format(f"<Name>{'<![CDATA[a]]>' * (MANY // 5)}</Name>"),
    "blanks": SPEC.format(" " * (3 * MANY)),
    "doctype-in-a-comment": "<!-- <!DOCTYPE a> -->" + PLAIN,
    "doctype-in-cdata": SPEC.format("<Name><![CDATA[<!DOCTYPE a SYSTEM 'file:///a'>]]></Name>"),
    "percent-entity": SPEC.format("<Name>%a;</Name>"),
    "tags": SPEC.format(f"<Tags>{''.join(f'<Tag>a{number}</Tag>' for number in range(19_000))}</Tags>"),
    "equal-tags": SPEC.format(f"<Tags>{'<Tag>a</Tag>' * 19_000}</Tags>"),
    "blank-tags": SPEC.format(f"<Tags>{'<Tag/>' * 19_000}</Tags>"),
    "hostname": SPEC.format(f"<Hostname><Hostname>{'a.' * MANY}</Hostname></Hostname>"),
    "suppression-of-many": SPEC.format(f"<!-- vmspec: ignore[{'a,' * MANY}] b -->"),
    "suppressions": SPEC.format("<!-- vmspec: ignore[a] b -->" * 1900),
    **{
        f"{name}-of-{sign}": SPEC.format(
            "<NetworkInterfaces><NetworkInterface><IPAddressAllocation>"
            f'<{name} by="address">{sign * (MANY // 2)}/0</{name}>'
            "</IPAddressAllocation></NetworkInterface></NetworkInterfaces>"
        )
        for name in ("IPAddress", "Subnet")
        for sign in ("1.", ":", "::", "%")
    },
}
"""Valid by the grammar; the rules must come to an end."""


def documents(file: str, address: str) -> Iterator[Hostile]:
    """Yield hostile XML; some of it names this file or this loopback address."""
    yield from (Hostile(name, "xml", data, finding) for name, data, finding in _foreign_bytes())
    for scheme in SCHEMES:
        target = scheme.format(address.partition(":")[2])
        doctype = f'<!DOCTYPE a [<!ENTITY b SYSTEM "{target}">]>'
        text = f"{doctype}{SPEC.format('<Name>&b;</Name>')}"
        yield Hostile(f"entity-from-{scheme}", "xml", text.encode(), DOCTYPE.format(1))
    for name, before in (("comment", "<!-- a -->"), ("instruction", "<?a?>"), ("blank", "   ")):
        text = f'{before}<!DOCTYPE a SYSTEM "{address}">{PLAIN}'
        yield Hostile(f"doctype-behind-a-{name}", "xml", text.encode(), DOCTYPE.format(len(before) + 1))
    for encoding in ENCODINGS:
        text = f'<?xml version="1.0" encoding="{encoding}"?>{PLAIN}'
        yield Hostile(f"declared-{encoding}", "xml", text.encode(), DECLARED)
    for version in VERSIONS:
        yield Hostile(f"version-{version}", "xml", f'<?xml version="{version}"?>{PLAIN}'.encode(), VERSION)
    for name, (text, column, words) in MALFORMED.items():
        finding = f"1:{column}: error VMS001 not well-formed XML: {words}"
        yield Hostile(name, "xml", text.encode(), finding)
    for name, (text, finding) in UNEXPECTED.items():
        text = text.replace("{address}", address).replace("{file}", file)
        yield Hostile(name, "xml", text.encode(), finding)
    for name, text in HARMLESS.items():
        yield Hostile(f"harmless-{name}", "xml", text.encode(), None)
    yield Hostile(
        "unknown-elements",
        "xml",
        SPEC.format("<a/>" * 19_000).encode(),
        "1:22: error VMS102 <VirtualMachineSpec> has no child <a>",
        201,
    )


def _foreign_bytes() -> Iterator[tuple[str, bytes, str]]:
    for name, data in {
        "overlong": b"\xc0\xaf",
        "overlong-in-three": b"\xe0\x80\xaf",
        "half-of-a-pair": b"\xed\xa0\x80",
        "beyond-unicode": b"\xf4\x90\x80\x80",
        "continuation-alone": b"\x80",
        "five-bytes": b"\xf8\x88\x80\x80\x80",
        "latin-1": b"\xe9",
    }.items():
        yield name, PLAIN.encode().replace(b"web", data), NOT_UTF_8.format(27)
    yield "utf-16-be", PLAIN.encode("utf-16-be"), NUL.format(1)
    yield "utf-16-be-with-mark", b"\xfe\xff" + PLAIN.encode("utf-16-be"), MARKED
    yield "utf-32-be", PLAIN.encode("utf-32-be"), NUL.format(1)
    yield "zip", b"PK\x03\x04" + bytes(99), NUL.format(5)
    yield "bzip2", b"BZh91AY&SY\xff\x00", NOT_UTF_8.format(11)
    yield "xz", b"\xfd7zXZ\x00", NOT_UTF_8.format(1)
    yield "png", b"\x89PNG\r\n", NOT_UTF_8.format(1)
