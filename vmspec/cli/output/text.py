"""Text output for people, and the summary of a run."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from vmspec.cli.output.console import echo, echo_err, supports_colour, wrap
from vmspec.cli.output.reporter import message_with_hint
from vmspec.findings import Finding, Severity
from vmspec.text import MASK

if TYPE_CHECKING:
    from vmspec.cli.inputs.baseline import KnownFinding
    from vmspec.cli.inputs.sources import Source
    from vmspec.validation import Report

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


class TextReporter:
    """Text for people: a line for each finding, with a snippet below it."""

    def render(self, source: Source, report: Report) -> str:
        if not report.findings:
            return ""
        return _render(source, report.findings, sys.stdout, is_valid=report.spec is not None)

    def write(self, text: str) -> None:
        if text:
            echo(text)
            _note_masks(text)

    def finish(self) -> None:
        return


def print_findings(source: Source, findings: Sequence[Finding], *, is_valid: bool = False) -> None:
    """Print findings on standard error, for commands that write something else to standard output."""
    if findings:
        text = _render(source, findings, sys.stderr, is_valid=is_valid)
        echo_err(text)
        _note_masks(text)


def _note_masks(text: str) -> None:
    if MASK in text:
        from vmspec.cli.output.snippets import note_masks

        note_masks()


def _render(source: Source, findings: Sequence[Finding], stream: TextIO | None, *, is_valid: bool) -> str:
    from vmspec.cli.output.snippets import Snippets

    style = _coloured if supports_colour(stream) else _plain
    snippets = Snippets(source.data, source.format, is_valid=is_valid)
    lines: list[str] = []
    for finding in findings:
        colour = COLOURS[finding.severity]
        place = ":".join(
            [str(part) for part in (source.name, finding.line, finding.column) if part is not None]
        )
        head = f"{place}: {finding.severity} {finding.code} "
        line = wrap(head + message_with_hint(finding), stream)
        if style is _coloured and line.startswith(head):
            severity, code = style(str(finding.severity), colour), style(finding.code, "bold")
            line = f"{style(place, 'bold')}: {severity} {code} {line[len(head) :]}"
        lines.append(line)
        snippet = snippets.at(finding.line, finding.column)
        if snippet is not None:
            number = f"    {finding.line:>4}"
            lines += (f"{number} | {snippet[0]}", f"{' ' * len(number)} | {style(snippet[1], colour)}")
    return "\n".join(lines)


def _plain(text: str, style: str) -> str:
    return text


def _coloured(text: str, style: str) -> str:
    """Return a text in bold or in a colour."""
    from click import style as styled

    return styled(text, bold=True) if style == "bold" else styled(text, fg=style)


class Summary:
    """Counts of checked files and of their findings."""

    def __init__(self) -> None:
        self.files = self.with_findings = 0
        self.known: list[KnownFinding] = []
        """All findings, if there is a baseline."""
        self._counts: Counter[Severity] = Counter()

    def add(self, severities: Iterable[Severity] = (), known: Iterable[KnownFinding] = ()) -> None:
        """Count a file, given the severities of its findings, and all findings for a baseline."""
        before = self.total
        self._counts.update(severities)
        self.known.extend(known)
        self.files += 1
        self.with_findings += self.total > before

    @property
    def total(self) -> int:
        """Number of findings."""
        return self._counts.total()

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
        if len(self.known) > self.total:
            skipped = f", {pluralize(len(self.known) - self.total, 'known finding')} not shown{skipped}"
        counts = [pluralize(self._counts[each], each) for each in Severity if self._counts[each]]
        if counts:
            files = f"{self.with_findings} of {self.files} files" if self.files > 1 else "1 file"
            return f"{', '.join(counts)} in {files}{skipped}"
        if self.files:
            return f"nothing found in {pluralize(self.files, 'file')}{skipped}"
        return f"no specs checked{skipped}"


def pluralize(count: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
