"""Checks of the arguments of a call, made before anything is put on record or sent."""

from __future__ import annotations

from collections.abc import Mapping

from vmspec.errors import ConfigurationError
from vmspec.katapult.records import Submission


def check_seconds(**times: float) -> None:
    """TypeError for what is no number, ConfigurationError for one that is no time."""
    for name, seconds in times.items():
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise TypeError(f"{name} is a number of seconds, not {_kind(seconds)}")
        if not seconds >= 0:
            raise ConfigurationError(f"{name} is {seconds:g}; it is a number of seconds, 0 or more")


def check_text(what: str, text: object) -> None:
    """TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is text, not {_kind(text)}")


def check_texts(what: str, texts: object) -> None:
    """TypeError for what is no mapping from text to text."""
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


def submission_id(wanted: Submission | str) -> str:
    """Return the id of a submission, or the id that was given."""
    if isinstance(wanted, Submission):
        return wanted.id
    check_text("a submission, or its id,", wanted)
    return wanted


def _kind(value: object) -> str:
    name = "None" if value is None else type(value).__name__
    return name if value is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
