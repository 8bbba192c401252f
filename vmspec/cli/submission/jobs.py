"""The jobs of a command line: one for each document, all validated before any of them is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import define, field

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN, is_folder_or_pattern, path_within
from vmspec.cli.inputs.sources import SkippedFiles, Source, Sources, not_a_spec_finding
from vmspec.cli.output.console import echo_err, print_error, shown_path
from vmspec.cli.output.reporter import message_with_hint
from vmspec.cli.output.text import Summary, print_findings
from vmspec.cli.submission.job import ErrorDetails, Job
from vmspec.findings import Severity
from vmspec.katapult import Outcome, find_clashes
from vmspec.text import printable
from vmspec.validation import Report, validate


def load_jobs(paths: Sequence[str], key: str | None = None) -> tuple[list[Job], ExitCode]:
    """Return a job for each document, and 0 if all may be sent; say what is wrong otherwise.

    A single file has the key itself; each of several documents, or of a folder, has KEY/PATH.
    """
    loader = _Loader(key, is_single=len(paths) == 1 and not is_folder_or_pattern(paths[0]))
    for path in paths:
        loader.load(path)
    if loader.summary.with_findings:
        echo_err(loader.summary.text(loader.skipped.summary()))
    reason, code = loader.obstacle()
    if reason:
        message = f"nothing was sent: {reason}"
        print_error(message)
        for job in loader.jobs:
            job.error = job.error or ErrorDetails(message)
    return loader.jobs, code


@define
class _Loader:
    key: str | None
    is_single: bool
    jobs: list[Job] = field(init=False, factory=list)
    summary: Summary = field(init=False, factory=Summary)
    skipped: SkippedFiles = field(init=False, factory=SkippedFiles)
    _files: set[Path] = field(init=False, factory=set)
    _has_duplicates: bool = field(init=False, default=False)

    def load(self, path: str) -> None:
        sources = Sources([path], name="all", include_misspelt=True)
        for source in sources:
            report = _report(source)
            print_findings(source, report.findings)
            self.summary.add(finding.severity for finding in report.findings)
            self.jobs.append(_job(source, report, self._key_of(path, source)))
            self._check_duplicate(source)
        self.skipped.unreadable += sources.unreadable
        self.skipped.not_specs += sources.not_specs

    def obstacle(self) -> tuple[str, ExitCode]:
        """Return why nothing may be sent, and the exit code for that; an empty reason if all may be."""
        if self.skipped.unreadable:
            return "a path could not be read", ExitCode.USAGE_ERROR
        if self._has_duplicates:
            return "a document is named twice", ExitCode.USAGE_ERROR
        if not self.jobs:
            return "no specs were found", ExitCode.USAGE_ERROR
        if self.summary.errors:
            return "there are errors", ExitCode.FINDINGS
        if self._has_shared_key():
            return "two documents would have the same key", ExitCode.USAGE_ERROR
        if self._has_clash():
            return "documents clash", ExitCode.FINDINGS
        return "", ExitCode.OK

    def _key_of(self, path: str, source: Source) -> str | None:
        if self.key is None or self.is_single:
            return self.key
        return f"{self.key}/{shown_path(path_within(path, source.file or STDIN))}"

    def _check_duplicate(self, source: Source) -> None:
        """A file that is named twice, say by its folder too, would make two machines."""
        if source.path is None:
            return
        file = source.path.resolve()
        if file in self._files:
            print_error(f"{source.name}: named twice")
            self._has_duplicates = True
        self._files.add(file)

    def _has_shared_key(self) -> bool:
        """Two folders may hold files of the same relative path; one machine would be made of both."""
        owners: dict[str, Job] = {}
        is_shared = False
        for job in self.jobs:
            if job.key is not None and (owner := owners.setdefault(job.key, job)) is not job:
                print_error(f"{job.name}: has the same key as {owner.name}: {printable(job.key)}")
                is_shared = True
        return is_shared

    def _has_clash(self) -> bool:
        """Two documents may claim the same hostname or IP address, of which at most one would be built."""
        if len(self.jobs) < 2:
            return False
        clashes = find_clashes({job.name: job.spec for job in self.jobs if job.spec is not None})
        for clash in clashes:
            print_error(clash)
        return bool(clashes)


def _report(source: Source) -> Report:
    return validate(source.data, source.format) if source.is_recognized else Report((not_a_spec_finding(),))


def _job(source: Source, report: Report, key: str | None) -> Job:
    hostname = report.spec.hostname if report.spec is not None else None
    job = Job(name=source.name, spec=report.spec, key=key, hostname=hostname)
    if not report.ok:
        first, *more = [finding for finding in report.findings if finding.severity is Severity.ERROR]
        place = f"{first.line}:{first.column}: " if first.line is not None else ""
        message = place + message_with_hint(first) + (f" (and {len(more)} more)" if more else "")
        job.outcome, job.error = Outcome.INVALID, ErrorDetails(message, first.code)
    return job
