"""Comments by which a document says that a finding is meant so, and why.

In XML before the element that the finding is at, or one around it; in YAML on the line before, or at
the end of the line. JSON has no comments.

    <!-- vmspec: ignore[hostname-in-capitals] the monitoring knows it by this name -->
    size: 5  # vmspec: ignore[VMS242] a scratch disk
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from attrs import define

from vmspec.codes import RULE_CRASHED, SUPPRESSION_WITHOUT_REASON, UNKNOWN_SUPPRESSION, UNUSED_SUPPRESSION
from vmspec.documents.document import Document
from vmspec.documents.line_index import LineIndex, Position, TextLineIndex
from vmspec.documents.messages import did_you_mean, quote
from vmspec.documents.xml import limits
from vmspec.findings import MAX_FINDINGS, Finding, Severity
from vmspec.model.element_tree import root
from vmspec.validation.rules import RULES

FORM = "vmspec: ignore[CODE] reason"

ENOUGH = 2 * MAX_FINDINGS
"""After so many complaints about comments no more are made: few of them are shown."""

_IGNORE = re.compile(r"\s*vmspec:\s*ignore\s*\[([^\]]*)\](.*)", re.DOTALL)
_FOR_VMSPEC = re.compile(r"\s*vmspec:")


@define(eq=False)
class Suppression:
    """One code that a comment suppresses; ``used`` once it did."""

    code: str
    place: Position
    used: bool = False


Suppressions = dict[Position | int, dict[str, Suppression]]
"""By the place they are for (XML) or the line (YAML), and by code."""


def without_suppressed(findings: Iterable[Finding], document: Document) -> list[Finding]:
    """The findings that no comment suppresses, and what is wrong with the comments."""
    comments = _in_xml(document.data) if document.format == "xml" else _in_yaml(document.data.decode())
    suppressions: Suppressions = {}
    listed: list[Suppression] = []
    complaints: list[Finding] = []
    for text, place, targets in comments:
        for code in _codes_in(text, place, complaints):
            suppression = Suppression(code, place)
            listed.append(suppression)
            for target in targets:
                suppressions.setdefault(target, {}).setdefault(code, suppression)
    left = [finding for finding in findings if not _is_suppressed(finding, suppressions, document)]
    for suppression in listed:
        if not suppression.used:
            _complain(complaints, UNUSED_SUPPRESSION, suppression.place, *_unused(suppression.code))
    return left + complaints


def _is_suppressed(finding: Finding, suppressions: Suppressions, document: Document) -> bool:
    """Whether a comment is for the place of a finding, or for something that it is in."""
    for place in _places_around(finding, document):
        target = place if document.format == "xml" else place[0]
        suppression = suppressions.get(target, {}).get(finding.code)
        if suppression is not None:
            suppression.used = True
            return True
    return False


_LAST_STEP = re.compile(r"(?:\.[^.\[]*|\[\d+\]|^[^.\[]*)$")


def _places_around(finding: Finding, document: Document) -> Iterator[Position]:
    """The place of a finding and of all that it is in; in YAML without the document, which has no line."""
    path = finding.path
    yield document.position_of(path)
    while path:
        path = _LAST_STEP.sub("", path)
        if path or document.format == "xml":
            yield document.position_of(path)


# What comments say


def _codes_in(text: str, place: Position, complaints: list[Finding]) -> Iterator[str]:
    """The codes that a comment suppresses; what is wrong with it is added to the complaints."""
    found = _IGNORE.match(text)
    if found is None:
        message = "a comment for vmspec that it does not understand"
        _complain(complaints, UNKNOWN_SUPPRESSION, place, message, f"write {FORM}")
        return
    for word in found[1].split(","):
        code = _codes().get(word.strip().lower())
        if code is not None and found[2].strip():
            yield code
        elif len(complaints) >= ENOUGH:
            return  # to find what was meant takes its time
        elif code is None:
            _complain(complaints, UNKNOWN_SUPPRESSION, place, *_unknown(word.strip()))
        else:
            message = f"the suppression of {code} has no reason, and no effect"
            _complain(complaints, SUPPRESSION_WITHOUT_REASON, place, message, f"write {FORM}")


@cache
def _codes() -> dict[str, str]:
    """The codes that can be suppressed, by themselves and by their names, in small letters."""
    names = {rule.name: rule.code for rule in RULES} | {"rule-crashed": RULE_CRASHED}
    return names | {code.lower(): code for code in names.values()}


def _unknown(word: str) -> tuple[str, str | None]:
    """Message and hint for what cannot be suppressed."""
    from vmspec.validation.pages import find_page

    page = find_page(word)
    if page is not None:
        message = f"{page.code} {page.name} does not belong to a rule and cannot be suppressed"
        return message, "take the suppression away"
    meant = did_you_mean(word, [rule.name for rule in RULES])
    hint = f"did you mean {meant}?" if meant else None
    return f"{quote(word)} is not a code or the name of a rule", hint


def _unused(code: str) -> tuple[str, str]:
    """Message and hint for what suppresses nothing."""
    return f"nothing to suppress here for {code}", "take the suppression away"


def _complain(complaints: list[Finding], code: str, place: Position, message: str, hint: str | None) -> None:
    if len(complaints) < ENOUGH:
        line, column = place
        complaints.append(Finding(code, message, Severity.WARNING, line=line, column=column, hint=hint))


# Where they are

Comment = tuple[str, Position, list[Position | int]]
"""A comment for vmspec: its text, where it begins, and what it is for."""


def _in_xml(data: bytes) -> Iterable[Comment]:
    """Each is for the next element on its level; at the end of a level it is for nothing."""
    places, parser = LineIndex(data), limits.new_parser()
    comments: list[Comment] = []
    waiting: list[list[Comment]] = [[]]
    opened: list[tuple[str, list[Comment]]] = []

    def start(tag: str, _: object) -> None:
        mine = waiting[-1]
        waiting[-1] = []
        if opened and opened[-1][0] == tag and _is_nested_text(tag):
            mine = mine + opened[-1][1]  # the field stands in the inner one
        place = places.of(parser.CurrentByteIndex + 1)
        for comment in mine:
            comment[2].append(place)
        opened.append((tag, mine))
        waiting.append([])

    def end(_: str) -> None:
        opened.pop()
        waiting.pop()

    def comment(text: str) -> None:
        if _FOR_VMSPEC.match(text):
            found: Comment = (text, places.of(parser.CurrentByteIndex), [])
            comments.append(found)
            waiting[-1].append(found)

    parser.StartElementHandler, parser.EndElementHandler, parser.CommentHandler = start, end, comment
    limits.parse_events(parser, data)
    return comments


def _is_nested_text(tag: str) -> bool:
    """Whether a text stands in two elements of this name, which are one field."""
    node = root().children.get(tag)
    if node is None:
        return False
    inner = node.children.get(tag)
    return node.nested or (inner is not None and not inner.step)


_NOTHING_YET = re.compile(r"\s*(?:-[ \t]+)*")
"""Before a comment: a list item that only begins on a line has its place where its first key stands."""
_YAML_COMMENT = re.compile(r"#([ \t]*vmspec:[^\n]*)")
_NO_CONTENT = re.compile(r"\s*(?:#.*|---\s*|%.*)?")


def _in_yaml(text: str) -> Iterator[Comment]:
    """Each is for its line, or for the next one with content where it stands alone or with a dash."""
    places, scalars = TextLineIndex(text), _scalars(text)
    begins = [begin for begin, _ in scalars]
    lines = text.split("\n")
    following = _following_content(lines)
    for found in _YAML_COMMENT.finditer(text):
        index = bisect_right(begins, found.start()) - 1
        if index >= 0 and found.start() < scalars[index][1]:
            continue
        line, column = places.of(found.start())
        alone = _NOTHING_YET.fullmatch(lines[line - 1], 0, column - 1)
        yield found[1], (line, column), [following[line - 1] if alone else line]


def _following_content(lines: list[str]) -> list[int]:
    """For each line the number of the next one that holds more than a comment or a marker."""
    following = [0] * len(lines)
    next_one = len(lines) + 1
    for index in range(len(lines) - 1, -1, -1):
        following[index] = next_one
        if not _NO_CONTENT.fullmatch(lines[index]):
            next_one = index + 1
    return following


def _scalars(text: str) -> list[tuple[int, int]]:
    """Where the scalars of a YAML text begin and end: what looks like a comment in one is none."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    marks: list[tuple[Any, Any]] = [
        (event.start_mark, event.end_mark)
        for event in yaml.parse(text, Loader=loader)
        if isinstance(event, yaml.ScalarEvent)
    ]
    return [(begin.index, end.index) for begin, end in marks]
