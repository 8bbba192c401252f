"""Hostile JSON."""

from __future__ import annotations

from collections.abc import Iterator

from .hostile_document import MANY, TOO_LONG, Hostile

MEMORY = '{{"resources": {{"memory": {}}}}}'
NO_VALUE = "expected a JSON value; put strings in double quotes"
NO_KEY = "expected a key in double quotes"
LINE_END = r"a control character in a string; write \n for the end of a line, or close the quotes before it"
NO_DIGITS = r"\u without four hexadecimal digits; write all four, or \\ if \ itself is meant"
NO_COMMA = 'expected "," or "}"'
MORE = "expected nothing more after the JSON value"
COMMENT = "a comment, which JSON does not have; leave it out"

MALFORMED: dict[str, tuple[str, str, str]] = {
    "comment": ('{"name": "a"} // b', "1:15", COMMENT),
    "comment-before": ("/* a */ {}", "1:1", COMMENT),
    "two-values": ("{}{}", "1:3", MORE),
    "value-a-line": ('{"name": "a"}\n{"name": "b"}', "2:1", MORE),
    "comma-at-the-end": ('{"name": "a",}', "1:13", 'a comma before "}"; leave it out'),
    "comma-first": ('{,"name": "a"}', "1:2", NO_KEY),
    "single-quotes": ("{'name': 'a'}", "1:2", NO_KEY),
    "bare-key": ('{name: "a"}', "1:2", NO_KEY),
    "bare-value": ('{"name": web}', "1:10", NO_VALUE),
    "raw-control": ('{"name": "a\x01"}', "1:12", r"a control character in a string; leave it out"),
    "raw-line-end": ('{"name": "a\nb"}', "1:12", LINE_END),
    "unknown-escape": (
        '{"name": "\\x41"}',
        "1:11",
        r"\ that does not begin an escape; write \\ if \ itself is meant",
    ),
    "short-escape": ('{"name": "\\u12"}', "1:12", NO_DIGITS),
    "pair-turned-round": (
        '{"name": "\\udc27\\ud83d"}',
        "1:10",
        "an unpaired surrogate in a string",
    ),
    "zeros-first": (MEMORY.format("007"), "1:27", NO_COMMA),
    "hexadecimal": (MEMORY.format("0x10"), "1:27", NO_COMMA),
    "underscore": (MEMORY.format("1_0"), "1:27", NO_COMMA),
    "point-first": (MEMORY.format(".5"), "1:26", NO_VALUE),
    "point-last": (MEMORY.format("5."), "1:27", NO_COMMA),
    "sign-first": (MEMORY.format("+5"), "1:26", NO_VALUE),
    "other-digits": (MEMORY.format("\u0664"), "1:26", NO_VALUE),
    "signs": ("-" * MANY, "1:1", NO_VALUE),
    "open-braces": ("{" * MANY, "1:2", NO_KEY),
    "closing-brackets": ("]" * MANY, "1:1", NO_VALUE),
    "only-blanks": (" " * (3 * MANY), "1:900001", "the document ends too early; expected a JSON value"),
    "empty": ("", "1:1", "the document ends too early; expected a JSON value"),
}
"""Text, position, and message."""

UNEXPECTED: dict[str, tuple[str, str]] = {
    **{
        f"number-{number}": (
            MEMORY.format(number),
            f'1:26: error VMS107 resources.memory is "{number}"; it is an integer from 1 (GB)',
        )
        for number in ("-0", "1e5", "1E+999999999", "1e-999999999", "0.1")
    },
    **{
        name: (text, f"1:1: error VMS112 the spec is a {kind}, not a mapping")
        for name, text, kind in (
            ("nothing", "null", "single value"),
            ("text", '"a"', "single value"),
            ("list", "[{}]", "list"),
            ("deep-list", "[" * 64 + "]" * 64, "list"),
        )
    },
    "reference": ('{"$ref": "file://{file}"}', '1:2: error VMS102 the spec has no key "$ref"'),
    "prototype": ('{"__proto__": {}}', '1:2: error VMS102 the spec has no key "__proto__"'),
    "nul-in-a-key": (
        '{"na\\u0000me": 1}',
        '1:2: error VMS102 the spec has no key "***"; did you mean name?',
    ),
    "long-key": (f'{{"{"a" * MANY}": 1}}', '1:2: error VMS102 the spec has no key "***"'),
    "many-texts": ("[" + '"a",' * MANY, TOO_LONG),
}
"""Text and finding."""

HARMLESS = {
    "schema-elsewhere": '{"$schema": "{address}"}',
    "backslashes": '{"name": "' + "\\\\" * (MANY // 2) + '"}',
    "escapes": '{"name": "' + "\\u0061" * (MANY // 6) + '"}',
    "equal-tags": '{"tags": [' + '"a",' * 15_000 + '"a"]}',
}
"""Valid by the grammar; one names the canary."""


def documents(file: str, address: str) -> Iterator[Hostile]:
    """Yield hostile JSON; some of it names this file or this loopback address."""
    for name, (text, place, words) in MALFORMED.items():
        yield Hostile(name, "json", text.encode(), f"{place}: error VMS001 {words}")
    for name, (text, finding) in UNEXPECTED.items():
        yield Hostile(name, "json", text.replace("{file}", file).encode(), finding)
    for name, text in HARMLESS.items():
        yield Hostile(f"harmless-{name}", "json", text.replace("{address}", address).encode(), None)
    unknown, equal = (",".join(f'"a{number}": 1' for number in range(9_000)), '"name": "a",' * 9_000)
    yield Hostile(
        "unknown-keys", "json", f"{{{unknown}}}".encode(), '1:2: error VMS102 the spec has no key "a0"', 201
    )
    yield Hostile(
        "equal-keys",
        "json",
        f'{{{equal}"tags": []}}'.encode(),
        '1:14: error VMS104 the spec has the key "name" twice',
        201,
    )
