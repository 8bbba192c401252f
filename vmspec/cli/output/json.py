"""JSON output, written item by item: a repository may have a million findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from json import dumps
from typing import TYPE_CHECKING

from vmspec.cli.output.console import write_data
from vmspec.findings import Finding

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source
    from vmspec.validation import Report


class JSONStream:
    """Writer of a JSON value whose last and innermost part is a list, with one line for each item."""

    def __init__(self, frame: object) -> None:
        """Take the value, with an empty list."""
        self._head, _, self._tail = dumps(frame, indent=2).rpartition("[]")
        last_line = self._head.rpartition("\n")[2]
        self._indent = "\n" + " " * (len(last_line) - len(last_line.lstrip()))
        self._is_empty = True

    def encode(self, items: Iterable[Mapping[str, object]]) -> str:
        """Return the text of items, for ``write``."""
        return f",{self._indent}  ".join(map(dumps, items))

    def write(self, text: str) -> None:
        """Write encoded items."""
        if text:
            write_data(f"{self._head}[" if self._is_empty else ",", self._indent, "  ", text)
            self._is_empty = False

    def add(self, item: Mapping[str, object]) -> None:
        """Write an item."""
        self.write(dumps(item))

    def finish(self, **more: object) -> None:
        """Write the end of the object, with ``more`` members."""
        members = "".join(f',{self._indent}"{name}": {dumps(value)}' for name, value in more.items())
        write_data(f"{self._head}[" if self._is_empty else self._indent, f"]{members}{self._tail}\n")


class JSONReporter:
    """JSON for programs, one line for each file."""

    def __init__(self) -> None:
        self._files = JSONStream({"version": 1, "files": []})
        self.write = self._files.write
        self.finish = self._files.finish

    def render(self, source: Source, report: Report) -> str:
        return dumps(
            {
                "path": source.name,
                "ok": report.ok,
                "findings": [_as_json(finding) for finding in report.findings],
            }
        )


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "hint": finding.hint,
    }
