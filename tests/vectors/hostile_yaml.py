"""Hostile YAML."""

from __future__ import annotations

from collections.abc import Iterator

from .hostile_document import ALIAS, ANCHOR, MANY, TAG, TOO_MANY_VALUES, Hostile

TAGS = (
    *("!!python/object/new:os.system", "!!python/name:os.system", "!!python/module:os", "!!binary", "!!set"),
    *("!!timestamp", "!!float", "!!str", "!", "!<tag:yaml.org,2002:str>", "!!java.net.URL", "!!js/function"),
    *("!ruby/object:Gem::Installer", "!ENV", "!reference", "!vault", "!secret"),
)
NO_BLOCK = "did not find expected comment or line break"
NO_TOKEN = "found character that cannot start any token"
NO_CHARACTER = "a character it cannot hold"
NO_MAPPING = "mapping values are not allowed in this context"
OPEN = "a quote that is not closed"
BRACKET = (
    "a bracket that is not closed, or a missing comma; close it with }, or put a comma between its items"
)

MALFORMED: dict[str, tuple[str, str, str]] = {
    "deep-margin": ("name: |2147483647\n a", "1:9", NO_BLOCK),
    "wide-margin": ("name: >99\n a", "1:9", NO_BLOCK),
    "half-of-a-pair": ('name: "\\ud800"', "1:10", "found invalid Unicode character escape code"),
    "open-quote": ('name: "a', "1:7", f'{OPEN}; close it with "'),
    "open-apostrophe": ("name: 'a", "1:7", f"{OPEN}; close it with '"),
    "at-sign": ("name: @a", "1:7", f"{NO_TOKEN}; put the value in quotes"),
    "open-brace": ("name: {a", "1:7", BRACKET),
    "closing-bracket": ("name: ]", "1:7", "did not find expected node content"),
    "mapping-in-a-line": ("name: a: b", "1:8", f"{NO_MAPPING}; put a value with a colon in quotes"),
    "list-in-a-line": ("name: - a", "1:7", "block sequence entries are not allowed in this context"),
    "yaml-2": ("%YAML 2.0\n---\nname: a", "1:1", "found incompatible YAML document"),
    "directives": ("%A\n" * (MANY // 3), "1:3", "found unknown directive name"),
    "document-ends": ("...\n" * (MANY // 4), "1:1", "did not find expected node content"),
    "tab": ("resources:\n\tmemory: 1", "2:1", f"{NO_TOKEN}; indent with spaces"),
    "escape-code": ('name: "\x1b[2J"', "1:8", NO_CHARACTER),
    "delete": ("name: a\x7fb", "1:8", NO_CHARACTER),
    "colons": (":" * MANY, "1:300000", NO_MAPPING),
    "quotes": ('"' * MANY, "1:3", "did not find expected <document start>"),
    "backslashes": ('"' + "\\" * MANY, "1:1", f'{OPEN}; close it with "'),
    "long-key": ("a" * 2000 + ": b", "1:2001", NO_MAPPING),
    "empty-key": (": a", "1:1", "did not find expected key; indent it as the keys beside it"),
}
"""Text, position, and message."""

WHOLE = "it is an integer from 1 (GB)"
UNEXPECTED: dict[str, tuple[str, str]] = {
    **{
        f"number-{number}": (
            f"resources: {{memory: {number}}}",
            f'1:21: error VMS107 resources.memory is "{number}"; {WHOLE}',
        )
        for number in ("22:22", "0o10", "0b1", "0x10", "1_0", ".nan", ".inf", "1e3", "2001-01-01")
    },
    "no": (
        "authorized_keys: {all_users: no}",
        '1:30: error VMS107 authorized_keys.all_users is "no"; it is true or false; write false',
    ),
    "escaped-nul": (
        'name: "\\x00"',
        "1:7: error VMS107 name contains the character U+0000, which XML does not allow",
    ),
    "anchor": ("name: &a b", f"1:7: {ANCHOR}"),
    "anchor-of-itself": ("&a [*a]", f"1:1: {ANCHOR}"),
    "anchors": ("&a " * MANY, f"1:1: {ANCHOR}"),
    "anchor-behind-a-tag": ("name: !a &b c", f"1:7: {ANCHOR}"),
    "aliases": ("*a " * MANY, f"1:1: {ALIAS}"),
    "merged-alias": ("resources: &a {memory: 1}\n<<: *a", f"1:12: {ANCHOR}"),
    "tag-by-directive": ("%TAG ! {address}/\n---\nname: !c d", f"3:7: {TAG}"),
    "tags": ("! " * MANY, f"1:1: {TAG}"),
    "comments": ("#\n" * MANY, "1:1: error VMS001 the document is empty"),
    "long-text": ("a" * (3 * MANY), "1:1: error VMS112 the spec is a single value, not a mapping"),
    "apostrophes": ("'" * MANY, "1:1: error VMS112 the spec is a single value, not a mapping"),
    "lists": ("-\n" * MANY, f"20000:2: {TOO_MANY_VALUES}"),
    "questions": ("?\n" * MANY, f"10001:1: {TOO_MANY_VALUES}"),
    "braces": ("{" * MANY, f"1:1001: {TOO_MANY_VALUES}"),
    "staircase": ("\n".join(" " * step + "a:" for step in range(900)), f"65:65: {TOO_MANY_VALUES}"),
    "key-twice-further-in": (
        "zone: {id: a, id: b}",
        '1:15: error VMS104 zone has the key "id" twice',
    ),
}
"""Text and finding; one names the canary."""

HARMLESS = {
    "literal": "name: |\n" + " a\n" * MANY,
    "folded": "name: >\n" + " a\n" * MANY,
    "unused-tag-directive": "%TAG ! {address}/\n---\nname: a",
    "suppressions": "name: a\n" + "# vmspec: ignore[a] b\n" * (MANY // 20),
}
"""Valid by the grammar; one names the canary."""


def documents(file: str, address: str) -> Iterator[Hostile]:
    """Yield hostile YAML; some of it names this loopback address."""
    for tag in TAGS:
        yield Hostile(f"tag-{tag}", "yaml", f"name: {tag} a".encode(), f"1:7: {TAG}")
    for name, (text, place, words) in MALFORMED.items():
        yield Hostile(name, "yaml", text.encode(), f"{place}: error VMS001 not YAML: {words}")
    for name, (text, finding) in UNEXPECTED.items():
        yield Hostile(name, "yaml", text.replace("{address}", address).encode(), finding)
    for name, text in HARMLESS.items():
        yield Hostile(f"harmless-{name}", "yaml", text.replace("{address}", address).encode(), None)
