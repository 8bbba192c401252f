"""Checking documents, in this process or in several: the same outcomes in the same order."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

from attrs import frozen

from vmspec.cli.inputs.paths import InputPath, UnreadablePath
from vmspec.cli.inputs.sources import NotASpec, Source, not_a_spec_finding, read_input
from vmspec.documents.files import read_file
from vmspec.findings import Finding
from vmspec.validation import validate

if TYPE_CHECKING:
    from vmspec.validation.selection import Selection
    from vmspec.validation.xsd import Engine

FEW = 1_000
"""Files that are checked in one process; others would take as long to start as they save."""


class WithFindings(NamedTuple):
    """A document and what was found in it."""

    source: Source
    findings: tuple[Finding, ...]


Outcome = WithFindings | str | UnreadablePath | NotASpec
"""Of a document without findings its name."""


@frozen
class Check:
    """How documents are checked."""

    skip_foreign: bool
    engine: Engine
    choice: Selection | None = None
    """Of the findings that are wanted; None for all."""

    def __call__(self, place: InputPath | Outcome) -> Outcome:
        """What becomes of one place; what became of it before stays."""
        if not isinstance(place, InputPath):
            return place
        source = read_input(place, self.skip_foreign)
        if not isinstance(source, Source):
            return source
        if not source.is_recognized:
            findings: tuple[Finding, ...] = (not_a_spec_finding(),)
        else:
            findings = validate(source.data, source.format, self.engine).findings
        if findings and self.choice is not None:
            from vmspec.validation.selection import apply

            findings = apply(findings, self.choice)
        return WithFindings(source, findings) if findings else source.name


def outcomes(check: Check, places: Sequence[InputPath | UnreadablePath], jobs: int) -> Generator[Outcome]:
    """What becomes of places, in their order; in as many processes as ``jobs`` says if that is faster."""
    if jobs == 1 or len(places) <= FEW or not hasattr(os, "fork"):
        yield from map(check, places)
        return
    from vmspec.cli.inputs.workers import shared

    left = [place if isinstance(place, InputPath) and place.is_file else check(place) for place in places]
    with closing(shared(_Elsewhere(check), left, jobs)) as found:
        for place, outcome in zip(left, found, strict=True):
            if not isinstance(place, InputPath):
                yield place
            else:
                assert outcome is not None  # of a place there is one
                yield _with_document(outcome, place) if isinstance(outcome, WithFindings) else outcome


@frozen
class _Elsewhere:
    """Checks files in another process; what it sends back is without the documents, which may be large."""

    check: Check

    def __call__(self, place: InputPath | Outcome) -> Outcome | None:
        outcome = self.check(place) if isinstance(place, InputPath) else None
        if isinstance(outcome, WithFindings):
            return WithFindings(outcome.source._replace(data=b""), outcome.findings)
        return outcome


def _with_document(faulty: WithFindings, place: InputPath) -> WithFindings:
    with suppress(OSError):  # then there is no excerpt
        return WithFindings(faulty.source._replace(data=read_file(place.path)), faulty.findings)
    return faulty


def usable_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
