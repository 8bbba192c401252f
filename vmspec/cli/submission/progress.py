"""Progress of submissions on standard error: lines, or JSON lines; bars are in ``bars``."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

from vmspec.cli.output.console import echo_err
from vmspec.cli.submission.job import Job
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Progress

HEARTBEAT_S = 30.0
"""A line is written at least this often, so that the log of a long wait shows that it goes on."""
MAX_SINGLE_JOBS = 12
"""Largest number of jobs whose every change of state is shown."""
MAX_NAME_WIDTH = 40
"""Width of the column of names, in characters."""


Row = Callable[[Job, str, str], str]
"""Function that makes a line of a job, its state, and a text."""


class Display:
    """Base class of displays; shows no progress, and only says what it is told to say.

    Several threads may call it. After ``close`` it shows no progress. Failing writes raise nothing;
    ``has_failed`` is then True.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_closed = False
        self.has_failed = False

    def say(self, line: str) -> None:
        """Write a line of safe characters, also after the end."""
        self._guard(lambda: self._say(line))

    def created(self, job: Job) -> None:
        """Show that the API accepted it."""
        self._guard(lambda: self._created(job))

    def update(self, job: Job, progress: Progress) -> None:
        """Show how far it is."""
        if not self._is_closed:
            self._guard(lambda: self._update(job, progress))

    def ended(self, job: Job) -> None:
        """Show that nothing more will be known of it."""
        self._guard(lambda: self._ended(job))

    def close(self) -> None:
        """End the display."""
        self._guard(self._close)
        self._is_closed = True

    def _guard(self, write: Callable[[], object]) -> None:
        with self._lock:
            try:
                write()
            except OSError:
                self.has_failed = True

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
    """A line for each change of state; for many jobs only when one is created or started, and totals."""

    def __init__(self, row: Row, jobs: Sequence[Job], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._row = row
        self._jobs = jobs
        self._clock = clock
        self._written: dict[Job, tuple[str, float]] = {}
        self._states: dict[Job, str] = {}
        self._ended_jobs: set[Job] = set()
        self._total_at = clock()

    def _created(self, job: Job) -> None:
        self._states[job] = "created"
        echo_err(created_row(self._row, job))

    def _update(self, job: Job, progress: Progress) -> None:
        state, now = state_of(progress), progress.elapsed_s
        self._states[job] = state
        if len(self._jobs) > MAX_SINGLE_JOBS:
            self._write_total()
        written_state, written_at = self._written.get(job, ("", 0.0))
        if state != written_state or (len(self._jobs) <= MAX_SINGLE_JOBS and now - written_at >= HEARTBEAT_S):
            self._written[job] = state, now
            text = waiting_for(job, progress) or elapsed_text(progress)
            if len(self._jobs) <= MAX_SINGLE_JOBS or state == "started" or progress.phase != "building":
                echo_err(self._row(job, state, text))

    def _ended(self, job: Job) -> None:
        self._ended_jobs.add(job)
        written_state, _ = self._written.pop(job, ("", 0.0))
        if written_state and job.machine is not None and job.started_after_s is not None:
            state = job.machine.state or ""
            if state != written_state:  # the last poll of a batch is told with its result
                echo_err(self._row(job, state, f"100 %  {job.started_after_s:.0f} s"))

    def _write_total(self) -> None:
        now = self._clock()
        if now - self._total_at >= HEARTBEAT_S:
            self._total_at = now
            open_jobs = [job for job in self._jobs if job not in self._ended_jobs]
            done = f"{len(self._jobs) - len(open_jobs)} of {len(self._jobs)} done"
            echo_err("; ".join(filter(None, (done, count_states(open_jobs, self._states)))))


class JSONLines(Display):
    """A JSON object for each event, ASCII only."""

    def _say(self, line: str) -> None:
        self._write("message", message=line.strip())

    def _created(self, job: Job) -> None:
        self._write("created", job, new=job.is_new)

    def _update(self, job: Job, progress: Progress) -> None:
        self._write(
            "progress",
            job,
            state=state_of(progress),
            percent=percent_of(progress),
            elapsed_s=round(progress.elapsed_s, 1),
            left_s=None if progress.left_s is None else round(progress.left_s, 1),
        )

    def _ended(self, job: Job) -> None:
        self._write("ended", job, outcome=str(job.outcome), error=job.error.message if job.error else None)

    def _write(self, event: str, job: Job | None = None, **fields: object) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03}Z"
        ids = _ids(job) if job is not None else {}
        echo_err(json.dumps({"time": stamp, "event": event, **ids, **fields}))


def _ids(job: Job) -> Mapping[str, str | None]:
    return {
        "path": job.name if job.is_document else None,
        "hostname": job.hostname,
        "submission_id": job.submission_id,
        "build_id": job.build_id,
        "virtual_machine_id": job.machine.id if job.machine is not None else None,
    }


def row_of(jobs: Sequence[Job], max_name_width: int = MAX_NAME_WIDTH) -> Row:
    """Return a function that makes lines of these jobs with aligned columns."""
    width: int | None = None

    def row(job: Job, state: str, text: str) -> str:
        nonlocal width
        if width is None:
            width = min(max_name_width, max((len(label_of(job)) for job in jobs), default=0))
        return f"{label_of(job):<{width}}  {printable(state):<8}  {text}".rstrip()

    return row


def label_of(job: Job) -> str:
    """Return the hostname of a job, or its name while there is none."""
    return printable(job.hostname or job.name)


def state_of(progress: Progress) -> str:
    """Return one word for the state of a build and its machine, or for the phase before them."""
    if progress.phase != "building":
        return progress.phase
    build, machine = progress.build, progress.virtual_machine
    if machine is not None and machine.state and (build is None or build.state == "complete"):
        return machine.state
    return build.state if build is not None else "unknown"


def created_row(row: Row, job: Job) -> str:
    """Return a line for a create that is known by its answer, by the journal, or by its machine alone."""
    build = job.submission.build if job.submission is not None else None
    if build is None:
        return row(job, "found", job.machine.id if job.machine is not None else "")
    earlier = "" if job.is_new else "  by an earlier run; nothing is sent"
    return row(job, "created", f"{build.id}{earlier}")


def waiting_for(job: Job, progress: Progress) -> str:
    """Return a sentence for each phase in which no build is followed yet; else an empty text."""
    left = f" ({text})" if (text := time_left(progress.left_s)) else ""
    do_not = "; do not submit it again" if job.key is None or not job.is_document else ""
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


def time_left(left_s: float | None) -> str:
    """Return ``2 min 41 s left``; an empty text for less than a second, or if it is not known."""
    if left_s is None or left_s < 1:
        return ""
    minutes, seconds = divmod(ceil(left_s), 60)
    return f"{minutes} min {seconds} s left" if minutes else f"{seconds} s left"


def percent_of(progress: Progress) -> int | None:
    """Return the progress of the task; None while the task is not known."""
    if progress.build is not None and progress.build.state == "complete":
        return 100
    done = progress.task.progress if progress.task is not None else None
    return None if done is None else max(0, min(done, 100))


def elapsed_text(progress: Progress) -> str:
    """Return ``63 %  14 s``."""
    percent, now = percent_of(progress), f"{progress.elapsed_s:.0f} s"
    return now if percent is None else f"{percent:>3} %  {now}"


def count_states(jobs: Sequence[Job], states: Mapping[Job, str]) -> str:
    """Return ``180 building, 8 not sent yet``."""
    counts = Counter(printable(states.get(job, "not sent yet")) for job in jobs)
    return ", ".join(f"{count} {state}" for state, count in counts.most_common())
