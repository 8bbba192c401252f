"""Parts that all output formats share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
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
    """Return a path relative to the workspace of GitHub or GitLab, else to the current folder, else absolute.

    The workspace is where a job checks the repository out; a step may run in a folder of it.
    """
    absolute = os.path.abspath(path)  # noqa: PTH100 - keeps symbolic links, as the repository does
    for top in (os.environ.get("GITHUB_WORKSPACE"), os.environ.get("CI_PROJECT_DIR"), Path.cwd()):
        if top and Path(absolute).is_relative_to(top):
            return str(Path(absolute).relative_to(top))
    return absolute


def with_fingerprints(file: str, findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield the findings of a file, each with a fingerprint that no other finding has.

    Code hosts recognize a finding by it although its line has changed. It is made of the file, the code,
    the field and the message, and of a number if they are the same for several findings.
    """
    import json
    from hashlib import sha256

    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        key = finding.code, finding.path, finding.message
        counts[key] += 1
        text = json.dumps([file, *key, counts[key]])
        yield finding, sha256(text.encode()).hexdigest()[:32]
