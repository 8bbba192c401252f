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

AHEAD = 2 * (os.cpu_count() or 1)
"""Number of tasks under way: each worker has a next one, and few results are held in memory."""


def validate_many(paths: Iterable[AnyPath], executor: Executor | None = None) -> Iterator[Report]:
    """Yield one report for each file, in order, as ``validate`` returns it for the path.

    Without an executor each file is checked in this thread when its report is asked for. With one,
    of any kind, some files are checked ahead; the executor stays open. Raises OSError for a file
    that cannot be read, after the reports of the files before it, and then stops.
    """
    return map_in_order(_report, paths, executor)


def map_in_order(
    function: Callable[[T], R], items: Iterable[T], executor: Executor | None = None
) -> Generator[R]:
    """Yield ``function(item)`` for each item, in order, computed by an executor if there is one.

    An exception is raised after the results of the items before it. Items are taken, and results
    computed, only a few tasks ahead of the caller; tasks that have not begun are cancelled when
    the iterator is closed.
    """
    if executor is None:
        yield from map(function, items)
        return
    items = iter(items)
    tasks: deque[Future[tuple[list[R], Exception | None]]] = deque()
    try:
        while chunk := list(islice(items, CHUNK)):
            tasks.append(executor.submit(_map_chunk, function, chunk))
            while tasks and (len(tasks) >= AHEAD or tasks[0].done()):
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
