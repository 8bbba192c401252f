"""All documents of a command line, validated before any of them is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vmspec.cli.exits import ExitCode
from vmspec.cli.outcomes import Job, Outcome, Problem
from vmspec.cli.reporting import Tally, foreign_finding, tell_findings
from vmspec.cli.sources import Source, Sources
from vmspec.cli.streams import complain, talk
from vmspec.findings import Report, Severity
from vmspec.validation import validate


def collect(paths: Sequence[str]) -> tuple[list[Job], ExitCode]:
    """A job for each document, and whether they may be sent; what hinders it has been said."""
    sources, tally = Sources(paths, skip_foreign=False), Tally()
    jobs: list[Job] = []
    files: set[Path] = set()
    repeated = False
    for source in sources:
        report = Report((foreign_finding(),)) if source.foreign else validate(source.data, source.format)
        tell_findings(source, report.findings)
        tally.add(report)
        jobs.append(_job(source, report))
        repeated |= _is_repeated(source, files)
    if tally.faulty:
        talk(tally.sentence(sources))
    if sources.unreadable:
        return _held_back(jobs, "a path could not be read", ExitCode.WRONG_USE)
    if repeated:
        return _held_back(jobs, "a document is named twice", ExitCode.WRONG_USE)
    if not jobs:
        return _held_back(jobs, "no specs were found", ExitCode.WRONG_USE)
    if tally.errors:
        return _held_back(jobs, "there are errors", ExitCode.FINDINGS)
    return jobs, ExitCode.FINE


def _job(source: Source, report: Report) -> Job:
    if report.ok:
        return Job(name=source.name, spec=report.spec)
    first, *more = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    message = f"{first} (and {len(more)} more)" if more else str(first)
    return Job(
        name=source.name, spec=report.spec, outcome=Outcome.INVALID, problem=Problem(message, first.code)
    )


def _is_repeated(source: Source, files: set[Path]) -> bool:
    """Whether a file was named before, as by its folder; sent twice it would make two machines."""
    if source.path is None:
        return False
    file = source.path.resolve()
    if file in files:
        complain(f"{source.name}: named twice")
        return True
    files.add(file)
    return False


def _held_back(jobs: list[Job], reason: str, code: ExitCode) -> tuple[list[Job], ExitCode]:
    message = f"nothing was sent: {reason}"
    complain(message)
    for job in jobs:
        job.problem = job.problem or Problem(message)
    return jobs, code
