"""Detection of specs among other files, valid or not; it never raises.

Only the first tag of XML and the top-level keys of JSON and YAML are looked at, so that broken documents are
detected too. The patterns are possessive: they never give back what they have matched, so that no input
makes them backtrack.
"""

from __future__ import annotations

import re

from vmspec.documents.limits import BYTE_ORDER_MARK
from vmspec.model.schema import fields_of
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

SIGNATURE_KEYS = {
    "resources": rb"package|cpu_cores",  # not memory, which the resources of other formats have too
    "disk_template": rb"id|permalink",
    "data_center": rb"id|name|permalink",
    "zone": rb"id|permalink",
    "network_interfaces": rb"network|virtual_network|ip_address_allocations",
}
"""Keys of which every JSON or YAML spec has at least one, and keys in their values that confirm a spec."""

COMMON_KEYS = frozenset({"name", "description", "hostname", "group", "tags", "iso"})
"""Keys that many other kinds of files have."""

API_KEYS = frozenset(
    {"id", "created_at", "fqdn", "size_in_gb", "api_reference", "resource_type", "associations"}
)
"""Keys of objects of Katapult's API: machines, disks, networks, load balancers and the like."""

KEYS_ALSO_IN_API = COMMON_KEYS | {"zone", "data_center", "resources"}
"""Keys of a spec that these objects may have too."""


def is_spec(data: bytes) -> bool:
    """Return True for a document that is meant to be a spec, well formed or not.

    XML is recognized by the name of its root. JSON and YAML need two keys of a spec at the top, one of them
    a signature key. If there are other keys as well, two things must indicate a spec, and the document must
    not be an object of Katapult's API.
    """
    data = data.removeprefix(BYTE_ORDER_MARK)
    if (root := _root_name(data)) is not None:
        return root == ROOT_TAG.encode()
    if not any(key.encode() in data for key in SIGNATURE_KEYS):  # true for most files
        return False
    found = _top_level_keys(data.replace(b"\r", b"\n"))
    keys = found.keys() & {field.name for field in fields_of(VirtualMachineSpec)}
    signature = keys & SIGNATURE_KEYS.keys()
    if len(keys) < 2 or not signature:
        return False
    if keys >= found.keys() - {"$schema"}:
        return True
    if found.keys() & API_KEYS and keys <= KEYS_ALSO_IN_API:
        return False
    confirmed = [key for key in signature if _has_key(found[key], SIGNATURE_KEYS[key])]
    return len(keys - COMMON_KEYS) + len(confirmed) >= 2


_MIN_SIMILARITY = 0.94
"""The similarity of the root's name to one with a letter more, less or different; no other word is closer."""


def is_nearly_spec(data: bytes) -> bool:
    """Return True for XML whose root differs from that of a spec in case, or in one letter."""
    root, expected = _root_name(data.removeprefix(BYTE_ORDER_MARK)), ROOT_TAG.lower()
    if root is None or root == ROOT_TAG.encode() or abs(len(root) - len(expected)) > 2:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, root.decode("latin-1").lower(), expected).ratio() >= _MIN_SIMILARITY


# XML

_PROLOG = rb"""(?sx) \s+ | <<<<<<<[^\n]*\n | <\?xml\s[^?>]*\??> | <\?.*?\?> | <!--.*?-->
    | <!DOCTYPE (?>[^\[>"'] | "[^"]*" | '[^']*')*+
      (?:\[ (?>[^\]"'<] | "[^"]*" | '[^']*' | <!--.*?--> | <\?.*?\?> | <(?!!--|\?))*+ \]\s*)? >"""
_TAG = rb"<(?:[^\s:<>/]+:)?([A-Za-z_][^\s:<>/]*)"


def _root_name(data: bytes) -> bytes | None:
    """Return the name of the first tag without its prefix; None if the data is not XML."""
    prolog, position = re.compile(_PROLOG), 0
    while (skipped := prolog.match(data, position)) is not None:
        position = skipped.end()
    is_xml = data.startswith(b"<", position) or data.lstrip().startswith(b"<?xml")
    found = (
        re.compile(_TAG).search(data, position) if is_xml and not data.startswith(b"<!--", position) else None
    )
    return found[1] if found else None


# JSON and YAML

_START = rb"(?:[ \t]*+(?:[#%][^\n]*+|---[^\n]*+)?\n)*+"
_NEXT_DOCUMENT = rb"(?m)^(?:---|\.\.\.)(?=\s|\Z)"
_LINE = rb"""(?mx) ^([ \t]*+)(?: "([^"\n]*+)"[ \t]*+: | '([^'\n]*+)'[ \t]*+:
    | ([^\s"'#,{}\[\]&*!|>%@`:-][^:\n]*+):(?=\s|\Z) )"""
_TOKEN = rb"""(?x) (?: "((?>[^"\\\n]++|\\.)*+)" | '([^'\n]*+)' | ([\w$-]++) ) \s*+ :
    | "(?>[^"\\\n]++|\\.)*+ "? | [\w$-]++ | [{}\[\]]"""

Keys = dict[str, bytes]
"""Keys, each with the text that follows it up to the next key."""


def _top_level_keys(data: bytes) -> Keys:
    """Return the keys of the mapping that a text begins with; none if it begins with anything else."""
    start = re.match(_START, data)
    begin = start.end() if start else 0
    end = re.compile(_NEXT_DOCUMENT).search(data, begin)
    data = data[begin : end.start() if end else None]
    first = data.lstrip()[:1]
    if first in (b"[", b"-"):
        return {}
    return _keys_by_lines(data) | (_keys_by_braces(data) if first == b"{" else {})


def _keys_by_lines(data: bytes) -> Keys:
    """Return the keys with the smallest indentation, whatever braces are around them."""
    matches = [*re.finditer(_LINE, data)]
    indentation = min((len(match[1]) for match in matches), default=0)
    return _with_values(data, [match for match in matches if len(match[1]) == indentation])


def _keys_by_braces(data: bytes) -> Keys:
    """Return the keys in one pair of braces only."""
    depth = 0
    matches: list[re.Match[bytes]] = []
    for match in re.finditer(_TOKEN, data):
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
