"""Patterns of ``.gitignore`` files and of the command line.

vmspec reads ``.gitignore`` itself, because git may run programs that the configuration of a stranger's
repository names. A tracked file that matches a pattern is skipped too; only git could tell them apart.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from attrs import frozen

from vmspec.cli.output.console import echo_err, shown_path
from vmspec.text import quote

NAME = ".gitignore"
REPOSITORY = ".git"

MAX_BYTES = 1 << 16
"""Bytes read of one file, twice as many as the longest that people use have."""

MAX_LENGTH = 1_000
MAX_WILDCARDS = 3
"""Runs of ``*`` in a pattern, not counting folders that are a plain ``*``.

pathspec makes regular expressions of patterns that backtrack, so that the time to match one grows
exponentially with its wildcards: https://github.com/cpburnz/python-pathspec/issues/131.
"""
MAX_DOUBLE_WILDCARDS = 2

_STARS = re.compile(r"\\.|(\*+)", re.DOTALL)
_UNSUPPORTED_BRACKET = re.compile(r"\[[^]]*?(?:[\\[]|--|&&|\|\||~~)[^]]*\]")
"""Brackets that git and pathspec read differently, such as ``[[:digit:]]``."""
_BRACKET = re.compile(r"\\.|\[\^/\]|\[")
_ANCESTOR = re.compile(r"\(\?P<\w+>/\)")
"""pathspec's mark in an expression that also matches everything below the path."""


class PatternError(ValueError):
    """A pattern is not supported."""


@frozen
class Pattern:
    """A pattern of a ``.gitignore`` file."""

    expression: str
    """Matches the path from the folder of the file on, or the name alone."""
    is_path: bool
    is_for_folders: bool
    is_negated: bool


_Matcher = tuple[Callable[[str], object], bool, bool]
"""A match method for one or several patterns; whether it takes a path, and whether it ignores."""


class PatternFile:
    """The patterns of one ``.gitignore`` file."""

    def __init__(self, patterns: Collection[Pattern]) -> None:
        self._for_folders = _matchers(patterns)
        self._for_files = _matchers(pattern for pattern in patterns if not pattern.is_for_folders)

    def ignores(self, name: str, path: str, *, is_folder: bool) -> bool | None:
        """Return whether the last pattern that matches ignores the path; None if none matches."""
        for match, takes_path, ignores in self._for_folders if is_folder else self._for_files:
            if match(path if takes_path else name):
                return ignores
        return None


@frozen
class _Level:
    """A file and the way from its folder to the one being walked."""

    patterns: PatternFile
    prefix: str
    start: int
    """Length of the part of a walked path that the prefix stands for."""


class IgnoreRules:
    """All ``.gitignore`` files that apply in a folder, the nearest first."""

    def __init__(self, levels: tuple[_Level, ...] = ()) -> None:
        self._levels = levels

    def ignores(self, name: str, path: str, *, is_folder: bool) -> bool:
        """Return whether an entry of the folder is ignored."""
        for level in self._levels:
            ignores = level.patterns.ignores(name, level.prefix + path[level.start :], is_folder=is_folder)
            if ignores is not None:
                return ignores
        return False

    def for_subfolder(self, prefix: str, hidden: Collection[str]) -> IgnoreRules:
        """Return the rules in a folder below, given the prefix of its paths and its hidden entries."""
        above = IgnoreRules() if REPOSITORY in hidden else self  # a repository in a repository stands alone
        patterns = _read(prefix + NAME) if NAME in hidden else None
        return above if patterns is None else IgnoreRules((_Level(patterns, "", len(prefix)), *above._levels))


def rules_above(folder: str, prefix: str) -> IgnoreRules:
    """Return the rules of the folders above, up to the top of the repository; none outside of one."""
    levels: list[_Level] = []
    path, way = Path(folder).resolve(), ""
    while not os.path.lexists(path / REPOSITORY):
        if path == path.parent:
            return IgnoreRules()
        path, way = path.parent, f"{path.name}/{way}"
        patterns = _read(str(path / NAME))
        if patterns is not None:
            levels.append(_Level(patterns, way, len(prefix)))
    return IgnoreRules(tuple(levels))


def expression_of(pattern: str) -> str | None:
    """Return the regular expression of a pattern, for ``re.match``; None if it matches nothing.

    Raises PatternError for a pattern that is too complex or not supported.
    """
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"longer than {MAX_LENGTH:,} characters")
    segments = [_collapse_stars(segment) for segment in pattern.split("/")]
    segments = [
        each
        for each, previous in zip(segments, ["", *segments], strict=False)
        if each != "**" or previous != "**"
    ]
    stars = "/".join(segment for segment in segments if segment != "*")
    if sum(bool(found[1]) for found in _STARS.finditer(stars)) > MAX_WILDCARDS:
        raise PatternError(f"more than {MAX_WILDCARDS} wildcards")
    if segments.count("**") > MAX_DOUBLE_WILDCARDS:
        raise PatternError(f"more than {MAX_DOUBLE_WILDCARDS} double wildcards")
    pattern = "/".join(segments)
    if pattern.startswith(("!", "#")):
        pattern = f"\\{pattern}"
    if _UNSUPPORTED_BRACKET.search(pattern):
        raise PatternError("these brackets are not supported")
    from pathspec import GitIgnoreSpec

    try:
        [parsed] = GitIgnoreSpec.from_lines([pattern]).patterns
    except re.error:  # a range such as [z-a]: https://github.com/cpburnz/python-pathspec/issues/115
        raise PatternError("these brackets are not supported") from None
    except ValueError:  # git discards it too
        return None
    if parsed.regex is None:
        return None
    expression: str = _ANCESTOR.sub("(?!)", parsed.regex.pattern)
    if not expression.startswith("^"):
        expression = f".*{expression}"
    return _BRACKET.sub(lambda found: "(?!/)[" if found[0] == "[" else found[0], expression)


def _collapse_stars(segment: str) -> str:
    """Return a segment of a path without stars that mean nothing, as git reads it."""
    if len(segment) > 1 and not segment.strip("*"):
        return "**"
    return _STARS.sub(lambda found: "*" if found[1] else found[0], segment)


def compile_expression(expression: str) -> re.Pattern[str]:
    """Compile an expression; names may hold newlines."""
    return re.compile(expression, re.DOTALL)


def _read(file: str) -> PatternFile | None:
    """Read the patterns of a file. git does not follow a symbolic link either, and a pipe would block."""
    path = Path(file)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES)
    except OSError:
        return None
    if len(data) == MAX_BYTES:
        data = data[: data.rfind(b"\n") + 1]
    lines = os.fsdecode(data.removeprefix(b"\xef\xbb\xbf")).split("\n")
    return PatternFile([*_patterns(file, lines)])


def _patterns(file: str, lines: Iterable[str]) -> Iterator[Pattern]:
    for number, line in enumerate(lines, start=1):
        try:
            pattern = _pattern(line)
        except PatternError as error:
            echo_err(f"warning: {shown_path(file)}:{number}: pattern {quote(line)} is ignored: {error}")
        else:
            if pattern is not None:
                yield pattern


def _pattern(line: str) -> Pattern | None:
    text = line.removesuffix("\r")
    stripped = text.rstrip(" ")
    if not stripped or stripped.startswith("#"):
        return None
    is_negated = stripped.startswith("!")
    is_for_folders = stripped.endswith("/")
    body = stripped[is_negated:].removesuffix("/")
    expression = expression_of(body if is_for_folders else text[is_negated:])
    return None if expression is None else Pattern(expression, "/" in body, is_for_folders, is_negated)


def _matchers(patterns: Iterable[Pattern]) -> list[_Matcher]:
    """Return matchers, the last pattern first; neighbours of one kind make one expression."""
    return [
        (
            compile_expression("|".join(f"(?:{pattern.expression})" for pattern in group)).match,
            is_path,
            not is_negated,
        )
        for (is_path, is_negated), group in groupby(
            reversed(list(patterns)), key=lambda pattern: (pattern.is_path, pattern.is_negated)
        )
    ]
