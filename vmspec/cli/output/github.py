"""Findings as annotations of GitHub: workflow commands that show them beside the lines they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmspec.cli.output.console import echo, shown_path
from vmspec.cli.output.repository import path_in_repository
from vmspec.cli.output.text import message_with_hint
from vmspec.findings import Finding, Severity

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GitHubReporter:
    """One command for each finding; nothing of documents without any."""

    def report_ok(self, name: str) -> None:
        return

    def report(self, source: Source, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            echo(_command(source, finding))

    def finish(self) -> None:
        return


def _command(source: Source, finding: Finding) -> str:
    properties = {
        "file": _shown(path_in_repository(source.file)) if source.file is not None else None,
        "line": finding.line,
        "col": finding.column,
        "title": finding.code,
    }
    marks = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[finding.severity]} {marks}::{_data(message_with_hint(finding))}"


def _shown(path: str) -> str:
    """A path that steers no terminal; but line ends stay, for the commands have a way to write them."""
    return "\n".join("\r".join(map(shown_path, line.split("\r"))) for line in path.split("\n"))


def _data(text: str) -> str:
    """As GitHub's own toolkit escapes the text of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As that escapes one of its properties."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
