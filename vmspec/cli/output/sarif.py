"""SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from vmspec.cli.output.json import JSONStream
from vmspec.cli.output.reporter import message_with_hint, path_in_repository
from vmspec.findings import Finding, Severity
from vmspec.text import printable
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
        return self._results.encode(self._result(source, finding) for finding in report.findings)

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
            column = {"startColumn": finding.column} if finding.column is not None else {}
            physical["region"] = {"startLine": finding.line} | column
        location["physicalLocation"] = physical
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(finding.path)}]
    return location


def uri_of(path: str) -> str:
    """Return the URI of a file, relative to its repository if it lies in one.

    >>> uri_of("specs/100 %.xml")
    'specs/100%20%25.xml'
    """
    known = path_in_repository(path)
    return ("file://" if known.startswith("/") else "") + quote(os.fsencode(known))
