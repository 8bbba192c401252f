"""Reports of documents for people and programs, and the sentence that sums them up."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

from vmspec.cli.output.console import colourful, echo, echo_err
from vmspec.documents import messages
from vmspec.findings import Finding, Severity, has_errors
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Skipped, Source
    from vmspec.validation import Report


class Reporter(Protocol):
    """Says what was found, document by document."""

    def fine(self, name: str) -> None:
        """The next document, without findings."""
        ...

    def faulty(self, source: Source, findings: tuple[Finding, ...]) -> None:
        """The next document, with findings."""
        ...

    def finish(self) -> None:
        """There are no more."""
        ...


class TextReporter:
    """A line for each finding, with an excerpt below it; nothing of documents without any."""

    def fine(self, name: str) -> None:
        return

    def faulty(self, source: Source, findings: tuple[Finding, ...]) -> None:
        for line in finding_lines(source, findings, sys.stdout):
            echo(line)

    def finish(self) -> None:
        return


class JSONReporter:
    """One JSON object with all documents."""

    def __init__(self) -> None:
        from vmspec.cli.output.json_stream import JSONStream

        self._files = JSONStream({"version": 1, "files": []})

    def fine(self, name: str) -> None:
        self._files.add({"path": name, "ok": True, "findings": []})

    def faulty(self, source: Source, findings: tuple[Finding, ...]) -> None:
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


def sentence_of(finding: Finding) -> str:
    """Message and hint, safe to show."""
    return printable(f"{finding.message}; {finding.hint}" if finding.hint else finding.message)


_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def finding_lines(source: Source, findings: tuple[Finding, ...], stream: TextIO) -> list[str]:
    """The lines that tell findings of one document to a person, coloured where the stream shows it."""
    if not findings:
        return []
    from vmspec.cli.output.snippets import Snippets

    paint = _painter(colourful(stream))
    excerpts = Snippets(source.data, source.format)
    lines: list[str] = []
    for finding in findings:
        colour = _COLOURS[finding.severity]
        place = ":".join(
            str(part) for part in (source.name, finding.line, finding.column) if part is not None
        )
        severity, code = paint(str(finding.severity), colour), paint(finding.code, "bold")
        lines.append(f"{paint(place, 'bold')}: {severity} {code} {sentence_of(finding)}")
        excerpt = excerpts.of(finding.line, finding.column)
        if excerpt is not None:
            number = f"    {finding.line:>4}"
            lines += (f"{number} | {excerpt[0]}", f"{' ' * len(number)} | {paint(excerpt[1], colour)}")
    return lines


def _painter(colours: bool) -> Callable[[str, str], str]:
    if not colours:
        return lambda text, _: text
    from click import style

    return lambda text, look: style(text, bold=True) if look == "bold" else style(text, fg=look)


def tell_findings(source: Source, findings: tuple[Finding, ...]) -> None:
    """Findings as talk, for commands whose data is something else."""
    for line in finding_lines(source, findings, sys.stderr):
        echo_err(line)


class Tally:
    """Counts documents and findings."""

    def __init__(self) -> None:
        self.files = self.faulty = 0
        self._findings: Counter[Severity] = Counter()

    def add(self, report: Report) -> None:
        """The next document."""
        self.files += 1
        if report.findings:
            self.faulty += 1
            self._findings.update(finding.severity for finding in report.findings)

    @property
    def errors(self) -> int:
        """How many errors were found."""
        return self._findings[Severity.ERROR]

    def reaches(self, severity: Severity) -> bool:
        """Whether something was found that matters as much, or more."""
        kinds = [*Severity]
        return any(self._findings[kind] for kind in kinds[: kinds.index(severity) + 1])

    def sentence(self, counts: Skipped) -> str:
        """``2 errors, 1 warning in 2 of 40 files``."""
        kinds = [counted(self._findings[kind], kind) for kind in Severity if self._findings[kind]]
        if kinds:
            of = f"{self.faulty} of {self.files} files" if self.files > 1 else "1 file"
            text = f"{', '.join(kinds)} in {of}"
        elif self.files:
            text = f"nothing found in {counted(self.files, 'file')}"
        else:
            text = "no specs checked"
        return text + left_out(counts)


def left_out(counts: Skipped) -> str:
    """What a summary adds about documents that were not looked at."""
    text = ""
    if counts.passed_by:
        text += f", {counted(counts.passed_by, 'foreign file')} passed by"
    if counts.unreadable:
        text += f", {counted(counts.unreadable, 'path')} could not be read"
    return text


def foreign_finding() -> Finding:
    """What is to be said of a file that the user named and that is no spec as far as can be told."""
    message = "neither the name nor the content of this file says that it is a spec"
    hint = "name it .xml, .json or .yaml, or pass it by with --skip-foreign"
    return Finding(messages.UNKNOWN_FORMAT, message, line=1, column=1, hint=hint)


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
