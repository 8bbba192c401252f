"""Documents named on the command line: files, folders, patterns, and ``-`` for standard input."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from vmspec import codes
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import (
    STDIN,
    InputPath,
    UnreadablePath,
    expand_paths,
    format_of_path,
    reason_of,
)
from vmspec.cli.output.console import echo_err, print_error, shown_path
from vmspec.cli.output.text import pluralize, print_findings
from vmspec.documents import loads
from vmspec.documents.detection import is_nearly_spec, is_spec
from vmspec.documents.files import read_file
from vmspec.documents.formats import FormatName, format_of_text
from vmspec.documents.limits import MAX_SIZE
from vmspec.errors import DocumentError
from vmspec.findings import Finding
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

NamedFiles = Literal["all", "misspelt", "none"]
"""Skipped files that are named on standard error."""


class Source(NamedTuple):
    """The bytes of one document, before parsing."""

    name: str
    """Path as the user wrote it, safe to print."""
    data: bytes
    file: str | None
    """Unescaped path; None for standard input without a name."""
    format: FormatName
    is_recognized: bool = True
    """False for a named file whose name and content do not look like a spec."""
    is_stdin: bool = False

    @property
    def path(self) -> Path | None:
        """Path of the file; None for standard input."""
        return None if self.file is None or self.is_stdin else Path(self.file)


class NotASpec(NamedTuple):
    """A file to be skipped because it does not look like a spec."""

    path: str
    has_misspelt_root: bool


class SkippedFiles:
    """Counts of skipped and unreadable files, which are named on standard error."""

    def __init__(self, *, name: NamedFiles = "misspelt") -> None:
        self.unreadable = 0
        self.not_specs = 0
        self._name = name

    def add(self, skipped: UnreadablePath | NotASpec) -> None:
        """Count a file, and name it if asked to; always name an unreadable one."""
        path = shown_path(skipped.path)
        if isinstance(skipped, UnreadablePath):
            self.unreadable += 1
            print_error(f"{path}: {skipped.reason}")
            return
        self.not_specs += 1
        if skipped.has_misspelt_root and self._name != "none":
            echo_err(f"skipped: {path}: misspelt root element? expected <{ROOT_TAG}>")
        elif self._name == "all":
            echo_err(f"skipped: {path}: not a spec, as far as its content shows")

    def summary(self) -> str:
        """Return the end of a summary line: ``, 2 other files skipped``, or nothing."""
        text = ""
        if self.not_specs:
            text += f", {pluralize(self.not_specs, 'other file')} skipped"
        if self.unreadable:
            text += f", {pluralize(self.unreadable, 'path')} could not be read"
        return text


class Sources(SkippedFiles):
    """Iterator over the documents of paths, in order; counts what it skips.

    Files found in folders are skipped if they are not specs. With ``include_misspelt``, files
    whose root element is misspelt count as specs.
    """

    def __init__(
        self,
        paths: Iterable[str],
        *,
        skip_foreign: bool = False,
        name: NamedFiles = "misspelt",
        include_misspelt: bool = False,
    ) -> None:
        super().__init__(name=name)
        self._paths = paths
        self._skip_foreign = skip_foreign
        self._include_misspelt = include_misspelt

    def __iter__(self) -> Iterator[Source]:
        for path in expand_paths(self._paths):
            if isinstance(path, UnreadablePath):
                self.add(path)
                continue
            source = read_input(path, self._skip_foreign, include_misspelt=self._include_misspelt)
            if isinstance(source, Source):
                yield source
            else:
                self.add(source)


def read_input(
    path: InputPath, skip_foreign: bool, *, include_misspelt: bool = False
) -> Source | UnreadablePath | NotASpec:
    """Read a document; return NotASpec if it is not a spec and may be skipped."""
    file = None if path.is_stdin and path.path == STDIN else path.path
    try:
        data = _read(None if path.is_stdin else file)
    except OSError as error:
        return UnreadablePath(path.path, reason_of(error))
    format = format_of_path(path.path)
    may_skip = skip_foreign or not path.is_named
    is_recognized = format is not None or path.is_stdin
    if may_skip or not is_recognized:
        looks_like_spec = _OPENS_AS_SPEC(data) is not None or is_spec(data)
        if may_skip and not looks_like_spec:
            has_misspelt_root = not skip_foreign and is_nearly_spec(data)
            if not (has_misspelt_root and include_misspelt):
                return NotASpec(path.path, has_misspelt_root)
        is_recognized = is_recognized or looks_like_spec
    document_format = format or format_of_text(data)
    return Source(shown_path(path.path), data, file, document_format, is_recognized, path.is_stdin)


_OPENS_AS_SPEC = re.compile(
    rb"""(?:<\?xml version="1\.0"(?: encoding="UTF-8")?\?>)?\s*<%s[\s>]""" % ROOT_TAG.encode()
).match
"""Shortcut for ``is_spec``, which takes ten times as long."""


def read_source(path: str, format: FormatName | None = None) -> Source:
    """Read one document; raises OSError."""
    file = None if path == STDIN else path
    data = _read(file)
    document_format = format or format_of_path(path) or format_of_text(data)
    return Source(shown_path(path), data, file, document_format, is_stdin=file is None)


def read_spec(path: str, format: FormatName | None = None) -> VirtualMachineSpec | ExitCode:
    """Read one spec; if that fails, print why and return the command's exit code."""
    try:
        source = read_source(path, format)
    except OSError as error:
        print_error(f"{shown_path(path)}: {reason_of(error)}")
        return ExitCode.USAGE_ERROR
    try:
        return loads(source.data, source.format)
    except DocumentError as error:
        print_findings(source, error.findings)
        return ExitCode.FINDINGS


def not_a_spec_finding() -> Finding:
    """Return the finding for a file that the user named and that does not look like a spec."""
    message = "neither the name nor the content of this file says that it is a spec"
    hint = "name it .xml, .json or .yaml, or skip it with --skip-foreign"
    return Finding(codes.UNKNOWN_FORMAT, message, line=1, column=1, hint=hint)


def _read(file: str | None) -> bytes:
    if file is not None:
        return read_file(file)
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return sys.stdin.buffer.read(MAX_SIZE + 1)
