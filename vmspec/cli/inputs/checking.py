"""Checking files, in this process or in several, with the same results in the same order."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from os.path import normpath
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

import click
from attrs import evolve

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.baseline import Baseline, KnownFinding, known_findings
from vmspec.cli.inputs.catalogues import UsageOfFile, findings_about_all, without_age
from vmspec.cli.inputs.paths import InputPath, UnreadablePath
from vmspec.cli.inputs.sources import NotASpec, Source, not_a_spec_finding, read_input
from vmspec.cli.output.reporter import Reporter
from vmspec.cli.output.text import print_findings
from vmspec.documents.formats import open_document
from vmspec.findings import Finding, Severity, sort_and_cap
from vmspec.model.claims import claims_of
from vmspec.validation import Report, validate
from vmspec.validation.extent import with_ends
from vmspec.validation.fleet import Fleet
from vmspec.validation.many import map_in_order

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from vmspec.catalogue import Catalogue
    from vmspec.cli.inputs.fixing import Fixer
    from vmspec.validation.selection import Selection
    from vmspec.validation.xsd import Engine

PARALLEL_THRESHOLD = 1_000
"""Number of files up to which one process is faster than several, which take time to start."""


class CheckedFile(NamedTuple):
    """The output for one file, the severities of its findings, and what it claims and uses."""

    text: str
    severities: tuple[Severity, ...] = ()
    claims: tuple[str, ...] = ()
    """Keys of the hostname and IP addresses that it claims."""
    usage: UsageOfFile | None = None
    """Use of the organization's limits; None without a catalogue."""
    findings: tuple[KnownFinding, ...] = ()
    """All findings, if there is a baseline."""


Result = CheckedFile | UnreadablePath | NotASpec


class Checker(NamedTuple):
    """Check of one file, with the options of a command line."""

    reporter: Reporter
    skip_foreign: bool
    engine: Engine
    selection: Selection | None = None
    """None for all findings."""
    catalogue: Catalogue | None = None
    """Catalogue of the organization; None if its entries are not checked."""
    baseline: Baseline | None = None
    fixer: Fixer | None = None

    def __call__(self, path: InputPath) -> Result:
        """Check a file, and fix it before if there is a fixer."""
        source = read_input(path, self.skip_foreign)
        if not isinstance(source, Source):
            return source
        if self.fixer is not None:
            file = source.file
            source = self.fixer.fix(source, lambda findings: self._reported(file, findings))
        report = report_of(source, self.engine, self.selection, self.catalogue)
        claims = tuple(claim.key for claim in claims_of(report.spec)) if report.spec is not None else ()
        return self._render(source, report, claims)

    def again(self, path: InputPath, fleet: Fleet, about_all: Sequence[Finding] = ()) -> Result:
        """Check a file again, with findings that other files have to do with."""
        source = read_input(path, self.skip_foreign)
        if not isinstance(source, Source):
            return source
        report = report_of(source, self.engine, catalogue=self.catalogue)
        if report.spec is not None:
            document = open_document(source.data, source.format)
            found = [
                evolve(finding, line=line, column=column)
                for finding in (
                    *fleet.findings_of(normpath(path.path), claims_of(report.spec)),
                    *about_all,
                )
                for line, column in [document.position_of(finding.path)]
            ]
            findings = with_ends(sort_and_cap([*report.findings, *found]), document.data.decode())
            report = evolve(report, findings=findings)
        return self._render(source, _selected(report, self.selection))

    def _render(self, source: Source, report: Report, claims: tuple[str, ...] = ()) -> CheckedFile:
        found: tuple[KnownFinding, ...] = ()
        if self.baseline is not None:
            found = known_findings(source.file, report.findings)
            report = evolve(report, findings=self.baseline.new_findings(source.file, report.findings))
        severities = tuple([finding.severity for finding in report.findings])
        usage: UsageOfFile | None = None
        if self.catalogue is not None and report.spec is not None:
            from vmspec.validation.catalogue.limits import usage_of

            usage = usage_of(report.spec, self.catalogue)
        return CheckedFile(self._output(source, report), severities, claims, usage, found)

    def _reported(self, file: str | None, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return the findings that are selected and not known."""
        selected = _selected(Report(tuple(findings)), self.selection).findings
        return selected if self.baseline is None else self.baseline.new_findings(file, selected)

    def _output(self, source: Source, report: Report) -> str:
        """Return the output for a file, which has none of its own where the document is the output."""
        if self.fixer is None or not (self.fixer.diff or source.is_stdin):
            return self.reporter.render(source, report)
        if not self.fixer.diff:
            print_findings(source, report.findings, is_valid=report.spec is not None)
        return ""


def report_of(
    source: Source,
    engine: Engine = "libxml2",
    selection: Selection | None = None,
    catalogue: Catalogue | None = None,
) -> Report:
    """Return the report of a document, with selected findings."""
    if not source.is_recognized:
        return Report((not_a_spec_finding(),))
    return _selected(validate(source.data, source.format, engine, catalogue), selection)


def _selected(report: Report, selection: Selection | None) -> Report:
    if not report.findings or selection is None:
        return report
    from vmspec.validation.selection import apply

    return evolve(report, findings=apply(report.findings, selection))


def check_files(
    checker: Checker, paths: Sequence[InputPath | UnreadablePath], processes: int
) -> Generator[Result]:
    """Yield the results of paths, in order; several processes work if there are many files.

    A hostname or IP address that several files claim is a finding in all of them but the first. A limit of
    the organization is a finding in the file that exceeds it, and the age of its catalogue in the first one.
    """
    about_all = findings_about_all(checker.catalogue)
    checker = checker._replace(catalogue=without_age(checker.catalogue))
    is_small = processes == 1 or len(paths) <= PARALLEL_THRESHOLD or not hasattr(os, "fork")
    results = _check_here(checker, paths) if is_small else _check_in_pool(checker, paths, processes)
    with closing(results):
        fleet = Fleet()
        for path, result in zip(paths, results, strict=True):
            if isinstance(result, CheckedFile) and _is_regular(path):
                is_claimed = fleet.add(normpath(path.path), result.claims)
                found = [] if about_all is None else about_all(result.usage)
                yield checker.again(path, fleet, found) if is_claimed or found else result
            else:
                yield result


def _check_here(checker: Checker, paths: Iterable[InputPath | UnreadablePath]) -> Generator[Result]:
    yield from (checker(path) if isinstance(path, InputPath) else path for path in paths)


def _check_in_pool(
    checker: Checker, paths: Sequence[InputPath | UnreadablePath], processes: int
) -> Generator[Result]:
    from concurrent.futures.process import BrokenProcessPool

    with ExitStack() as stack:
        executor = _process_pool(checker, processes)
        stack.callback(executor.shutdown, cancel_futures=True)
        files = ((path.path, path.is_named) for path in paths if _is_regular(path))
        results = stack.enter_context(closing(map_in_order(_check_in_worker, files, executor)))
        try:
            for path in paths:
                if _is_regular(path):
                    result = next(results)
                    yield result if isinstance(result, (UnreadablePath, NotASpec)) else CheckedFile(*result)
                else:
                    yield checker(path) if isinstance(path, InputPath) else path
        except BrokenProcessPool:
            raise WorkerError from None


def _is_regular(path: InputPath | UnreadablePath) -> TypeGuard[InputPath]:
    return isinstance(path, InputPath) and path.is_file


class WorkerError(click.ClickException):
    """A worker process ended unexpectedly: it was killed, or out of memory."""

    exit_code = ExitCode.USAGE_ERROR

    def __init__(self) -> None:
        super().__init__("a worker process ended unexpectedly; try --jobs 1")


def _process_pool(checker: Checker, processes: int) -> Executor:
    """Return processes that are forked, because starting new ones takes as long as checking many files."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    gc.freeze()  # a garbage collection in a worker would copy the memory that it shares
    return ProcessPoolExecutor(processes, get_context("fork"), _start_worker, (checker,))


_worker_checker: Checker | None = None

_PlainResult = tuple[str, tuple[Severity, ...], tuple[str, ...], UsageOfFile | None, tuple[KnownFinding, ...]]


def _start_worker(checker: Checker) -> None:
    import signal

    global _worker_checker
    _worker_checker = checker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; this process shuts the pool down


def _check_in_worker(path: tuple[str, bool]) -> UnreadablePath | NotASpec | _PlainResult:
    """Check a file; take and return plain tuples, which are pickled faster."""
    assert _worker_checker is not None  # set when the worker started
    result = _worker_checker(InputPath(*path))
    if not isinstance(result, CheckedFile):
        return result
    return result.text, result.severities, result.claims, result.usage, result.findings


def usable_processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
