"""GitHub annotations: workflow commands that show findings beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmspec.cli.output.console import shown_path, write_data
from vmspec.cli.output.reporter import message_with_hint, path_in_repository
from vmspec.findings import Finding, Severity

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source
    from vmspec.validation import Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GitHubReporter:
    """GitHub annotations, one for each finding."""

    def render(self, source: Source, report: Report) -> str:
        return "".join(f"{_command(source, finding)}\n" for finding in report.findings)

    def write(self, text: str) -> None:
        write_data(text)

    def finish(self) -> None:
        return


def _command(source: Source, finding: Finding) -> str:
    properties = {
        "file": _escape_controls(path_in_repository(source.file)) if source.file is not None else None,
        "line": finding.line,
        "col": finding.column,
        "title": finding.code,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(message_with_hint(finding))}"


def _escape_controls(path: str) -> str:
    """Return a path without characters that steer a terminal, but with its newlines."""
    return "\n".join("\r".join(map(shown_path, line.split("\r"))) for line in path.split("\n"))


def _data(text: str) -> str:
    """Escape the message of a command as GitHub's toolkit does, and older commands in it."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace("##[", r"\u0023#[")


def _property(text: str) -> str:
    """Escape a property of a command as GitHub's toolkit does."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
