"""Baselines: files of known findings, which are not reported again.

A known finding is recognized by its file (whatever its suffix), code, field and message: lines may change,
and a document may be formatted or converted to another format.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from vmspec.cli.inputs.paths import format_of_path, reason_of
from vmspec.cli.output.console import shown_path
from vmspec.cli.output.reporter import path_in_repository
from vmspec.documents.files import write_text
from vmspec.findings import Finding

MAX_BYTES = 1 << 26
"""Size of a baseline, far above that of a repository with 100,000 findings."""

_Key = tuple[str, str, str]
"""Code, field and message."""


class KnownFinding(NamedTuple):
    """A finding in a baseline."""

    file: str
    """Path relative to the repository; "-" for standard input."""
    code: str
    path: str
    message: str

    @property
    def stem(self) -> str:
        """The file without the suffix of a format."""
        return stem_of(self.file)

    @property
    def key(self) -> _Key:
        """The finding without its file."""
        return self.code, self.path, self.message


def known_findings(file: str | None, findings: Iterable[Finding]) -> tuple[KnownFinding, ...]:
    """Return the findings of a file as a baseline records them."""
    name = "-" if file is None else shown_path(path_in_repository(file))
    return tuple(KnownFinding(name, found.code, found.path, found.message) for found in findings)


def stem_of(path: str) -> str:
    """Return a path without the suffix of a format.

    >>> stem_of("specs/web.yaml"), stem_of("specs/web.v2")
    ('specs/web', 'specs/web.v2')
    """
    return os.path.splitext(path)[0] if format_of_path(path) else path  # noqa: PTH122 - as format_of_path


class Baseline:
    """The findings that are known; with ``everything``, all others too, because they are being recorded."""

    def __init__(self, findings: Iterable[KnownFinding] = (), *, everything: bool = False) -> None:
        self._findings = tuple(findings)
        self._everything = everything
        self._by_stem: dict[str, Counter[_Key]] = {}
        for finding in self._findings:
            self._by_stem.setdefault(finding.stem, Counter())[finding.key] += 1
        lost = {stem for stem in self._by_stem if not _exists(stem)}
        self._of_lost_files = {finding.key for finding in self._findings if finding.stem in lost}

    def new_findings(self, file: str | None, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return the findings of a file that are not known.

        A finding of a file that does not exist any more is known in every file: it may have been renamed.
        """
        if self._everything:
            return ()
        new: list[Finding] = []
        left: Counter[_Key] | None = None
        for finding, known in zip(findings, known_findings(file, findings), strict=True):
            if left is None:
                left = self._by_stem.get(known.stem, Counter()).copy()
            if left[known.key] > 0:
                left[known.key] -= 1
            elif known.key not in self._of_lost_files:
                new.append(finding)
        return tuple(new)

    def gone(self, files: Iterable[str], found: Iterable[KnownFinding]) -> Iterator[KnownFinding]:
        """Yield the known findings that these files, or any if theirs is lost, do not have any more."""
        stems = {stem_of(shown_path(path_in_repository(file))) for file in files}
        here: dict[str, Counter[_Key]] = {}
        for finding in found:
            here.setdefault(finding.stem, Counter())[finding.key] += 1
        anywhere = {key for keys in here.values() for key in keys}
        for finding in self._findings:
            keys = here.get(finding.stem, Counter())
            if keys[finding.key] > 0:
                keys[finding.key] -= 1
            elif finding.stem in stems or (
                finding.key in self._of_lost_files and finding.key not in anywhere
            ):
                yield finding


def _exists(stem: str) -> bool:
    return any(Path(stem + suffix).exists() for suffix in ("", ".xml", ".json", ".yaml", ".yml"))


def read_baseline(path: str, *, everything: bool = False) -> Baseline:
    """Read a baseline; raise click.UsageError if that fails."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - also a pipe
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _error(path, reason_of(error)) from None
    if len(data) > MAX_BYTES:
        raise _error(path, f"has more than {MAX_BYTES:,} bytes")
    try:
        entries = json.loads(data)["findings"]
        return Baseline([_finding(**entry) for entry in entries], everything=everything)
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        raise _error(path, "not a baseline; write one with --write-baseline") from None


def _finding(file: str, code: str, path: str, message: str) -> KnownFinding:
    for text in (file, code, path, message):
        if type(text) is not str:
            raise TypeError
    return KnownFinding(file, code, path, message)


def write_baseline(path: str, findings: Iterable[KnownFinding]) -> None:
    """Write a baseline, sorted, with one line for each finding; raise OSError."""
    lines = [json.dumps(finding._asdict()) for finding in sorted(findings)]
    listed = ",\n    ".join(lines)
    inner = f"\n    {listed}\n  " if lines else ""
    write_text(Path(path), f'{{\n  "version": 1,\n  "findings": [{inner}]\n}}\n')


def _error(path: str, problem: str) -> click.UsageError:
    return click.UsageError(f"{shown_path(path)}: {problem}")
