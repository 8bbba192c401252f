"""A progress bar for runs that take long, on standard error where that is a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from vmspec.cli.output.console import supports_colour

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE_S = 1.0
"""Nothing is shown before."""

INTERVAL_S = 0.1
"""The bar is drawn anew no more often."""


class Bar:
    """How many of all documents are done; gone at the end. That it cannot be drawn never matters."""

    def __init__(self, total: int, *, shown: bool, clock: Callable[[], float]) -> None:
        self._total = total
        self._done = 0
        self._clock = clock
        self._due = clock() + PATIENCE_S if shown else inf
        self._progress: Progress | None = None

    def advance(self) -> None:
        """One more is done."""
        self._done += 1
        if self._due < inf and (now := self._clock()) >= self._due:
            self._due = now + INTERVAL_S
            with suppress(OSError):
                self._draw()

    def hide(self) -> None:
        """Makes room for a line; the bar comes back by itself."""
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


def bar_for(total: int, *, quiet: bool, clock: Callable[[], float] = monotonic) -> Bar:
    """The bar of a run."""
    terminal = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return Bar(total, shown=terminal and not quiet, clock=clock)


def _progress(total: int, done: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(
        file=sys.stderr,
        force_terminal=True,
        force_jupyter=False,
        color_system="auto" if supports_colour(sys.stderr) else None,
    )
    progress = Progress(
        TextColumn("checked"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("files"),
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    progress.add_task("", total=total, completed=done)
    return progress
