"""JSON with one long list in it, written piece by piece: a repository may have a million findings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from vmspec.cli.output.console import echo


class JSONStream:
    """A JSON object whose last and innermost member is an empty list, and the items that belong in it.

    What is written is ASCII, and what ``json.dumps`` would make of the whole with an indent of 2.
    """

    def __init__(self, frame: Mapping[str, object]) -> None:
        self._head, _, self._tail = json.dumps(frame, indent=2).rpartition("[]")
        last_line = self._head.rpartition("\n")[2]
        self._margin = " " * (len(last_line) - len(last_line.lstrip()))
        self._waiting: str | None = None

    def add(self, item: Mapping[str, object]) -> None:
        """The next item."""
        if self._waiting is None:
            echo(f"{self._head}[")
        else:
            echo(f"{self._waiting},")
        margin = f"{self._margin}  "
        self._waiting = margin + json.dumps(item, indent=2).replace("\n", f"\n{margin}")

    def finish(self) -> None:
        """There are no more."""
        if self._waiting is None:
            echo(f"{self._head}[]{self._tail}")
        else:
            echo(f"{self._waiting}\n{self._margin}]{self._tail}")
