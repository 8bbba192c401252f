"""The documents that the paths of a command name: files, folders, and ``-`` for standard input."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from vmspec.cli.inputs.paths import STDIN, Place, Unreadable, format_of_path, places, reason_of
from vmspec.cli.output.console import echo_err, print_error, shown_path
from vmspec.documents.detection import Format, format_of_text, is_nearly_spec, is_spec
from vmspec.documents.xml.limits import LIMITS
from vmspec.model.spec import ROOT_TAG
from vmspec.validation.many import read_file

__all__ = ["STDIN", "NotASpec", "Skipped", "Source", "Sources", "read_place", "read_source"]


class Source(NamedTuple):
    """The bytes of one document, and what is known of it before it is read."""

    name: str
    """As the user knows it, safe to show."""
    data: bytes
    file: str | None
    """None for standard input."""
    format: Format
    foreign: bool = False
    """Neither name nor content say that it is a spec; only of a file that the user named."""

    @property
    def path(self) -> Path | None:
        """Where it lies; None for standard input."""
        return None if self.file is None else Path(self.file)


class NotASpec(NamedTuple):
    """A file that is passed by, because it is no spec as far as can be told."""

    path: str
    is_nearly_one: bool
    """But for a slip in the name of the root, which is worth a word."""


Named = Literal["all", "slips", "none"]
"""Which of the files that are passed by are named."""


class Skipped:
    """Counts the documents that were not looked at, and names foreign ones as far as that is wanted."""

    def __init__(self, *, named: Named = "slips") -> None:
        self.unreadable = 0
        self.passed_by = 0
        self._named = named

    def add(self, place: Unreadable | NotASpec) -> None:
        """The next one; what cannot be read is said at once."""
        if isinstance(place, NotASpec):
            self.passed_by += 1
            if place.is_nearly_one and self._named != "none":
                echo_err(f"passed by: {shown_path(place.path)}: its root is not <{ROOT_TAG}>, but nearly")
            elif self._named == "all":
                echo_err(f"passed by: {shown_path(place.path)}: as far as its content tells, it is no spec")
        else:
            self.unreadable += 1
            print_error(f"{shown_path(place.path)}: {place.reason}")


class Sources(Skipped):
    """The documents of some paths, in order; what cannot be read is said and counted.

    Files that were found rather than named, and are no specs, are passed by; but where slips are taken,
    not those that are nearly specs.
    """

    def __init__(
        self,
        paths: Iterable[str],
        *,
        skip_foreign: bool = False,
        named: Named = "slips",
        take_slips: bool = False,
    ) -> None:
        super().__init__(named=named)
        self._paths = paths
        self._skip_foreign = skip_foreign
        self._take_slips = take_slips

    def __iter__(self) -> Iterator[Source]:
        for place in places(self._paths):
            if isinstance(place, Unreadable):
                self.add(place)
                continue
            source = read_place(place, self._skip_foreign, take_slips=self._take_slips)
            if isinstance(source, Source):
                yield source
            else:
                self.add(source)


def read_place(
    place: Place, skip_foreign: bool, *, take_slips: bool = False
) -> Source | Unreadable | NotASpec:
    """The document of a place; Foreign where it is no spec and is to be passed by."""
    path, named, _ = place
    file = None if named and path == STDIN else path
    try:
        data = _read(file)
    except OSError as error:
        return Unreadable(path, reason_of(error))
    format = format_of_path(path)
    told = format is not None or file is None
    if not named or skip_foreign or not told:
        spec = _BEGINS_PLAINLY(data) is not None or is_spec(data)
        if not spec and (skip_foreign or not named):
            is_nearly_one = not skip_foreign and is_nearly_spec(data)
            if not (is_nearly_one and take_slips):
                return NotASpec(path, is_nearly_one)
        told = told or spec
    return Source(shown_path(path), data, file, format or format_of_text(data), foreign=not told)


_BEGINS_PLAINLY = re.compile(
    rb"""(?:<\?xml version="1\.0"(?: encoding="UTF-8")?\?>)?\s*<%s[\s>]""" % ROOT_TAG.encode()
).match
"""As most specs do; ``is_spec`` would find the same in ten times as long."""


def read_source(path: str, format: Format | None = None) -> Source:
    """The one document that a path names; raises OSError."""
    file = None if path == STDIN else path
    data = _read(file)
    return Source(shown_path(path), data, file, format or format_of_path(path) or format_of_text(data))


def _read(file: str | None) -> bytes:
    if file is not None:
        return read_file(file)
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return sys.stdin.buffer.read(LIMITS.size + 1)
