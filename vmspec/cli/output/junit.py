"""JUnit XML, which CI systems show as test results: each file is a test case."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from vmspec.cli.output.console import write_data
from vmspec.cli.output.reporter import message_with_hint
from vmspec.findings import Finding, Severity

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source
    from vmspec.validation import Report

_FAILURE = "<failure "
_WORKFLOW_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[)", re.MULTILINE)
"""The start of a command that GitHub's runner obeys in any line of output."""


class JUnitReporter:
    """A JUnit report of one test suite, written at the end, because it begins with its counts.

    A file with errors is a failure that lists all its findings. Other findings are listed in the output
    of the suite.
    """

    def __init__(self) -> None:
        self._files: list[tuple[str, str]] = []
        self._begin, self._started = datetime.now(UTC), monotonic()

    def render(self, source: Source, report: Report) -> str:
        listed = _escaped("\n".join(_line(source, finding) for finding in report.findings))
        test = f'    <testcase name="{_escaped(source.name)}" classname="vmspec.validate" time="0"'
        if report.ok:
            return f"{test}/>\n{listed}"
        errors = sum(finding.severity is Severity.ERROR for finding in report.findings)
        message = "1 error" if errors == 1 else f"{errors} errors"
        return (
            f'{test}>\n      {_FAILURE}message="{message}" type="error">{listed}</failure>\n    </testcase>\n'
        )

    def write(self, text: str) -> None:
        end = text.index("</testcase>\n" if _FAILURE in text else "/>\n")
        end = text.index("\n", end) + 1
        self._files.append((text[:end], text[end:]))

    def finish(self) -> None:
        failures = sum(_FAILURE in test for test, _ in self._files)
        counts = f'tests="{len(self._files)}" failures="{failures}" errors="0" skipped="0"'
        begin, time = f"{self._begin:%Y-%m-%dT%H:%M:%S}", f"{monotonic() - self._started:.3f}"
        suite = f'name="vmspec" id="0" package="vmspec" timestamp="{begin}" hostname="localhost"'
        output = "\n".join(listed for _, listed in self._files if listed)
        write_data(
            '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n',
            f'  <testsuite {suite} {counts} time="{time}">\n    <properties/>\n',
            *(test for test, _ in self._files),
            f"    <system-out>{output}</system-out>\n    <system-err/>\n  </testsuite>\n</testsuites>\n",
        )


def _line(source: Source, finding: Finding) -> str:
    place = ":".join([str(part) for part in (source.name, finding.line, finding.column) if part is not None])
    return f"{place}: {finding.severity} {finding.code} {message_with_hint(finding)}"


def _escaped(text: str) -> str:
    """Return printable text for an element or attribute, in ASCII."""
    escaped = escape(text, {'"': "&quot;"}).encode("ascii", "xmlcharrefreplace").decode()
    return _WORKFLOW_COMMAND.sub(lambda found: "&#35;" if found[1] is None else f"{found[1]}&#58;", escaped)
