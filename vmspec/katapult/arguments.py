"""Checks of the arguments of a call, made before anything is put on record or sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from vmspec.errors import ConfigurationError, SubmissionError
from vmspec.katapult.patterns import is_submission_id
from vmspec.katapult.records import Submission

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec


Specs: TypeAlias = "Mapping[str, VirtualMachineSpec | str] | Iterable[VirtualMachineSpec | str]"


def check_seconds(**times: float) -> None:
    """Raise TypeError for a value that is not a number, ConfigurationError for one that is not a time."""
    for name, seconds in times.items():
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise TypeError(f"{name} is a number of seconds, not {_kind(seconds)}")
        if not seconds >= 0:
            raise ConfigurationError(f"{name} is {seconds:g}; it is a number of seconds, 0 or more")


def check_text(what: str, text: object) -> None:
    """Raise TypeError for a value that is not a text."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is text, not {_kind(text)}")


def check_texts(what: str, texts: object) -> None:
    """Raise TypeError for a value that is not a mapping from text to text."""
    if not isinstance(texts, Mapping):
        raise TypeError(f"{what} are a mapping from names to texts, not {_kind(texts)}")
    for name, text in texts.items():
        check_text(f"a name in {what}", name)
        check_text(f"{name!r} in {what}", text)


def check_most(**limits: int | None) -> None:
    """Raise TypeError or ConfigurationError unless each limit is None or at least one."""
    for name, limit in limits.items():
        if limit is None:
            continue
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise TypeError(f"{name} is a whole number, not {_kind(limit)}")
        if limit < 1:
            raise ConfigurationError(f"{name} is {limit}; it is 1 or more, or None for no limit")


def named(
    specs: Mapping[str, VirtualMachineSpec | str] | Iterable[VirtualMachineSpec | str],
) -> dict[str, VirtualMachineSpec | str]:
    """Return specs by name; raise TypeError for anything else.

    Those without names go by their hostnames, or by their numbers from 1 where a hostname is missing, is
    another spec's too, or is a number.
    """
    from vmspec.model.spec import VirtualMachineSpec

    if isinstance(specs, str | bytes) or not isinstance(specs, Iterable):
        raise TypeError(f"expected specs in a mapping or a list, got {_kind(specs)}")
    if isinstance(specs, Mapping):
        found = dict(cast("Mapping[str, VirtualMachineSpec | str]", specs))  # an Iterable may be one too
    else:
        listed = [*specs]
        hostnames = Counter(map(_hostname, listed))
        found = {
            name if hostnames[name := _hostname(spec)] == 1 and not name.isdecimal() else str(number): spec
            for number, spec in enumerate(listed, start=1)
        }
    for name, spec in found.items():
        check_text("the name of a spec", name)
        if not isinstance(spec, str | VirtualMachineSpec):
            raise TypeError(
                f"spec {name}: expected a VirtualMachineSpec, got {_kind(spec)}; call .build() of a VM"
            )
    return found


def _hostname(spec: object) -> str:
    hostname = getattr(spec, "hostname", None)
    return hostname if isinstance(hostname, str) and hostname else "0"


def submission_id(wanted: Submission | str) -> str:
    """Return the id of a submission, or the id that was given."""
    if isinstance(wanted, Submission):
        return wanted.id
    check_text("a submission, or its id,", wanted)
    return wanted


def check_wanted(wanted: Submission | str) -> None:
    """Raise SubmissionError or TypeError for what is neither a submission nor the id of a build."""
    if isinstance(wanted, Submission):
        return
    check_text("what is waited for is a submission, or else the id of a build, which", wanted)
    if not wanted or is_submission_id(wanted):
        raise SubmissionError(
            f"{wanted!r} is not the id of a build (vmbuild_...); reconcile() returns the submission of an id,"
            " which wait() takes"
        )


def check_until(until: str) -> None:
    """Raise SubmissionError for anything but ``started`` and ``ssh``."""
    if until not in ("started", "ssh"):
        raise SubmissionError(f"until is {until!r}; it is 'started' or 'ssh'")


def _kind(value: object) -> str:
    name = "None" if value is None else type(value).__name__
    return name if value is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
