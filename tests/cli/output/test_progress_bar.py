from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

import pytest

from vmspec.cli.output.progress_bar import DELAY_S, INTERVAL_S, ProgressBar

from ..support.documents import FINE
from ..support.processes import TERMINAL, terminal_output

Err = pytest.CaptureFixture[str]


def ticks(step_s: float) -> Iterator[float]:
    """Times returned by a clock."""
    return (number * step_s for number in count())


def without_escapes(written: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)


def progress_bar(total: int, step_s: float) -> ProgressBar:
    return ProgressBar(total, is_shown=True, clock=ticks(step_s).__next__)


def test_short_run_shows_no_bar(capsys: Err) -> None:
    bar = progress_bar(10, DELAY_S / 11)
    for _ in range(10):
        bar.advance()
    bar.hide()
    assert capsys.readouterr().err == ""


def test_long_run_shows_progress(capsys: Err) -> None:
    bar = progress_bar(10, DELAY_S)
    for _ in range(7):
        bar.advance()
    drawn = re.findall(r"(━*╸?) *(\d+)/10 files", without_escapes(capsys.readouterr().err))
    assert [int(number) for _, number in drawn] == [1, 2, 3, 4, 5, 6, 7]
    assert [len(line) for line, _ in drawn] == sorted({len(line) for line, _ in drawn})


def test_updates_keep_an_interval(capsys: Err) -> None:
    bar = progress_bar(100_000, INTERVAL_S / 100)
    for _ in range(3_000):
        bar.advance()
    drawn = re.findall(r"(\d+)/100000 files", without_escapes(capsys.readouterr().err))
    times = [int(number) * INTERVAL_S / 100 for number in drawn]
    assert times[0] == pytest.approx(DELAY_S)
    assert min(later - time for time, later in pairwise(times)) >= INTERVAL_S * 0.99


def test_hidden_bar_comes_back(capsys: Err) -> None:
    bar = progress_bar(10, DELAY_S)
    bar.advance()
    bar.hide()
    assert capsys.readouterr().err.endswith("\x1b[1A\x1b[2K")  # up to its line, which is then cleared
    bar.advance()
    assert "2/10 files" in without_escapes(capsys.readouterr().err)
    bar.hide()
    assert capsys.readouterr().err.endswith("\x1b[1A\x1b[2K")


def test_bar_is_shown_on_terminals_only(capsys: Err) -> None:
    bar = ProgressBar.on_stderr(1, clock=ticks(DELAY_S).__next__)
    bar.advance()
    assert capsys.readouterr().err == ""


def test_short_run_on_a_terminal_prints_only_a_summary(folder: Path) -> None:
    (folder / "web.xml").write_text(FINE)
    assert terminal_output(["validate", "web.xml"], TERMINAL) == "nothing found in 1 file\r\n"
    assert terminal_output(["validate", "--quiet", "web.xml"], TERMINAL) == ""
