"""The documents that the paths of a command name: files, folders, and ``-`` for standard input."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from attrs import frozen

from vmspec.cli.streams import complain, shown_path
from vmspec.documents.detection import Format, format_of_name, format_of_text, is_spec
from vmspec.documents.files import read_bytes
from vmspec.documents.gate import LIMITS

STDIN = "-"


@frozen
class Source:
    """The bytes of one document, and what is known of it before it is read."""

    name: str
    """As the user knows it, safe to show."""
    data: bytes
    path: Path | None
    """None for standard input."""
    format: Format
    foreign: bool = False
    """Neither name nor content say that it is a spec; only of a file that the user named."""


class Sources:
    """The documents of some paths, in order; what cannot be read is said and counted.

    Files of folders are those with the suffix of a format. Hidden ones, symbolic links and whatever
    else is not a regular file are left out, and files that are no specs are passed by.
    """

    def __init__(self, paths: Iterable[str], *, skip_foreign: bool) -> None:
        self._paths = paths
        self._skip_foreign = skip_foreign
        self.unreadable = 0
        self.passed_by = 0

    def __iter__(self) -> Iterator[Source]:
        for path in self._paths:
            if path == STDIN:
                yield from self._admitted(STDIN, None, named=True)
            elif _is_folder(path):
                for file in self._files_in(Path(path)):
                    yield from self._admitted(str(file), file, named=False)
            else:
                yield from self._admitted(path, Path(path), named=True)

    def _admitted(self, name: str, path: Path | None, *, named: bool) -> Iterator[Source]:
        try:
            data = _read(name, path)
        except OSError as error:
            self._cannot_read(name, error)
            return
        format = format_of_name(path) if path is not None else None
        told = format is not None or path is None
        if not named or self._skip_foreign or not told:
            spec = is_spec(data)
            if not spec and (self._skip_foreign or not named):
                self.passed_by += 1
                return
            told = told or spec
        yield Source(shown_path(name), data, path, format or format_of_text(data), foreign=not told)

    def _files_in(self, folder: Path) -> Iterator[Path]:
        """By name within each folder; a list of what waits, because folders may be nested very deeply."""
        waiting = [(folder, True)]
        while waiting:
            path, is_folder = waiting.pop()
            if is_folder:
                waiting.extend(reversed(self._entries(path)))
            else:
                yield path

    def _entries(self, folder: Path) -> list[tuple[Path, bool]]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(
                    (entry for entry in entries if _is_wanted(entry)), key=lambda entry: entry.name
                )
        except OSError as error:
            self._cannot_read(str(folder), error)
            return []
        return [(folder / entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]

    def _cannot_read(self, name: str, error: OSError) -> None:
        self.unreadable += 1
        complain(f"{shown_path(name)}: {error.strerror or error}")


def read_source(path: str, format: Format | None = None) -> Source:
    """The one document that a path names; raises OSError."""
    file = None if path == STDIN else Path(path)
    data = _read(path, file)
    told = format or (format_of_name(file) if file is not None else None)
    return Source(shown_path(path), data, file, told or format_of_text(data))


def _read(name: str, path: Path | None) -> bytes:
    if path is None:
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        return sys.stdin.buffer.read(LIMITS.size + 1)
    if not name:  # Path("") is the current folder
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return read_bytes(path)


def _is_folder(path: str) -> bool:
    try:
        return path != "" and Path(path).is_dir()
    except OSError:  # said when it is read
        return False


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return False
    if entry.is_dir(follow_symlinks=False):
        return True
    return entry.is_file(follow_symlinks=False) and format_of_name(PurePath(entry.name)) is not None
