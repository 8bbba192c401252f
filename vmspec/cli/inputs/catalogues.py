"""The catalogue that files are checked against, and findings that concern several files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import click
from attrs import evolve

from vmspec.errors import ConfigurationError
from vmspec.findings import Finding

if TYPE_CHECKING:
    from vmspec.catalogue import Catalogue

UsageOfFile: TypeAlias = tuple[int, int, int]
"""Machines, memory and disk space, as ``validation.catalogue.limits.Usage``."""
AboutAll: TypeAlias = "Callable[[UsageOfFile | None], list[Finding]]"
"""Takes what a file uses; returns findings that concern the files so far."""


def read_catalogue(path: str | None) -> Catalogue | None:
    """Return the catalogue of a file; None without one. Raises click.UsageError for an invalid file."""
    if path is None:
        return None
    from vmspec.catalogue import load_catalogue

    try:
        return load_catalogue(path)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None


def without_age(catalogue: Catalogue | None) -> Catalogue | None:
    """Return a catalogue whose age is not reported for each file."""
    return None if catalogue is None else evolve(catalogue, changed_on=None)


def findings_about_all(catalogue: Catalogue | None) -> AboutAll | None:
    """Return a function that adds up what files use; None without a catalogue.

    It reports an exceeded limit for the file that exceeds it, and an old catalogue for the first file.
    """
    if catalogue is None:
        return None
    from vmspec.validation.catalogue.age import age_finding
    from vmspec.validation.catalogue.limits import Totals, Usage

    totals, age = Totals(catalogue), age_finding(catalogue)

    def add(usage: UsageOfFile | None) -> list[Finding]:
        nonlocal age
        if usage is None:
            return []
        found = [*totals.add(Usage(*usage)), *([] if age is None else [age])]
        age = None
        return found

    return add
