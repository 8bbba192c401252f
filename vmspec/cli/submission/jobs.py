"""The jobs of a command line: one for each document, all validated before any of them is sent."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.checking import report_of
from vmspec.cli.inputs.paths import STDIN, is_folder_or_pattern, path_within, reason_of
from vmspec.cli.inputs.sources import SkippedFiles, Source, Sources, read_source
from vmspec.cli.output.console import echo_err, print_error, shown_path
from vmspec.cli.output.reporter import message_with_hint
from vmspec.cli.output.text import Summary, print_findings
from vmspec.cli.submission.job import ErrorDetails, Job
from vmspec.cli.submission.journal_lookup import has_key
from vmspec.errors import ApiError, KeyInUseError, NotSentError
from vmspec.findings import Severity
from vmspec.katapult import Outcome, find_clashes, spec_matches
from vmspec.model.claims import claims_of
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Entry
    from vmspec.model.spec import VirtualMachineSpec
    from vmspec.validation import Report
    from vmspec.validation.selection import Selection


def load_jobs(
    paths: Sequence[str],
    key: str | None = None,
    selection: Selection | None = None,
    fail_on: Severity = Severity.ERROR,
    *,
    is_shared: bool = False,
) -> tuple[list[Job], ExitCode]:
    """Return a job for each document, and 0 if all may be sent; say what is wrong otherwise.

    A single file has the key itself; each of several documents, or of a folder, has KEY/PATH. Those of a
    shared submission all have KEY/PATH, and no specs: :func:`reload` reads them when they are sent.
    """
    is_single = len(paths) == 1 and not is_shared and not is_folder_or_pattern(paths[0])
    loader = _Loader(key, is_single, selection, fail_on, is_shared, len(paths) > 1)
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


def reload(job: Job, selection: Selection | None, fail_on: Severity) -> VirtualMachineSpec | None:
    """Return the spec of a job's file, or set the job's error if it is not what was checked any more."""
    try:
        report = report_of(read_source(job.file or STDIN), selection=selection)
    except OSError as error:
        job.error = ErrorDetails(f"nothing was sent: the file cannot be read any more: {reason_of(error)}")
        return None
    _note_findings(job, report, fail_on)
    return report.spec if job.error is None else None


def _note_findings(job: Job, report: Report, fail_on: Severity) -> None:
    """Set the error of a document that has findings for which it may not be sent."""
    severities = [*Severity]
    failing = severities[: severities.index(fail_on) + 1]
    if found := [finding for finding in report.findings if finding.severity in failing]:
        first, *more = found
        place = f"{first.line}:{first.column}: " if first.line is not None else ""
        message = place + message_with_hint(first) + (f" (and {len(more)} more)" if more else "")
        job.outcome, job.error = Outcome.INVALID, ErrorDetails(message, first.code)


@define
class _Loader:
    key: str | None
    is_single: bool
    selection: Selection | None
    fail_on: Severity
    is_shared: bool
    may_repeat: bool
    """True if a file may be named twice."""
    jobs: list[Job] = field(init=False, factory=list)
    summary: Summary = field(init=False, factory=Summary)
    skipped: SkippedFiles = field(init=False, factory=SkippedFiles)
    _files: set[Path] = field(init=False, factory=set)
    _has_duplicates: bool = field(init=False, default=False)
    _has_unreadable: bool = field(init=False, default=False)
    _owners: dict[str, str] = field(init=False, factory=dict)
    """Names of the documents of a shared submission that claim a hostname or IP address."""
    _clashes: list[str] = field(init=False, factory=list)

    def load(self, path: str) -> None:
        sources = Sources([path], name="all", include_misspelt=True)
        for source in sources:
            report = report_of(source, selection=self.selection)
            print_findings(source, report.findings, is_valid=report.spec is not None)
            self.summary.add(finding.severity for finding in report.findings)
            self.jobs.append(self._job(path, source, report))
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
        if self.summary.has_at_least(self.fail_on) or self._has_unreadable:
            return f"there are {_plural(self.fail_on)}", ExitCode.FINDINGS
        if self._has_shared_key():
            return "two documents would have the same key", ExitCode.USAGE_ERROR
        if self._has_clash():
            return "documents clash", ExitCode.FINDINGS
        return "", ExitCode.OK

    def _job(self, path: str, source: Source, report: Report) -> Job:
        key = self.key
        if key is not None and not self.is_single:
            key = f"{key}/{shown_path(path_within(path, source.file or STDIN))}"
        spec = report.spec
        self._has_unreadable |= spec is None
        hostname = spec.hostname if spec is not None else None
        job = Job(name=source.name, file=source.file, spec=spec, key=key, hostname=hostname)
        _note_findings(job, report, self.fail_on)
        if self.is_shared and spec is not None:
            self._add_claims(job.name, spec)
            if source.file is not None:
                job.spec = job.hostname = None
        return job

    def _add_claims(self, name: str, spec: VirtualMachineSpec) -> None:
        for claim in claims_of(spec):
            if (owner := self._owners.setdefault(claim.key, name)) is not name:
                self._clashes.append(f"{printable(claim.text)} is claimed by {owner} and by {name}")

    def _check_duplicate(self, source: Source) -> None:
        """A file that is named twice, say by its folder too, would make two machines."""
        if source.path is None or not self.may_repeat:
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
        clashes = self._clashes
        if not self.is_shared:
            clashes = find_clashes({job.name: job.spec for job in self.jobs if job.spec is not None})
        for clash in clashes if len(self.jobs) > 1 else ():
            print_error(clash)
        return bool(clashes) and len(self.jobs) > 1


def _plural(severity: Severity) -> str:
    return "errors" if severity is Severity.ERROR else f"findings of severity {severity} or higher"


def find_key_conflicts(jobs: Sequence[Job], key: str, entries: Sequence[Entry]) -> Mapping[Job, ApiError]:
    """Return an error for every job if a spec would get another key than it has on record, else nothing.

    A shell pattern may match one file today and two tomorrow: the first one, which had KEY, would then
    have KEY/PATH, and its machine would be made again. ``entries`` are those of the same organization.
    """
    claims = [entry for entry in entries if entry.key is not None and not entry.info.releases_key]
    keys = {entry.key for entry in claims}
    related = [entry for entry in claims if has_key(entry, key)]
    conflicts: dict[Job, ApiError] = {}
    for job in jobs:
        if not related or job.key in keys:  # a rerun goes on with that one
            continue
        for entry in related:
            if (entry.key == key) != (job.key == key) and job.spec and spec_matches(entry, job.spec):
                conflicts.setdefault(job, KeyInUseError(_conflict_message(job, entry)))
    if not conflicts:
        return {}
    names = ", ".join(job.name for job in conflicts)
    not_sent = NotSentError(f"nothing was sent: {names} would have another key than before")
    return dict.fromkeys(jobs, not_sent) | conflicts


def _conflict_message(job: Job, entry: Entry) -> str:
    recorded = printable(shlex.quote(entry.key or ""))
    state = entry.effective_state.replace("_", " ")
    return (
        f"this spec is on record under the key {recorded} (submission {entry.id}, {state})"
        f" and would now get the key {printable(job.key or '')}, because a single"
        f" document has KEY, and each of several has KEY/PATH; to go on with that submission,"
        f" submit the document alone with --key {recorded}; for another machine give another --key"
    )
