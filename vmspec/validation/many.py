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
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

from vmspec.documents.files import read_file
from vmspec.documents.formats import format_of_name
from vmspec.validation import Report, validate

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

AnyPath = str | os.PathLike[str]

CHUNK = 128
"""Files of one task: to hand one to another process costs as much as checking three files."""

AHEAD = 2 * (os.cpu_count() or 1)
"""Tasks that are given out and not yet collected: each worker has its next one, and little is held."""


def validate_many(paths: Iterable[AnyPath], executor: Executor | None = None) -> Iterator[Report]:
    """One report for each file, in order; each is what ``validate`` gives for the file's path.

    Without an executor files are checked in this thread, each when its report is asked for. With one,
    of whatever kind, some are checked ahead; it stays open. Raises OSError for a file that cannot be
    read, after the reports of those before it; then there are no more.
    """
    if executor is None:
        yield from map(_report, paths)
        return
    paths = iter(paths)
    tasks: deque[Future[_Reports]] = deque()
    try:
        while chunk := list(islice(paths, CHUNK)):
            tasks.append(executor.submit(_reports, chunk))
            while tasks and (len(tasks) >= AHEAD or tasks[0].done()):
                yield from _collected(tasks.popleft())
        while tasks:
            yield from _collected(tasks.popleft())
    finally:
        for task in tasks:
            task.cancel()


_Reports = tuple[list[Report], OSError | None]
"""Of a task, up to the file that cannot be read."""


def _reports(paths: list[AnyPath]) -> _Reports:
    reports: list[Report] = []
    try:
        for path in paths:
            reports.append(_report(path))
    except OSError as error:
        return reports, error
    return reports, None


def _collected(task: Future[_Reports]) -> Iterator[Report]:
    reports, error = task.result()
    yield from reports
    if error is not None:
        raise error


def _report(path: AnyPath) -> Report:
    name = os.fspath(path)
    return validate(read_file(name), format_of_name(PurePath(name)))
