"""What ``.gitignore`` files leave out, read here rather than by git.

In a stranger's repository git may run what the configuration there names, and a program is no safer
for being asked a harmless question. A file that git tracks although a pattern matches it is left out
too: what is tracked only git could tell.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container, Iterable
from itertools import groupby
from pathlib import Path

from attrs import frozen

from vmspec.cli.inputs.wildcards import of_name, of_path

NAME = ".gitignore"
REPOSITORY = ".git"

MOST_BYTES = 1 << 16
"""Of one file; what is behind them is not read. The longest that people use have half as many."""


@frozen
class _Pattern:
    expression: str
    by_path: bool
    """Matches a path from the folder of the file on; else the name alone."""
    folders_only: bool
    negated: bool


_Group = tuple[re.Pattern[str], bool, bool]
"""Neighbours of one kind as one expression, whether it is for paths, and whether it hides."""


class Patterns:
    """The patterns of one ``.gitignore`` file."""

    def __init__(self, text: str) -> None:
        patterns = [pattern for line in text.split("\n") if (pattern := _pattern(line)) is not None]
        self._for_folders = _groups(patterns)
        self._for_files = _groups(pattern for pattern in patterns if not pattern.folders_only)

    def verdict(self, name: str, path: str, *, is_folder: bool) -> bool | None:
        """Whether an entry is hidden, as the last pattern says that fits it; None where none does."""
        for expression, by_path, hides in self._for_folders if is_folder else self._for_files:
            if expression.fullmatch(path if by_path else name):
                return hides
        return None


@frozen
class _Level:
    """The patterns of one file, and how a path of the walk is one from its folder on."""

    patterns: Patterns
    prefix: str
    start: int


class Ignored:
    """All ``.gitignore`` files that hold in a folder, the nearest first."""

    def __init__(self, levels: tuple[_Level, ...] = ()) -> None:
        self._levels = levels

    def hides(self, name: str, path: str, *, is_folder: bool) -> bool:
        """Whether an entry of that folder is left out; ``path`` is that of the walk."""
        for level in self._levels:
            verdict = level.patterns.verdict(name, level.prefix + path[level.start :], is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False

    def within(self, prefix: str, hidden: Container[str]) -> Ignored:
        """The same for a folder below, by what its paths begin with and by its hidden entries."""
        above = Ignored() if REPOSITORY in hidden else self  # a repository is its own
        patterns = _read(Path(prefix) / NAME) if NAME in hidden else None
        return above if patterns is None else Ignored((_Level(patterns, "", len(prefix)), *above._levels))


def ignored_above(folder: str, prefix: str) -> Ignored:
    """What the files above a folder hide in it, up to the top of its repository, where it is in one."""
    levels: list[_Level] = []
    path, way = Path(folder).resolve(), ""
    while not os.path.lexists(path / REPOSITORY):
        if path == path.parent:
            return Ignored()
        path, way = path.parent, f"{path.name}/{way}"
        patterns = _read(path / NAME)
        if patterns is not None:
            levels.append(_Level(patterns, way, len(prefix)))
    return Ignored(tuple(levels))


def _read(path: Path) -> Patterns | None:
    """The patterns of a file; git too reads none that is a link, and to open a pipe would wait."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            data = file.read(MOST_BYTES)
    except OSError:
        return None
    if len(data) == MOST_BYTES:
        data = data[: data.rfind(b"\n") + 1]
    return Patterns(os.fsdecode(data.removeprefix(b"\xef\xbb\xbf")))


def _pattern(line: str) -> _Pattern | None:
    line = _without_blanks_at_end(line.removesuffix("\r"))
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    text = line[negated:]
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    by_path = "/" in text
    text = text.removeprefix("/")
    expression = of_path(text) if by_path else of_name(text)
    return _Pattern(expression, by_path, folders_only, negated)


def _without_blanks_at_end(line: str) -> str:
    bare = line.rstrip(" ")
    escaped = (len(bare) - len(bare.rstrip("\\"))) % 2 and len(bare) < len(line)
    return f"{bare} " if escaped else bare


def _groups(patterns: Iterable[_Pattern]) -> list[_Group]:
    """The last patterns first, neighbours that say the same together: most files are one group or two."""
    return [
        (re.compile("|".join(f"(?:{pattern.expression})" for pattern in group)), by_path, not negated)
        for (by_path, negated), group in groupby(
            reversed(list(patterns)), key=lambda pattern: (pattern.by_path, pattern.negated)
        )
    ]
