"""Parts that all output formats share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vmspec.findings import Finding
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.cli.inputs.sources import Source
    from vmspec.validation import Report


class Reporter(Protocol):
    """An output format for the findings of files."""

    def render(self, source: Source, report: Report) -> str:
        """Return the output for one file; may run in another process, in any order."""
        ...

    def write(self, text: str) -> None:
        """Write the output of the next file to standard output."""
        ...

    def finish(self) -> None:
        """Write the end of the output."""
        ...


def message_with_hint(finding: Finding) -> str:
    """Return message and hint, safe to print."""
    return printable(f"{finding.message}; {finding.hint}" if finding.hint else finding.message)


def path_in_repository(path: str) -> str:
    """Return a path relative to GitHub's workspace, else to the current folder, else absolute.

    The workspace is where an action checks the repository out; a step may run in a folder of it.
    """
    absolute = os.path.abspath(path)  # noqa: PTH100 - keeps symbolic links, as the repository does
    for top in (os.environ.get("GITHUB_WORKSPACE"), Path.cwd()):
        if top and Path(absolute).is_relative_to(top):
            return str(Path(absolute).relative_to(top))
    return absolute
