"""Where the documents of a command line are: what its files, folders and patterns come down to."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from vmspec.documents.formats import FormatName, format_of_name

if TYPE_CHECKING:
    from vmspec.cli.inputs.gitignore import Ignored

STDIN = "-"


class InputPath(NamedTuple):
    """Where one document is; nothing of it is read yet."""

    path: str
    is_named: bool
    """By the user; else it was found in a folder."""
    is_file: bool = True
    """A regular one; else a pipe or standard input, which this process alone can read, and once."""


class UnreadablePath(NamedTuple):
    """What a path came down to, or its document, that cannot be read."""

    path: str
    reason: str


def expand_paths(paths: Iterable[str]) -> Iterator[InputPath | UnreadablePath]:
    """The documents of paths, in their order.

    Of a folder those with the suffix of a format, of a pattern those it fits; but no hidden ones, no
    symbolic links, nothing that git ignores.
    """
    for path in paths:
        mode = _mode(path)
        if path == STDIN:
            yield InputPath(path, is_named=True, is_file=False)
        elif mode is not None and stat.S_ISDIR(mode):
            yield from _files_in(path, _has_format)
        elif mode is None and _is_pattern(path):
            yield from _fitting(path)
        else:
            yield InputPath(path, is_named=True, is_file=mode is not None and stat.S_ISREG(mode))


def is_folder_or_pattern(argument: str) -> bool:
    """Whether an argument is a folder or a pattern, which may come down to any number of documents."""
    mode = _mode(argument)
    return _is_pattern(argument) if mode is None else stat.S_ISDIR(mode)


def path_within(argument: str, path: str) -> str:
    """The path of a document as seen from the argument it comes from; of a named file, its name."""
    if not is_folder_or_pattern(argument):
        return PurePath(path).name
    top = argument if _mode(argument) is not None else _base(argument)
    return path.removeprefix(_prefix(str(PurePath(top))))


def format_of_path(path: str) -> FormatName | None:
    """The format that a file's suffix says."""
    return _format_of_suffix(os.path.splitext(path)[1])  # noqa: PTH122 - a path object costs ten times as much


@lru_cache(maxsize=64)
def _format_of_suffix(suffix: str) -> FormatName | None:
    return format_of_name(PurePath(f"spec{suffix}"))


def reason_of(error: OSError) -> str:
    """What hindered reading, in the words of the system."""
    return error.strerror or str(error)


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - Path("") is the current folder
    except OSError:  # said when it is read
        return None


def _has_format(name: str, path: str) -> bool:
    return format_of_path(name) is not None


# Patterns


def _is_pattern(path: str) -> bool:
    return "*" in path or "?" in path or "]" in path.partition("[")[2]


def _fitting(pattern: str) -> Iterator[InputPath | UnreadablePath]:
    """The files that a pattern fits: a shell without ``**``, or none at all, leaves it to us."""
    from vmspec.cli.inputs.wildcards import of_path

    parts = PurePath(pattern).parts
    fixed = _fixed(parts)
    base, wild = _base(pattern), "/".join(parts[fixed:])
    fits = re.compile(of_path(wild)).fullmatch
    start = len(_prefix(base))
    deepest = None if "**" in pattern else len(parts) - fixed
    found = 0
    for place in _files_in(base, lambda _, path: fits(path, start) is not None, deepest):
        found += 1
        yield place
    if not found:
        yield UnreadablePath(pattern, "fits no file")


def _base(pattern: str) -> str:
    """The folder from which on a pattern is one."""
    parts = PurePath(pattern).parts
    return str(PurePath(*parts[: _fixed(parts)]))


def _fixed(parts: Sequence[str]) -> int:
    return next(index for index, part in enumerate(parts) if _is_pattern(part))


# Folders


class _Folder(NamedTuple):
    path: str
    ignored: Ignored
    depth: int


def _files_in(
    top: str, is_wanted: Callable[[str, str], bool], deepest: int | None = None
) -> Iterator[InputPath | UnreadablePath]:
    """By name within each folder; a list of what waits, because folders may be nested very deeply."""
    from vmspec.cli.inputs.gitignore import ignored_above

    top = str(PurePath(top))
    waiting: list[_Folder | str] = [_Folder(top, ignored_above(top, _prefix(top)), 1)]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, str):
            yield InputPath(entry, is_named=False)
            continue
        try:
            entries = _entries(entry, is_wanted, descend=entry.depth != deepest)
        except OSError as error:
            yield UnreadablePath(entry.path, reason_of(error))
        else:
            waiting.extend(reversed(entries))


def _entries(folder: _Folder, is_wanted: Callable[[str, str], bool], *, descend: bool) -> list[_Folder | str]:
    prefix = _prefix(folder.path)
    with os.scandir(folder.path) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    hidden = {entry.name for entry in entries if entry.name.startswith(".")}
    ignored = folder.ignored.within(prefix, hidden)
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
        if not ignored.hides(name, path, is_folder=is_folder):
            found.append(_Folder(path, ignored, folder.depth + 1) if is_folder else path)
    return found


def _prefix(folder: str) -> str:
    """What the paths of a folder's entries begin with."""
    return "" if folder == "." else f"{folder.rstrip('/')}/"
