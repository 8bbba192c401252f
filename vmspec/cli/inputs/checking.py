"""Checking files, in this process or in several, with the same results in the same order."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

import click
from attrs import frozen

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import InputPath, UnreadablePath
from vmspec.cli.inputs.sources import NotASpec, Source, not_a_spec_finding, read_input
from vmspec.cli.output.reporter import Reporter
from vmspec.findings import Finding, Severity
from vmspec.validation import validate
from vmspec.validation.many import map_in_order

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from vmspec.validation.selection import Selection
    from vmspec.validation.xsd import Engine

PARALLEL_THRESHOLD = 1_000
"""Number of files up to which one process is faster than several, which take time to start."""


class CheckedFile(NamedTuple):
    """The output for one file, and the severities of its findings."""

    text: str
    severities: tuple[Severity, ...] = ()


Result = CheckedFile | UnreadablePath | NotASpec

_NOTHING_FOUND = CheckedFile("")


@frozen
class Checker:
    """Check of one file, with the options of a command line."""

    reporter: Reporter
    skip_foreign: bool
    engine: Engine
    selection: Selection | None = None
    """None for all findings."""

    def __call__(self, path: InputPath) -> Result:
        """Check a file."""
        source = read_input(path, self.skip_foreign)
        if not isinstance(source, Source):
            return source
        findings = findings_of(source, self.engine, self.selection)
        text = self.reporter.render(source, findings)
        if not text and not findings:
            return _NOTHING_FOUND
        return CheckedFile(text, tuple(finding.severity for finding in findings))


def findings_of(
    source: Source, engine: Engine = "libxml2", selection: Selection | None = None
) -> tuple[Finding, ...]:
    """Return the selected findings of a document."""
    findings = (
        validate(source.data, source.format, engine).findings
        if source.is_recognized
        else (not_a_spec_finding(),)
    )
    if not findings or selection is None:
        return findings
    from vmspec.validation.selection import apply

    return apply(findings, selection)


def check_files(
    checker: Checker, paths: Sequence[InputPath | UnreadablePath], processes: int
) -> Generator[Result]:
    """Yield the results of paths, in order; several processes work if there are many files."""
    if processes == 1 or len(paths) <= PARALLEL_THRESHOLD or not hasattr(os, "fork"):
        yield from (checker(path) if isinstance(path, InputPath) else path for path in paths)
        return
    from concurrent.futures.process import BrokenProcessPool

    with ExitStack() as stack:
        executor = _process_pool(checker, processes)
        stack.callback(executor.shutdown, cancel_futures=True)
        files = ((path.path, path.is_named) for path in paths if _is_for_workers(path))
        results = stack.enter_context(closing(map_in_order(_check_in_worker, files, executor)))
        try:
            for path in paths:
                if _is_for_workers(path):
                    yield next(results) or _NOTHING_FOUND
                else:
                    yield checker(path) if isinstance(path, InputPath) else path
        except BrokenProcessPool:
            raise WorkerError from None


def _is_for_workers(path: InputPath | UnreadablePath) -> TypeGuard[InputPath]:
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


def _start_worker(checker: Checker) -> None:
    import signal

    global _worker_checker
    _worker_checker = checker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; this process shuts the pool down


def _check_in_worker(path: tuple[str, bool]) -> Result | None:
    """Check a file; return None for the most common result, and take a plain tuple, to pickle less."""
    assert _worker_checker is not None  # set when the worker started
    result = _worker_checker(InputPath(*path))
    return None if result is _NOTHING_FOUND else result


def usable_processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
