"""Paths of a command line: files, and the files that its folders and patterns stand for."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from vmspec.documents.formats import FormatName, format_of_name

if TYPE_CHECKING:
    from vmspec.cli.inputs.gitignore import IgnoreRules

STDIN = "-"


class InputPath(NamedTuple):
    """The path of one document, not read yet."""

    path: str
    is_named: bool
    """Named by the user; False for a file found in a folder."""
    is_file: bool = True
    """A regular file; False for a pipe or standard input, which only this process can read."""
    is_stdin: bool = False
    """Standard input, whatever its path is called."""


class UnreadablePath(NamedTuple):
    """A path that cannot be read."""

    path: str
    reason: str


def expand_paths(paths: Iterable[str]) -> Iterator[InputPath | UnreadablePath]:
    """Yield the documents of paths, in order.

    A folder stands for the files in it with the suffix of a format, a pattern for the files that it
    matches, without hidden files, symbolic links and files that git ignores.
    """
    for path in paths:
        mode = _mode(path)
        if path == STDIN:
            yield InputPath(path, is_named=True, is_file=False, is_stdin=True)
        elif mode is not None and stat.S_ISDIR(mode):
            yield from _files_in(path, _has_format)
        elif mode is None and _is_pattern(path):
            yield from _matching_files(path)
        else:
            yield InputPath(path, is_named=True, is_file=mode is not None and stat.S_ISREG(mode))


def is_folder_or_pattern(argument: str) -> bool:
    """Return whether an argument may stand for any number of documents."""
    mode = _mode(argument)
    return _is_pattern(argument) if mode is None else stat.S_ISDIR(mode)


def path_within(argument: str, path: str) -> str:
    """Return the path of a document relative to its argument; of a named file, its name."""
    if not is_folder_or_pattern(argument):
        return PurePath(path).name
    top = argument if _mode(argument) is not None else _split_pattern(argument)[0]
    return path.removeprefix(_prefix(str(PurePath(top))))


def format_of_path(path: str) -> FormatName | None:
    """Return the format of a file by its suffix."""
    return _format_of_suffix(os.path.splitext(path)[1])  # noqa: PTH122 - a path object costs ten times as much


@lru_cache(maxsize=64)
def _format_of_suffix(suffix: str) -> FormatName | None:
    return format_of_name(PurePath(f"spec{suffix}"))


def reason_of(error: OSError) -> str:
    """Return why reading or writing failed, in the system's words."""
    return error.strerror or str(error)


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - Path("") is the current folder
    except OSError:  # reported when the file is read
        return None


def _has_format(name: str, path: str) -> bool:
    return format_of_path(name) is not None


def _is_pattern(path: str) -> bool:
    return "*" in path or "?" in path or "]" in path.partition("[")[2]


def _matching_files(pattern: str) -> Iterator[InputPath | UnreadablePath]:
    """Yield the files that a pattern matches: shells pass on ``**``, and patterns without a match."""
    from vmspec.cli.inputs.gitignore import PatternError, compile_expression, expression_of

    base, wild = _split_pattern(pattern)
    try:
        matches = compile_expression(expression_of("/" + "/".join(wild)) or "(?!)").match
    except PatternError as error:
        yield UnreadablePath(pattern, f"pattern not supported: {error}")
        return
    start = len(_prefix(base))
    depth = None if any("**" in part for part in wild) else len(wild)
    is_empty = True
    for path in _files_in(base, lambda _, path: matches(path[start:]) is not None, depth):
        is_empty = False
        yield path
    if is_empty:
        yield UnreadablePath(pattern, "matches no file")


def _split_pattern(pattern: str) -> tuple[str, Sequence[str]]:
    """Return the folder in front of the first wildcard, and the parts of the path from there on."""
    parts = PurePath(pattern).parts
    first = next(index for index, part in enumerate(parts) if _is_pattern(part))
    return str(PurePath(*parts[:first])), parts[first:]


class _Folder(NamedTuple):
    path: str
    ignore_rules: IgnoreRules
    depth: int


def _files_in(
    top: str, is_wanted: Callable[[str, str], bool], max_depth: int | None = None
) -> Iterator[InputPath | UnreadablePath]:
    """Yield files sorted by name within each folder; a stack, because folders may be nested deeply."""
    from vmspec.cli.inputs.gitignore import rules_above

    top = str(PurePath(top))
    stack: list[_Folder | str] = [_Folder(top, rules_above(top, _prefix(top)), 1)]
    while stack:
        entry = stack.pop()
        if isinstance(entry, str):
            yield InputPath(entry, is_named=False)
            continue
        try:
            entries = _entries(entry, is_wanted, descend=entry.depth != max_depth)
        except OSError as error:
            yield UnreadablePath(entry.path, reason_of(error))
        else:
            stack.extend(reversed(entries))


def _entries(folder: _Folder, is_wanted: Callable[[str, str], bool], *, descend: bool) -> list[_Folder | str]:
    prefix = _prefix(folder.path)
    with os.scandir(folder.path) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    hidden = {entry.name for entry in entries if entry.name.startswith(".")}
    rules = folder.ignore_rules.for_subfolder(prefix, hidden)
    found: list[_Folder | str] = []
    for entry in entries:
        name = entry.name
        if name in hidden:
            continue
        path = prefix + name
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder:
            if not descend:
                continue
        elif not is_wanted(name, path) or not entry.is_file(follow_symlinks=False):
            continue
        if not rules.ignores(name, path, is_folder=is_folder):
            found.append(_Folder(path, rules, folder.depth + 1) if is_folder else path)
    return found


def _prefix(folder: str) -> str:
    """Return the prefix of the paths of a folder's entries."""
    return "" if folder == "." else f"{folder.rstrip('/')}/"
