"""Specs of several documents, for commands that need all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import path_within
from vmspec.cli.inputs.sources import Source, Sources
from vmspec.cli.output.text import print_findings
from vmspec.documents import loads
from vmspec.errors import DocumentError
from vmspec.model.spec import VirtualMachineSpec


class Specs:
    """Iterator over the documents of paths and their specs; prints why others cannot be read."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = paths
        self._invalid = 0
        self._unreadable = 0

    def __iter__(self) -> Iterator[tuple[PurePath, Source, VirtualMachineSpec]]:
        """Yield the path of each document relative to its argument, its source, and its spec."""
        for argument in self._paths:
            sources = Sources([argument])
            for source in sources:
                try:
                    spec = loads(source.data, source.format)
                except DocumentError as error:
                    self._invalid += 1
                    print_findings(source, error.findings)
                else:
                    yield PurePath(path_within(argument, source.file or source.name)), source, spec
            self._unreadable += sources.unreadable

    @property
    def exit_code(self) -> ExitCode:
        """The exit code for what could not be read."""
        if self._unreadable:
            return ExitCode.USAGE_ERROR
        return ExitCode.FINDINGS if self._invalid else ExitCode.OK
