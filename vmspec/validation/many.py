"""Many files: their reports in order, over any executor, and never all of them at once.

>>> from concurrent.futures import ThreadPoolExecutor
>>> from tempfile import TemporaryDirectory
>>> from vmspec import VM, dump
>>> spec = VM("web-1").data_center("uk-lon-01").package("rock-3").build()
>>> with TemporaryDirectory() as folder, ThreadPoolExecutor() as threads:
...     paths = [f"{folder}/{name}" for name in ("a.xml", "b.json", "c.yaml")]
...     for path in paths:
...         dump(spec, path)
...     [report.ok for report in validate_many(paths, threads)]
[True, True, True]
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from vmspec.documents.files import read_file
from vmspec.documents.formats import format_of_name
from vmspec.validation import Report, validate

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

AnyPath = str | os.PathLike[str]

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 128
"""Items of one task. To hand a task to another process takes as long as checking three files."""

TASKS_PER_WORKER = 2
"""Tasks under way for each worker: it has a next one, and few results are held in memory."""


def validate_many(
    paths: Iterable[AnyPath],
    executor: Executor | None = None,
    ahead: int | None = None,
    findings_only: bool = False,
) -> Iterator[Report]:
    """Yield one report for each file, in order, as ``validate`` returns it for the path.

    Without an executor each file is checked in this thread when its report is asked for. With one,
    of any kind, some files are checked ahead; the executor stays open. ``ahead`` is the number of
    tasks, of 128 files each, that are under way; by default two for each worker of the executor, or
    for each processor where the executor does not tell. ``findings_only`` leaves out the specs, which
    take most of the time where reports come from other processes or machines.

    Raises OSError for a file that cannot be read, after the reports of the files before it, and then
    stops; ValueError at once if ``ahead`` is less than 1.
    """
    if ahead is not None and ahead < 1:
        raise ValueError(f"ahead is a number of tasks, at least 1, not {ahead}")
    return map_in_order(_findings if findings_only else _report, paths, executor, ahead)


def tasks_ahead(executor: Executor) -> int:
    """Return the number of tasks that keep all workers of an executor busy."""
    workers = getattr(executor, "_max_workers", None)  # the executors of the standard library have no other
    return TASKS_PER_WORKER * (workers if isinstance(workers, int) else os.cpu_count() or 1)


def map_in_order(
    function: Callable[[T], R],
    items: Iterable[T],
    executor: Executor | None = None,
    ahead: int | None = None,
) -> Generator[R]:
    """Yield ``function(item)`` for each item, in order, computed by an executor if there is one.

    An exception is raised after the results of the items before it. Items are taken, and results
    computed, only a few tasks ahead of the caller; tasks that have not begun are cancelled when
    the iterator is closed.
    """
    if executor is None:
        yield from map(function, items)
        return
    items, ahead = iter(items), ahead or tasks_ahead(executor)
    tasks: deque[Future[tuple[list[R], Exception | None]]] = deque()
    try:
        while chunk := list(islice(items, CHUNK)):
            tasks.append(executor.submit(_map_chunk, function, chunk))
            while tasks and (len(tasks) >= ahead or tasks[0].done()):
                yield from _results_of(tasks.popleft())
        while tasks:
            yield from _results_of(tasks.popleft())
    finally:
        for task in tasks:
            task.cancel()


def _map_chunk(function: Callable[[T], R], chunk: list[T]) -> tuple[list[R], Exception | None]:
    """Return the results up to the first exception, and that exception."""
    results: list[R] = []
    try:
        for item in chunk:
            results.append(function(item))
    except Exception as error:  # noqa: BLE001 - raised again where the results are used
        return results, error
    return results, None


def _results_of(task: Future[tuple[list[R], Exception | None]]) -> Iterator[R]:
    results, error = task.result()
    yield from results
    if error is not None:
        raise error


def _report(path: AnyPath) -> Report:
    name = os.fspath(path)
    return validate(read_file(name), format_of_name(PurePath(name)))


def _findings(path: AnyPath) -> Report:
    return Report(_report(path).findings)
