"""How far each submission is, on standard error: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

from vmspec.cli.output.console import echo_err, supports_colour
from vmspec.cli.submission.outcomes import Job
from vmspec.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from vmspec.katapult import Progress

SILENCE_S = 30.0
"""A line at least this often, so that the log of a long wait shows that it goes on."""
MOST_BARS = 12
"""Of single jobs: more than a terminal is high would flicker."""
WIDEST = 40
"""Of the column of names."""


Row = Callable[[Job, str, str], str]
"""Makes a line of a job, its state, and more."""


class Display:
    """Shows how far jobs are; this one shows nothing, and only says what it is told to say.

    It is called from several threads, writes nothing of its own once it is closed, and that it
    cannot write never matters.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closed = False

    def say(self, line: str) -> None:
        """A line of its own, made of safe characters; also after the end."""
        with self._lock, suppress(OSError):
            self._say(line)

    def created(self, job: Job) -> None:
        """The API took it."""
        with self._lock, suppress(OSError):
            self._created(job)

    def update(self, job: Job, progress: Progress) -> None:
        """There is news, perhaps."""
        with self._lock, suppress(OSError):
            if not self._closed:
                self._update(job, progress)

    def ended(self, job: Job) -> None:
        """Nothing more will be known of it."""
        with self._lock, suppress(OSError):
            self._ended(job)

    def close(self) -> None:
        """The end of all news."""
        with self._lock, suppress(OSError):
            self._closed = True
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
    """A line where the state has changed."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._row = row
        self._said: dict[Job, tuple[str, float]] = {}

    def _created(self, job: Job) -> None:
        echo_err(_created_row(self._row, job))

    def _update(self, job: Job, progress: Progress) -> None:
        state, now = state_of(progress), progress.elapsed_s
        said, then = self._said.get(job, ("", 0.0))
        if state != said or now - then >= SILENCE_S:
            self._said[job] = state, now
            done = _percent(progress)
            told = f"{done:>3} %  {now:.0f} s" if done is not None else f"{now:.0f} s"
            echo_err(self._row(job, state, _doubt(progress) or told))


class Bars(Display):
    """A bar for each job under way, and of several one for all; drawn anew in place, gone at the end."""

    def __init__(self, row: Row, jobs: Sequence[Job]) -> None:
        super().__init__()
        self._row = row
        self._jobs = jobs
        self._bars = _bars()
        self._all: TaskID | None = None
        self._tasks: dict[Job, TaskID] = {}
        self._doubted: dict[Job, str] = {}

    def _say(self, line: str) -> None:
        if self._closed:
            echo_err(line)
        else:
            self._bars.console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def _created(self, job: Job) -> None:
        self._say(_created_row(self._row, job))
        self._bar_of(job, "created")

    def _update(self, job: Job, progress: Progress) -> None:
        state, done, doubt = state_of(progress), _percent(progress), _doubt(progress)
        if doubt and self._doubted.get(job) != state:
            self._doubted[job] = state
            self._say(self._row(job, state, doubt))
        left = _left(progress.left_s) if doubt else ""
        self._bars.update(
            self._bar_of(job, state),
            description=self._row(job, state, ""),
            total=None if done is None else 100,
            completed=done or 0,
            percent=left if done is None else f"{done:>3} %",
        )

    def _bar_of(self, job: Job, state: str) -> TaskID:
        if self._all is None and len(self._jobs) > 1:
            self._all = self._bars.add_task("all", total=len(self._jobs), percent=f"0 of {len(self._jobs)}")
        if job not in self._tasks:
            shown = len(self._tasks) < MOST_BARS
            row = self._row(job, state, "")
            self._tasks[job] = self._bars.add_task(row, total=None, percent="", visible=shown)
            self._bars.start()
        return self._tasks[job]

    def _ended(self, job: Job) -> None:
        """Its bar makes room for the next one."""
        if job in self._tasks:
            self._bars.remove_task(self._tasks.pop(job))
        for task in list(self._tasks.values())[:MOST_BARS]:
            self._bars.update(task, visible=True)
        if self._all is not None:
            self._bars.advance(self._all)
            done = int(self._bars.tasks[0].completed)
            self._bars.update(self._all, percent=f"{done} of {len(self._jobs)}")

    def _close(self) -> None:
        self._bars.stop()


def display_for(jobs: Sequence[Job], *, waiting: bool, told_at_once: bool, logged: bool = False) -> Display:
    """The display that suits standard error: no bars where they would be torn up by a log.

    Silent where standard output tells each create at once, and on the same terminal; else a create is
    told here too, for its id must not be lost with a pipe that breaks.
    """
    row = row_of(jobs)
    terminal = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    if waiting and terminal and not logged:
        return Bars(row, jobs)
    return Display() if told_at_once and sys.stdout is not None and sys.stdout.isatty() else Lines(row)


def row_of(jobs: Sequence[Job]) -> Row:
    """What makes the lines of several jobs, with their columns below each other."""
    width: int | None = None

    def row(job: Job, state: str, rest: str) -> str:
        nonlocal width
        if width is None:
            width = min(WIDEST, max((len(_label(job)) for job in jobs), default=0))
        return f"{_label(job):<{width}}  {printable(state):<8}  {rest}".rstrip()

    return row


def state_of(progress: Progress) -> str:
    """One word for a build and its machine, or for what is done as long as neither is known."""
    if progress.phase != "building":
        return progress.phase
    build, machine = progress.build, progress.virtual_machine
    if machine is not None and machine.state and (build is None or build.state == "complete"):
        return machine.state
    return build.state if build is not None else "unknown"


def _label(job: Job) -> str:
    return printable(job.hostname or job.name)


def _created_row(row: Row, job: Job) -> str:
    """The line of a create that is known: by its answer, by the journal, or by its machine."""
    build = job.submission.build if job.submission is not None else None
    if build is None:
        machine = job.submission.virtual_machine if job.submission is not None else None
        return row(job, "found", machine.id if machine is not None else "")
    before = "  by an earlier run; nothing is sent" if build.state == "unknown" else ""
    return row(job, "created", f"{build.id}{before}")


def _doubt(progress: Progress) -> str | None:
    """What is done about that of which nothing is known; None where a build is followed."""
    again = "; do not submit it again"
    match progress.phase:
        case "held":
            told = f"another process sends submission {progress.submission_id}, and is waited for"
        case "looking":
            told = f"submission {progress.submission_id} is being looked for"
        case "unseen":
            told, again = "no such build is visible yet; it is looked for", ""
        case "building":
            return None
    return f"{told}{f' ({left})' if (left := _left(progress.left_s)) else ''}{again}"


def _left(left_s: float | None) -> str:
    """``2 min 41 s left``; nothing where that is less than a second, or not known."""
    if left_s is None or left_s < 1:
        return ""
    minutes, seconds = divmod(ceil(left_s), 60)
    return f"{minutes} min {seconds} s left" if minutes else f"{seconds} s left"


def _percent(progress: Progress) -> int | None:
    """None where the task is not known, or is not what takes the time."""
    if progress.build is not None and progress.build.state == "complete":
        return 100
    done = progress.task.progress if progress.task is not None else None
    return None if done is None else max(0, min(done, 100))


def _bars() -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Elapsed(ProgressColumn):
        """Whole seconds, going on between two looks at the API."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.elapsed or 0:.0f} s")

    console = Console(
        file=sys.stderr,
        force_terminal=True,
        force_jupyter=False,
        color_system="auto" if supports_colour(sys.stderr) else None,
    )
    return RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[percent]}", markup=False),
        Elapsed(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
