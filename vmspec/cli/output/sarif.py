"""SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from vmspec.cli.output.json import JSONStream
from vmspec.cli.output.reporter import message_with_hint, path_in_repository, with_fingerprints
from vmspec.documents.formats import FormatName
from vmspec.documents.redaction import RedactedText, redact
from vmspec.findings import Finding, Fix, Severity
from vmspec.text import printable
from vmspec.validation.extent import is_secret
from vmspec.validation.fixes.edits import Positions
from vmspec.validation.pages import Page, markdown, pages, plain_text
from vmspec.version import __version__

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source
    from vmspec.validation import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


class SARIFReporter:
    """A SARIF log of one run, with its rules first and one line for each result."""

    def __init__(self) -> None:
        rules = [_rule(page) for page in pages().values()]
        driver = {"name": "vmspec", "semanticVersion": __version__, "rules": rules}
        run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": []}
        self._results = JSONStream({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
        self._rule_indexes = {code: index for index, code in enumerate(pages())}
        self.write = self._results.write
        self.finish = self._results.finish

    def render(self, source: Source, report: Report) -> str:
        file = source.name if source.file is None else uri_of(source.file)
        fixes = _VisibleFixes(source.data, source.format)
        results: list[dict[str, object]] = []
        for finding, fingerprint in with_fingerprints(file, report.findings):
            result = self._result(source, finding)
            fix = fixes.of(finding) if source.file is not None else None
            if fix is not None:
                result["fixes"] = [_fix(fix, finding, file)]
            result["partialFingerprints"] = {"vmspec/v1": fingerprint}
            results.append(result)
        return self._results.encode(results)

    def _result(self, source: Source, finding: Finding) -> dict[str, object]:
        result: dict[str, object] = {"ruleId": finding.code}
        if finding.code in self._rule_indexes:
            result["ruleIndex"] = self._rule_indexes[finding.code]
        result["level"] = _LEVELS[finding.severity]
        result["message"] = {"text": message_with_hint(finding)}
        location = _location(source, finding)
        if location:
            result["locations"] = [location]
        return result


def _fix(fix: Fix, finding: Finding, uri: str) -> dict[str, object]:
    replacements = [
        {
            "deletedRegion": {
                "startLine": edit.line,
                "startColumn": edit.column,
                "endLine": edit.end_line,
                "endColumn": edit.end_column,
            },
            "insertedContent": {"text": edit.text},
        }
        for edit in fix.edits
    ]
    text = printable(finding.hint or f"correct {finding.code}")
    return {
        "description": {"text": text if fix.safe else f"{text} (unsafe)"},
        "artifactChanges": [{"artifactLocation": {"uri": uri}, "replacements": replacements}],
    }


def _rule(page: Page) -> dict[str, object]:
    return {
        "id": page.code,
        "name": page.name,
        "shortDescription": {"text": page.summary},
        "fullDescription": {"text": page.why or page.summary},
        "help": {"text": plain_text(page), "markdown": markdown(page)},
        "defaultConfiguration": {"level": _LEVELS[page.severity]},
    }


def _location(source: Source, finding: Finding) -> dict[str, object]:
    """Return the place in the file, unless it is standard input, and in the spec."""
    location: dict[str, object] = {}
    if source.file is not None:
        physical: dict[str, object] = {"artifactLocation": {"uri": uri_of(source.file)}}
        if finding.line is not None:
            physical["region"] = _region(finding)
        location["physicalLocation"] = physical
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(finding.path)}]
    return location


def _region(finding: Finding) -> dict[str, object]:
    ends = (
        ("startLine", finding.line),
        ("startColumn", finding.column),
        ("endLine", finding.end_line),
        ("endColumn", finding.end_column),
    )
    return {name: value for name, value in ends if value is not None}


def uri_of(path: str) -> str:
    """Return the URI of a file, relative to its repository if it lies in one.

    >>> uri_of("specs/100 %.xml")
    'specs/100%20%25.xml'
    """
    known = path_in_repository(path)
    return ("file://" if known.startswith("/") else "") + quote(os.fsencode(known))


class _VisibleFixes:
    """The fixes of one document that do not touch a secret; nothing is worked out before the first one."""

    def __init__(self, data: bytes, format: FormatName) -> None:
        self._data = data
        self._format: FormatName = format
        self._redacted: RedactedText | None = None
        self._positions: Positions | None = None

    def of(self, finding: Finding) -> Fix | None:
        """Return the fix of a finding, unless it replaces text that is masked or is about a secret."""
        if finding.fix is None or is_secret(finding.path):
            return None
        if self._positions is None:
            self._redacted = redact(self._data, self._format)
            self._positions = Positions(self._redacted.text if self._redacted is not None else "")
        if self._redacted is None:
            return None
        edits = self._positions.replacements(finding.fix)
        return None if any(self._redacted.hides(edit.start, edit.end) for edit in edits) else finding.fix
