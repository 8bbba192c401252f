"""Progress bars of submissions on a terminal, redrawn in place and removed at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define

from vmspec.cli.output.console import echo_err, rich_console
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.progress import (
    MAX_NAME_WIDTH,
    MAX_SINGLE_JOBS,
    Display,
    count_states,
    created_row,
    label_of,
    percent_of,
    row_of,
    state_of,
    time_left,
    waiting_for,
)
from vmspec.text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from vmspec.katapult import Progress

BAR_WIDTH = 16
OTHER_WIDTH = 46
"""Width of all columns but the name, in characters."""
OTHER_HEIGHT = 6
"""Lines of the terminal that are left for all but the bars of single jobs."""


@define
class _Bar:
    state: str
    percent: int | None = None
    text: str = ""
    begun_at: float | None = None


class Bars(Display):
    """A bar for each of the first jobs under way, a line for all others, and a bar for all."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        from rich.live import Live

        super().__init__()
        self._console = rich_console(sys.stderr, force_terminal=True)
        self._name_width = max(8, min(MAX_NAME_WIDTH, self._console.width - OTHER_WIDTH))
        self._max_bars = max(1, min(MAX_SINGLE_JOBS, self._console.height - OTHER_HEIGHT))
        self._row = row_of(jobs, self._name_width)
        self._jobs = jobs
        self._bars: dict[Job, _Bar] = {}
        self._states: dict[Job, str] = {}
        self._ended_jobs: set[Job] = set()
        self._announced: dict[Job, str] = {}
        self._live = Live(
            console=self._console,
            get_renderable=self._table,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            refresh_per_second=4,
        )

    def _say(self, line: str) -> None:
        if self._is_closed:
            echo_err(line)
        else:
            self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def _created(self, job: Job) -> None:
        if len(self._jobs) <= MAX_SINGLE_JOBS:
            self._say(created_row(self._row, job))
        self._show(job, _Bar("created", begun_at=time.monotonic()))

    def _update(self, job: Job, progress: Progress) -> None:
        state, sentence = state_of(progress), waiting_for(job, progress)
        if sentence and self._announced.get(job) != state:
            self._announced[job] = state
            self._say(self._row(job, state, sentence))
        left = time_left(progress.left_s) if sentence else ""
        begun_at = time.monotonic() - progress.elapsed_s
        self._show(job, _Bar(state, percent_of(progress), left, begun_at))

    def _ended(self, job: Job) -> None:
        self._bars.pop(job, None)
        self._ended_jobs.add(job)

    def _close(self) -> None:
        self._live.stop()

    def _show(self, job: Job, bar: _Bar) -> None:
        self._bars[job] = bar
        self._states[job] = bar.state
        if not self._live.is_started:
            self._live.start(refresh=True)

    def _table(self) -> RenderableType:
        """Render without the lock: printing a line holds the lock and waits for this."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(max_width=self._name_width, no_wrap=True, overflow="ellipsis")
        for _ in range(4):
            table.add_column(no_wrap=True)
        shown = dict([*self._bars.copy().items()][: self._max_bars])
        for job, bar in shown.items():
            _add_row(table, label_of(job), bar)
        if len(self._jobs) == 1:
            return table
        hidden = [job for job in self._jobs if job not in shown and job not in self._ended_jobs]
        done, total = len(self._ended_jobs), len(self._jobs)
        _add_row(table, "all", _Bar("", 100 * done // total, f"{done} of {total}"))
        more = f"+{len(hidden)} more: {count_states(hidden, self._states)}" if hidden else ""
        return Group(table, Text(more, no_wrap=True, overflow="ellipsis"))


def _add_row(table: Table, name: str, bar: _Bar) -> None:
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    percent = "" if bar.percent is None else f"{bar.percent:>3} %"
    table.add_row(
        Text(name),
        Text(printable(bar.state)),
        ProgressBar(total=None if bar.percent is None else 100, completed=bar.percent or 0, width=BAR_WIDTH),
        Text(bar.text or percent),
        Text("" if bar.begun_at is None else f"{time.monotonic() - bar.begun_at:.0f} s"),
    )
