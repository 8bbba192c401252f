"""GitLab code quality: a JSON list, which merge requests show beside their changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmspec.cli.output.console import shown_path
from vmspec.cli.output.json import JSONStream
from vmspec.cli.output.reporter import message_with_hint, path_in_repository, with_fingerprints
from vmspec.findings import Finding, Severity

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source
    from vmspec.validation import Report

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


class GitLabReporter:
    """A GitLab code quality report, with one line for each finding."""

    def __init__(self) -> None:
        self._issues = JSONStream([])
        self.write = self._issues.write
        self.finish = self._issues.finish

    def render(self, source: Source, report: Report) -> str:
        file = source.name if source.file is None else shown_path(path_in_repository(source.file))
        found = with_fingerprints(file, report.findings)
        return self._issues.encode(_issue(file, finding, fingerprint) for finding, fingerprint in found)


def _issue(file: str, finding: Finding, fingerprint: str) -> dict[str, object]:
    return {
        "description": message_with_hint(finding),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": file, "lines": {"begin": finding.line or 1}},
    }
