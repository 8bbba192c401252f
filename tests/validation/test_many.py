from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from vmspec import Report, validate, validate_many
from vmspec.validation.many import CHUNK, tasks_ahead

from .documents import whole, whole_yaml


class LazyExecutor(Executor):
    """An executor that runs a task when its result is asked for."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1

        class Task(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                return fn(*args, **kwargs)

        return Task()


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """One file of each kind: valid, invalid, without a suffix of a format, empty."""
    xml = whole("<Hostname><Hostname>web-1</Hostname></Hostname>")
    for name, text in {
        "a.xml": xml,
        "b.yaml": whole_yaml("hostname: web-1"),
        "c.xml": xml.replace("Package", "Packge"),
        "d.conf": xml,
        "e.json": "",
    }.items():
        (tmp_path / name).write_text(text)
    return sorted(tmp_path.iterdir())


def test_reports_come_in_order(paths: list[Path]) -> None:
    reports = [validate(path) for path in paths]
    assert {report.ok for report in reports} == {True, False}
    assert [*validate_many(paths)] == reports
    assert [*validate_many(map(str, paths))] == reports
    assert [*validate_many([])] == []


def test_any_executor_works_and_stays_open(paths: list[Path]) -> None:
    reports = [validate(path) for path in paths] * CHUNK
    for executor in (
        ThreadPoolExecutor(3),
        ProcessPoolExecutor(2, get_context("forkserver")),
        LazyExecutor(),
    ):
        with executor:
            assert [*validate_many(paths * CHUNK, executor)] == reports
            assert [*validate_many(paths, executor)] == reports[: len(paths)]


def test_paths_are_read_only_a_few_tasks_ahead(paths: list[Path]) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield paths[0]

    assert next(validate_many(endless())).ok
    assert taken == 1
    executor = LazyExecutor()
    reports = validate_many(endless(), executor)
    for _ in range(3 * CHUNK):
        assert next(reports).ok
    ahead = tasks_ahead(executor)
    assert executor.submitted == ahead + 2
    assert taken == 1 + CHUNK * (ahead + 2)


@pytest.mark.parametrize("executor", [None, LazyExecutor()])
def test_unreadable_file_raises_after_the_reports_before_it(
    paths: list[Path], executor: Executor | None
) -> None:
    reports = validate_many([*paths, "missing.xml", paths[0]], executor)
    assert [next(reports) for _ in paths] == [validate(path) for path in paths]
    with pytest.raises(FileNotFoundError, match=r"missing\.xml"):
        next(reports)
    assert next(reports, None) is None


def test_closing_cancels_the_tasks_left(paths: list[Path]) -> None:
    futures: list[Future[Any]] = []

    class RecordingExecutor(LazyExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            futures.append(super().submit(fn, *args, **kwargs))
            return futures[-1]

    executor = RecordingExecutor()
    ahead = tasks_ahead(executor)
    reports = validate_many(paths * CHUNK * ahead, executor)
    assert isinstance(next(reports), Report)
    reports.close()  # type: ignore[attr-defined]
    assert [future.cancelled() for future in futures] == [False] + [True] * (ahead - 1)


@pytest.mark.parametrize(("ahead", "submitted"), [(None, 32), (3, 3)])
def test_all_workers_of_an_executor_are_busy(paths: list[Path], ahead: int | None, submitted: int) -> None:
    executor = LazyExecutor()
    executor._max_workers = 16  # type: ignore[attr-defined]
    next(validate_many(paths * CHUNK * 40, executor, ahead=ahead))
    assert executor.submitted == submitted


def test_number_of_tasks_ahead_is_positive(paths: list[Path]) -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        validate_many(paths, ahead=0)


def test_findings_only_leaves_out_the_specs(paths: list[Path]) -> None:
    reports = [*validate_many(paths, findings_only=True)]
    assert [report.findings for report in reports] == [validate(path).findings for path in paths]
    assert {report.spec for report in reports} == {None}
