"""The end of what a finding is about: a tag, an attribute, a key or a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from vmspec.findings import Finding
from vmspec.model.schema import Part, fields_of
from vmspec.model.spec import VirtualMachineSpec

_TAG = re.compile(r"[^\s/>]+")
_ATTRIBUTE = re.compile(r"[^\s=<>\"'/]+(?=\s*=\s*[\"'])")
_TEXT = re.compile(r"[^<\r]+(?<!\s)")
_DATA = re.compile(
    r"""(?x) "(?:[^"\\]|\\.)*+"? | '(?:[^']|'')*+'? | [{\[|>]
    | (?:[^\s:,\[\]{}\#]|:(?=\S)|(?<=\S)\#|[ \t]+(?=[^\s:\#]))+"""
)


def with_ends(findings: Iterable[Finding], text: str) -> tuple[Finding, ...]:
    """Return findings on a document with their ends, which are on the lines that they begin on.

    A finding in a secret ends behind one character, because its length is a part of the secret.
    """
    lines, is_xml = text.split("\n"), text.lstrip()[:1] == "<"
    return tuple(_with_end(finding, lines, is_xml) for finding in findings)


def _with_end(finding: Finding, lines: list[str], is_xml: bool) -> Finding:
    line, column = finding.line, finding.column
    if line is None or column is None or line > len(lines) or finding.end_line is not None:
        return finding
    text, start = lines[line - 1], column - 1
    end = start + 1
    if not is_secret(finding.path):
        pattern = _pattern_in_xml(text, start) if is_xml else _DATA
        match = pattern.match(text, start)
        end = match.end() if match else end
    end_column = max(min(end, len(text)), start) + 1
    return Finding(  # evolve takes three times as long
        finding.code, finding.message, finding.severity, finding.path,
        line, column, finding.hint, line, end_column, finding.fix,
    )  # fmt: skip


def _pattern_in_xml(line: str, start: int) -> re.Pattern[str]:
    before = line[start - 1 : start]
    if before == "<" or line[:start].endswith("</"):
        return _TAG
    if before in ('"', "'"):
        return _UP_TO_QUOTE[before]
    return _ATTRIBUTE if _ATTRIBUTE.match(line, start) else _TEXT


_UP_TO_QUOTE = {quote: re.compile(f"[^{quote}]*") for quote in ('"', "'")}


def is_secret(path: str) -> bool:
    """Return True for the path of a field that is secret."""
    return path.rpartition(".")[2] in _secret_fields()


@cache
def _secret_fields() -> frozenset[str]:
    return frozenset(_secrets_in(VirtualMachineSpec))


def _secrets_in(cls: type[Part]) -> Iterator[str]:
    for field in fields_of(cls):
        if field.secret:
            yield field.name
        if field.part is not None:
            yield from _secrets_in(field.part)
