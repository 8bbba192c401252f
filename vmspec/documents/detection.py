"""Which format a document has, and whether it is a spec at all; never refuses, never raises.

What is broken can still be told, for no more is looked at than the first tag of XML and the keys at the
top of JSON and YAML. The patterns are possessive: they give nothing back that they have matched, so
that no bytes make them try twice.
"""

from __future__ import annotations

import re

from vmspec.documents.limits import BYTE_ORDER_MARK
from vmspec.model.schema import fields_of
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

SIGNATURE_KEYS = {
    "resources": rb"package|cpu_cores",  # and memory, which other formats have in their resources too
    "disk_template": rb"id|permalink",
    "data_center": rb"id|name|permalink",
    "zone": rb"id|permalink",
    "network_interfaces": rb"network|virtual_network|ip_address_allocations",
}
"""Keys of which a JSON or YAML spec has one at least, and keys in them that show what is meant."""

COMMON = frozenset({"name", "description", "hostname", "group", "tags", "iso"})
"""Keys that say nothing, for all kinds of files have them."""


def is_spec(data: bytes) -> bool:
    """Whether a document means to be a spec, well formed or not; what cannot be told is foreign.

    XML is told by the name of its root. JSON and YAML have two keys of a spec at the top, one of
    them telling. Beside keys that a spec has not, two things have to speak for it.
    """
    data = data.removeprefix(BYTE_ORDER_MARK)
    if (root := _root_name(data)) is not None:
        return root == ROOT_TAG.encode()
    if not any(key.encode() in data for key in SIGNATURE_KEYS):  # most files are done with here
        return False
    found = _top_level_keys(data.replace(b"\r", b"\n"))
    keys = found.keys() & {field.name for field in fields_of(VirtualMachineSpec)}
    if len(keys) < 2 or not keys & SIGNATURE_KEYS.keys():
        return False
    if keys >= found.keys() - {"$schema"}:
        return True
    shown = [key for key in keys & SIGNATURE_KEYS.keys() if _has_key(found[key], SIGNATURE_KEYS[key])]
    return len(keys - COMMON) + len(shown) >= 2


_SLIP = 0.94
"""As like the root's name as with a letter more, less or other, and as no other word is."""


def is_nearly_spec(data: bytes) -> bool:
    """Whether XML that is no spec has a root of its name in another case, or but for a letter."""
    root, wanted = _root_name(data.removeprefix(BYTE_ORDER_MARK)), ROOT_TAG.lower()
    if root is None or root == ROOT_TAG.encode() or abs(len(root) - len(wanted)) > 2:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, root.decode("latin-1").lower(), wanted).ratio() >= _SLIP


# XML

_PROLOG = re.compile(
    rb"""\s+ | <<<<<<<[^\n]*\n | <\?xml\s[^?>]*\??> | <\?.*?\?> | <!--.*?-->
    | <!DOCTYPE (?>[^\[>"'] | "[^"]*" | '[^']*')*+
      (?:\[ (?>[^\]"'<] | "[^"]*" | '[^']*' | <!--.*?--> | <\?.*?\?> | <(?!!--|\?))*+ \]\s*)? >""",
    re.DOTALL | re.VERBOSE,
)
_TAG = re.compile(rb"<(?:[^\s:<>/]+:)?([A-Za-z_][^\s:<>/]*)")


def _root_name(data: bytes) -> bytes | None:
    """The name of the first tag, whatever stands before it; None of what is no XML."""
    position = 0
    while (skipped := _PROLOG.match(data, position)) is not None:
        position = skipped.end()
    is_xml = data.startswith(b"<", position) or data.lstrip().startswith(b"<?xml")
    found = _TAG.search(data, position) if is_xml and not data.startswith(b"<!--", position) else None
    return found[1] if found else None


# JSON and YAML

_START = re.compile(rb"(?:[ \t]*+(?:[#%][^\n]*+|---[^\n]*+)?\n)*+")
_NEXT_DOCUMENT = re.compile(rb"^(?:---|\.\.\.)(?=\s|\Z)", re.MULTILINE)
_LINE = re.compile(
    rb"""^([ \t]*+)(?: "([^"\n]*+)"[ \t]*+: | '([^'\n]*+)'[ \t]*+:
    | ([^\s"'#,{}\[\]&*!|>%@`:-][^:\n]*+):(?=\s|\Z) )""",
    re.MULTILINE | re.VERBOSE,
)
_TOKEN = re.compile(
    rb"""(?: "((?>[^"\\\n]++|\\.)*+)" | '([^'\n]*+)' | ([\w$-]++) ) \s*+ :
    | "(?>[^"\\\n]++|\\.)*+ "? | [\w$-]++ | [{}\[\]]""",
    re.VERBOSE,
)

Keys = dict[str, bytes]
"""The text that follows each key, up to the next."""


def _top_level_keys(data: bytes) -> Keys:
    """The keys of the first mapping of a text, if that is what the text begins with."""
    start = _START.match(data)
    begin = start.end() if start else 0
    end = _NEXT_DOCUMENT.search(data, begin)
    data = data[begin : end.start() if end else None]
    first = data.lstrip()[:1]
    if first in (b"[", b"-"):
        return {}
    return _keys_by_lines(data) | (_keys_by_braces(data) if first == b"{" else {})


def _keys_by_lines(data: bytes) -> Keys:
    """The keys that begin a line least far in, in whatever state the braces are."""
    matches = [*_LINE.finditer(data)]
    least = min((len(match[1]) for match in matches), default=0)
    return _with_values(data, [match for match in matches if len(match[1]) == least])


def _keys_by_braces(data: bytes) -> Keys:
    depth = 0
    matches: list[re.Match[bytes]] = []
    for match in _TOKEN.finditer(data):
        if match[0] in (b"{", b"["):
            depth += 1
        elif match[0] in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and match.lastindex is not None:
            matches.append(match)
    return _with_values(data, matches)


def _with_values(data: bytes, matches: list[re.Match[bytes]]) -> Keys:
    ends = [*(match.start() for match in matches), len(data)][1:]
    return {
        match[match.lastindex or 0].strip().decode("utf-8", "replace"): data[match.end() : end]
        for match, end in zip(matches, ends, strict=False)
    }


def _has_key(text: bytes, names: bytes) -> bool:
    return re.search(rb"""(?<![\w-])["']?(?:%s)["']?\s*+:""" % names, text) is not None
