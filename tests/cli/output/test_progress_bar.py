from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

import pytest

from vmspec.cli.output.progress_bar import INTERVAL_S, PATIENCE_S, Bar, bar_for

from ..support.documents import FINE
from ..support.processes import TERMINAL, terminal_output

Err = pytest.CaptureFixture[str]


def ticking(step_s: float) -> Iterator[float]:
    """The times at which a clock is looked at."""
    return (number * step_s for number in count())


def bare(written: str) -> str:
    """What was written without what colours and steers."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)


def bar(total: int, step_s: float) -> Bar:
    return Bar(total, shown=True, clock=ticking(step_s).__next__)


def test_nothing_is_shown_of_a_short_run(capsys: Err) -> None:
    short = bar(10, PATIENCE_S / 11)
    for _ in range(10):
        short.advance()
    short.hide()
    assert capsys.readouterr().err == ""


def test_a_long_run_shows_how_far_it_is(capsys: Err) -> None:
    long = bar(10, PATIENCE_S)
    for _ in range(7):
        long.advance()
    drawn = re.findall(r"(━*╸?) *(\d+)/10 files", bare(capsys.readouterr().err))
    assert [int(number) for _, number in drawn] == [1, 2, 3, 4, 5, 6, 7]
    assert [len(line) for line, _ in drawn] == sorted({len(line) for line, _ in drawn})


def test_it_is_drawn_no_more_often_than_a_person_sees(capsys: Err) -> None:
    long = bar(100_000, INTERVAL_S / 100)
    for _ in range(3_000):
        long.advance()
    drawn = re.findall(r"(\d+)/100000 files", bare(capsys.readouterr().err))
    times = [int(number) * INTERVAL_S / 100 for number in drawn]
    assert times[0] == pytest.approx(PATIENCE_S)
    assert min(later - time for time, later in pairwise(times)) >= INTERVAL_S * 0.99


def test_it_makes_room_and_comes_back(capsys: Err) -> None:
    long = bar(10, PATIENCE_S)
    long.advance()
    long.hide()
    assert capsys.readouterr().err.endswith("\x1b[1A\x1b[2K")  # up to its line, and that is empty
    long.advance()
    assert "2/10 files" in bare(capsys.readouterr().err)
    long.hide()
    assert capsys.readouterr().err.endswith("\x1b[1A\x1b[2K")


def test_it_is_for_terminals_only(capsys: Err) -> None:
    nowhere = bar_for(1, quiet=False, clock=ticking(PATIENCE_S).__next__)
    nowhere.advance()
    assert capsys.readouterr().err == ""


def test_a_short_run_on_a_terminal_has_a_summary_and_nothing_else(folder: Path) -> None:
    (folder / "web.xml").write_text(FINE)
    assert terminal_output(["validate", "web.xml"], TERMINAL) == "nothing found in 1 file\r\n"
    assert terminal_output(["validate", "--quiet", "web.xml"], TERMINAL) == ""
