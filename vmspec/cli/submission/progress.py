"""Progress of submissions on standard error: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

from vmspec.cli.output.console import echo_err, is_terminal, rich_console, supports_progress
from vmspec.cli.submission.job import Job
from vmspec.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from vmspec.katapult import Progress

HEARTBEAT_S = 30.0
"""A line is written at least this often, so that the log of a long wait shows that it goes on."""
MAX_BARS = 12
"""Bars of single jobs; a display higher than the terminal flickers."""
MAX_NAME_WIDTH = 40
"""Width of the column of names, in characters."""


Row = Callable[[Job, str, str], str]
"""Function that makes a line of a job, its state, and a text."""


class Display:
    """Base class of displays; shows no progress, and only says what it is told to say.

    Several threads may call it. After ``close`` it shows no progress; failing writes are ignored.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_closed = False

    def say(self, line: str) -> None:
        """Write a line of safe characters, also after the end."""
        with self._lock, suppress(OSError):
            self._say(line)

    def created(self, job: Job) -> None:
        """Show that the API accepted it."""
        with self._lock, suppress(OSError):
            self._created(job)

    def update(self, job: Job, progress: Progress) -> None:
        """Show how far it is."""
        with self._lock, suppress(OSError):
            if not self._is_closed:
                self._update(job, progress)

    def ended(self, job: Job) -> None:
        """Show that nothing more will be known of it."""
        with self._lock, suppress(OSError):
            self._ended(job)

    def close(self) -> None:
        """End the display."""
        with self._lock, suppress(OSError):
            self._is_closed = True
            self._close()

    def _say(self, line: str) -> None:
        echo_err(line)

    def _created(self, job: Job) -> None:
        return

    def _update(self, job: Job, progress: Progress) -> None:
        return

    def _ended(self, job: Job) -> None:
        return

    def _close(self) -> None:
        return


class Lines(Display):
    """A line for each change of state."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._row = row
        self._written: dict[Job, tuple[str, float]] = {}

    def _created(self, job: Job) -> None:
        echo_err(_created_row(self._row, job))

    def _update(self, job: Job, progress: Progress) -> None:
        state, now = state_of(progress), progress.elapsed_s
        written_state, written_at = self._written.get(job, ("", 0.0))
        if state != written_state or now - written_at >= HEARTBEAT_S:
            self._written[job] = state, now
            percent = _percent(progress)
            elapsed = f"{percent:>3} %  {now:.0f} s" if percent is not None else f"{now:.0f} s"
            echo_err(self._row(job, state, _waiting_for(progress) or elapsed))


class Bars(Display):
    """A bar for each job under way, and one for all of several; redrawn in place, removed at the end."""

    def __init__(self, row: Row, jobs: Sequence[Job]) -> None:
        super().__init__()
        self._row = row
        self._jobs = jobs
        self._bars = _bars()
        self._total: TaskID | None = None
        self._tasks: dict[Job, TaskID] = {}
        self._announced: dict[Job, str] = {}

    def _say(self, line: str) -> None:
        if self._is_closed:
            echo_err(line)
        else:
            self._bars.console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def _created(self, job: Job) -> None:
        self._say(_created_row(self._row, job))
        self._bar_of(job, "created")

    def _update(self, job: Job, progress: Progress) -> None:
        state, percent, waiting_for = state_of(progress), _percent(progress), _waiting_for(progress)
        if waiting_for and self._announced.get(job) != state:
            self._announced[job] = state
            self._say(self._row(job, state, waiting_for))
        left = _time_left(progress.left_s) if waiting_for else ""
        self._bars.update(
            self._bar_of(job, state),
            description=self._row(job, state, ""),
            total=None if percent is None else 100,
            completed=percent or 0,
            percent=left if percent is None else f"{percent:>3} %",
        )

    def _bar_of(self, job: Job, state: str) -> TaskID:
        if self._total is None and len(self._jobs) > 1:
            self._total = self._bars.add_task("all", total=len(self._jobs), percent=f"0 of {len(self._jobs)}")
        if job not in self._tasks:
            is_visible = len(self._tasks) < MAX_BARS
            row = self._row(job, state, "")
            self._tasks[job] = self._bars.add_task(row, total=None, percent="", visible=is_visible)
            self._bars.start()
        return self._tasks[job]

    def _ended(self, job: Job) -> None:
        """Its bar makes room for the next one."""
        if job in self._tasks:
            self._bars.remove_task(self._tasks.pop(job))
        for task in list(self._tasks.values())[:MAX_BARS]:
            self._bars.update(task, visible=True)
        if self._total is not None:
            self._bars.advance(self._total)
            done = int(self._bars.tasks[0].completed)
            self._bars.update(self._total, percent=f"{done} of {len(self._jobs)}")

    def _close(self) -> None:
        self._bars.stop()


def display_for(
    jobs: Sequence[Job], *, waits: bool, writes_at_once: bool, is_logged: bool = False
) -> Display:
    """Return the display that suits standard error: no bars where log lines would tear them up.

    No progress is shown if standard output is the same terminal and gets each result at once. In all
    other cases a create is also written here, so that its id is not lost with a broken pipe.
    """
    row = row_of(jobs)
    if waits and supports_progress(sys.stderr) and not is_logged:
        return Bars(row, jobs)
    return Display() if writes_at_once and is_terminal(sys.stdout) else Lines(row)


def row_of(jobs: Sequence[Job]) -> Row:
    """Return a function that makes lines of these jobs with aligned columns."""
    width: int | None = None

    def row(job: Job, state: str, text: str) -> str:
        nonlocal width
        if width is None:
            width = min(MAX_NAME_WIDTH, max((len(_label(job)) for job in jobs), default=0))
        return f"{_label(job):<{width}}  {printable(state):<8}  {text}".rstrip()

    return row


def state_of(progress: Progress) -> str:
    """Return one word for the state of a build and its machine, or for the phase before them."""
    if progress.phase != "building":
        return progress.phase
    build, machine = progress.build, progress.virtual_machine
    if machine is not None and machine.state and (build is None or build.state == "complete"):
        return machine.state
    return build.state if build is not None else "unknown"


def _label(job: Job) -> str:
    return printable(job.hostname or job.name)


def _created_row(row: Row, job: Job) -> str:
    """The create may be known by its answer, by the journal, or by its machine alone."""
    build = job.submission.build if job.submission is not None else None
    if build is None:
        return row(job, "found", job.machine.id if job.machine is not None else "")
    earlier = "  by an earlier run; nothing is sent" if build.state == "unknown" else ""
    return row(job, "created", f"{build.id}{earlier}")


def _waiting_for(progress: Progress) -> str:
    """A sentence for each phase in which no build is followed yet; else empty."""
    left = f" ({text})" if (text := _time_left(progress.left_s)) else ""
    do_not = "; do not submit it again"
    id = progress.submission_id
    match progress.phase:
        case "held":
            return f"waiting for another process that is sending submission {id}{left}{do_not}"
        case "looking":
            return f"submission {id} is being looked for{left}{do_not}"
        case "unseen":
            return f"the build is not visible yet; looking for it{left}"
        case "building":
            return ""


def _time_left(left_s: float | None) -> str:
    """``2 min 41 s left``; empty if it is less than a second, or not known."""
    if left_s is None or left_s < 1:
        return ""
    minutes, seconds = divmod(ceil(left_s), 60)
    return f"{minutes} min {seconds} s left" if minutes else f"{seconds} s left"


def _percent(progress: Progress) -> int | None:
    """None while the task is not known."""
    if progress.build is not None and progress.build.state == "complete":
        return 100
    done = progress.task.progress if progress.task is not None else None
    return None if done is None else max(0, min(done, 100))


def _bars() -> RichProgress:
    from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Elapsed(ProgressColumn):
        """Whole seconds, which go on between two polls."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.elapsed or 0:.0f} s")

    return RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[percent]}", markup=False),
        Elapsed(),
        console=rich_console(sys.stderr, force_terminal=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
