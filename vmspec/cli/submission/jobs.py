"""All documents of a command line, validated before any of them is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN, is_folder_or_pattern, path_within
from vmspec.cli.inputs.sources import SkippedFiles, Source, Sources, not_a_spec_finding
from vmspec.cli.output.console import echo_err, print_error, shown_path
from vmspec.cli.output.text import Summary, message_with_hint, print_findings
from vmspec.cli.submission.outcomes import Job, Outcome, Problem
from vmspec.findings import Severity
from vmspec.text import printable
from vmspec.validation import Report, validate


def load_jobs(paths: Sequence[str], key: str | None = None) -> tuple[list[Job], ExitCode]:
    """A job for each document, and whether they may be sent; what hinders it has been said.

    ``key`` is that of a single file; of several, and of a folder's, each has its own below it.
    """
    left_out, summary = SkippedFiles(), Summary()
    jobs: list[Job] = []
    files: set[Path] = set()
    repeated = False
    is_single = len(paths) == 1 and not is_folder_or_pattern(paths[0])
    for path in paths:
        sources = Sources([path], name="all", include_misspelt=True)
        for source in sources:
            report = (
                Report((not_a_spec_finding(),))
                if not source.is_recognized
                else validate(source.data, source.format)
            )
            print_findings(source, report.findings)
            summary.add(report.findings)
            job = _job(source, report)
            if key is not None:
                job.key = key if is_single else f"{key}/{shown_path(path_within(path, source.file or STDIN))}"
            jobs.append(job)
            repeated |= _is_repeated(source, files)
        left_out.unreadable += sources.unreadable
        left_out.not_specs += sources.not_specs
    if summary.with_findings:
        echo_err(summary.text(left_out.summary()))
    if left_out.unreadable:
        return _held_back(jobs, "a path could not be read", ExitCode.USAGE_ERROR)
    if repeated:
        return _held_back(jobs, "a document is named twice", ExitCode.USAGE_ERROR)
    if not jobs:
        return _held_back(jobs, "no specs were found", ExitCode.USAGE_ERROR)
    if summary.errors:
        return _held_back(jobs, "there are errors", ExitCode.FINDINGS)
    if _share_a_key(jobs):
        return _held_back(jobs, "two documents would have one key", ExitCode.USAGE_ERROR)
    if _clash(jobs):
        return _held_back(jobs, "documents clash", ExitCode.FINDINGS)
    return jobs, ExitCode.OK


def _clash(jobs: Sequence[Job]) -> bool:
    """Whether two documents claim one hostname or IP address, of which at most one would be built."""
    if len(jobs) < 2:
        return False
    from vmspec.katapult import find_clashes

    clashes = find_clashes({job.name: job.spec for job in jobs if job.spec is not None})
    for clash in clashes:
        print_error(clash)
    return bool(clashes)


def _job(source: Source, report: Report) -> Job:
    if report.ok:
        return Job(name=source.name, spec=report.spec)
    first, *more = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    place = f"{first.line}:{first.column}: " if first.line is not None else ""
    message = place + message_with_hint(first) + (f" (and {len(more)} more)" if more else "")
    return Job(
        name=source.name, spec=report.spec, outcome=Outcome.INVALID, problem=Problem(message, first.code)
    )


def _is_repeated(source: Source, files: set[Path]) -> bool:
    """Whether a file was named before, as by its folder; sent twice it would make two machines."""
    if source.path is None:
        return False
    file = source.path.resolve()
    if file in files:
        print_error(f"{source.name}: named twice")
        return True
    files.add(file)
    return False


def _share_a_key(jobs: Sequence[Job]) -> bool:
    """Whether documents of several folders come to the same key, which would make one machine of them."""
    owners: dict[str, Job] = {}
    shared = False
    for job in jobs:
        if job.key is not None and (owner := owners.setdefault(job.key, job)) is not job:
            print_error(f"{job.name}: its key would be that of {owner.name}: {printable(job.key)}")
            shared = True
    return shared


def _held_back(jobs: list[Job], reason: str, code: ExitCode) -> tuple[list[Job], ExitCode]:
    message = f"nothing was sent: {reason}"
    print_error(message)
    for job in jobs:
        job.problem = job.problem or Problem(message)
    return jobs, code
