"""Progress bar of long runs, on standard error if that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from vmspec.cli.output.console import rich_console, supports_progress

if TYPE_CHECKING:
    from rich.progress import Progress

DELAY_S = 1.0
"""Time before the bar appears."""

INTERVAL_S = 0.1
"""Time between updates."""


class ProgressBar:
    """Number of files checked so far; removed at the end. A bar that cannot be drawn is left out."""

    def __init__(self, total: int, *, is_shown: bool, clock: Callable[[], float] = monotonic) -> None:
        self._total = total
        self._done = 0
        self._clock = clock
        self._next_update = clock() + DELAY_S if is_shown else inf
        self._progress: Progress | None = None

    @classmethod
    def on_stderr(
        cls, total: int, *, quiet: bool = False, clock: Callable[[], float] = monotonic
    ) -> ProgressBar:
        """Return a bar that is shown if standard error is a terminal."""
        return cls(total, is_shown=supports_progress(sys.stderr) and not quiet, clock=clock)

    def advance(self) -> None:
        """Count one more file."""
        self._done += 1
        if self._next_update < inf and (now := self._clock()) >= self._next_update:
            self._next_update = now + INTERVAL_S
            with suppress(OSError):
                self._draw()

    def hide(self) -> None:
        """Remove the bar, so that a line can be printed; it comes back with the next update."""
        if self._progress is not None:
            with suppress(OSError):
                self._progress.stop()
            self._progress = None

    def _draw(self) -> None:
        if self._progress is None:
            self._progress = _progress(self._total, self._done)
            self._progress.start()
        else:
            self._progress.update(self._progress.task_ids[0], completed=self._done, refresh=True)


def _progress(total: int, done: int) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    progress = Progress(
        TextColumn("checked"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("files"),
        console=rich_console(sys.stderr, force_terminal=True),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    progress.add_task("", total=total, completed=done)
    return progress
