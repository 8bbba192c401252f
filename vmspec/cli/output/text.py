"""Reports of documents for people and programs, and the sentence that sums them up."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

from vmspec.cli.output.console import echo, echo_err, supports_colour
from vmspec.findings import Finding, Severity, has_errors
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source


class Reporter(Protocol):
    """Says what was found, document by document."""

    def report_ok(self, name: str) -> None:
        """The next document, without findings."""
        ...

    def report(self, source: Source, findings: tuple[Finding, ...]) -> None:
        """The next document, with findings."""
        ...

    def finish(self) -> None:
        """There are no more."""
        ...


class TextReporter:
    """A line for each finding, with an excerpt below it; nothing of documents without any."""

    def report_ok(self, name: str) -> None:
        return

    def report(self, source: Source, findings: tuple[Finding, ...]) -> None:
        for line in finding_lines(source, findings, sys.stdout):
            echo(line)

    def finish(self) -> None:
        return


class JSONReporter:
    """One JSON object with all documents."""

    def __init__(self) -> None:
        from vmspec.cli.output.json import JSONStream

        self._files = JSONStream({"version": 1, "files": []})

    def report_ok(self, name: str) -> None:
        self._files.add({"path": name, "ok": True, "findings": []})

    def report(self, source: Source, findings: tuple[Finding, ...]) -> None:
        listed = [_as_json(finding) for finding in findings]
        self._files.add({"path": source.name, "ok": not has_errors(findings), "findings": listed})

    def finish(self) -> None:
        self._files.finish()


OUTPUT_FORMATS = ("text", "json", "sarif", "github")


def reporter_for(output_format: str) -> Reporter:
    """The reporter of an output format."""
    match output_format:
        case "json":
            return JSONReporter()
        case "sarif":
            from vmspec.cli.output.sarif import SARIFReporter

            return SARIFReporter()
        case "github":
            from vmspec.cli.output.github import GitHubReporter

            return GitHubReporter()
        case _:
            return TextReporter()


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "hint": finding.hint,
    }


def message_with_hint(finding: Finding) -> str:
    """Message and hint, safe to show."""
    return printable(f"{finding.message}; {finding.hint}" if finding.hint else finding.message)


_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def finding_lines(source: Source, findings: tuple[Finding, ...], stream: TextIO) -> list[str]:
    """The lines that tell findings of one document to a person, coloured where the stream shows it."""
    if not findings:
        return []
    from vmspec.cli.output.snippets import Snippets, note_masks

    paint = _painter(supports_colour(stream))
    snippets = Snippets(source.data, source.format)
    lines: list[str] = []
    for finding in findings:
        colour = _COLOURS[finding.severity]
        place = ":".join(
            str(part) for part in (source.name, finding.line, finding.column) if part is not None
        )
        severity, code = paint(str(finding.severity), colour), paint(finding.code, "bold")
        lines.append(f"{paint(place, 'bold')}: {severity} {code} {message_with_hint(finding)}")
        snippet = snippets.at(finding.line, finding.column)
        if snippet is not None:
            number = f"    {finding.line:>4}"
            lines += (f"{number} | {snippet[0]}", f"{' ' * len(number)} | {paint(snippet[1], colour)}")
    if snippets.has_masks:
        note_masks()
    return lines


def _painter(colours: bool) -> Callable[[str, str], str]:
    if not colours:
        return lambda text, _: text
    from click import style

    return lambda text, look: style(text, bold=True) if look == "bold" else style(text, fg=look)


def print_findings(source: Source, findings: tuple[Finding, ...]) -> None:
    """Findings as talk, for commands whose data is something else."""
    for line in finding_lines(source, findings, sys.stderr):
        echo_err(line)


class Summary:
    """Counts of checked files and of their findings."""

    def __init__(self) -> None:
        self.files = self.with_findings = 0
        self._counts: Counter[Severity] = Counter()

    def add(self, findings: tuple[Finding, ...] = ()) -> None:
        """Count one file."""
        self.files += 1
        if findings:
            self.with_findings += 1
            self._counts.update(finding.severity for finding in findings)

    @property
    def errors(self) -> int:
        """Number of errors."""
        return self._counts[Severity.ERROR]

    def has_at_least(self, severity: Severity) -> bool:
        """Return whether there is a finding of this severity or a higher one."""
        severities = [*Severity]
        return any(self._counts[each] for each in severities[: severities.index(severity) + 1])

    def text(self, skipped: str = "") -> str:
        """Return ``2 errors, 1 warning in 2 of 40 files``, followed by what was skipped."""
        counts = [pluralize(self._counts[each], each) for each in Severity if self._counts[each]]
        if counts:
            files = f"{self.with_findings} of {self.files} files" if self.files > 1 else "1 file"
            return f"{', '.join(counts)} in {files}{skipped}"
        if self.files:
            return f"nothing found in {pluralize(self.files, 'file')}{skipped}"
        return f"no specs checked{skipped}"


def pluralize(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
