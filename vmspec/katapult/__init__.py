"""The Katapult API: from a spec to a started machine.

    from vmspec.katapult import Katapult

    with Katapult.from_environment() as katapult:
        submission = katapult.submit(spec)
        vm = katapult.wait(submission)

The journal can be read and changed without a client: ``open_journal``, ``find_by_key``, ``abandon``. Names
are loaded when they are first used; only the clients load httpx.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vmspec.katapult.client import AsyncKatapult, Katapult
    from vmspec.katapult.journal import Entry, EntryFilter, Journal, find_by_key, lock_timeout
    from vmspec.katapult.journal.location import check_location, open_journal
    from vmspec.katapult.journal.sqlite import SQLiteJournal
    from vmspec.katapult.journal.states import EXIT_CODES, STATES, Outcome, State, StateInfo
    from vmspec.katapult.patterns import is_submission_id
    from vmspec.katapult.records import Build, PolicyLimit, Progress, Submission, Task, VirtualMachine
    from vmspec.katapult.redaction import redact, secrets_of
    from vmspec.katapult.submission.batch import Event, Result
    from vmspec.katapult.submission.many import find_clashes
    from vmspec.katapult.submission.outcome import outcome_of
    from vmspec.katapult.submission.record import abandon
    from vmspec.katapult.submission.request import spec_matches

__all__ = [
    "EXIT_CODES",
    "STATES",
    "AsyncKatapult",
    "Build",
    "Entry",
    "EntryFilter",
    "Event",
    "Journal",
    "Katapult",
    "Outcome",
    "PolicyLimit",
    "Progress",
    "Result",
    "SQLiteJournal",
    "State",
    "StateInfo",
    "Submission",
    "Task",
    "VirtualMachine",
    "abandon",
    "check_location",
    "find_by_key",
    "find_clashes",
    "is_submission_id",
    "lock_timeout",
    "open_journal",
    "outcome_of",
    "redact",
    "secrets_of",
    "spec_matches",
]

_HOMES = {
    "client": ("AsyncKatapult", "Katapult"),
    "journal": ("Entry", "EntryFilter", "Journal", "find_by_key", "lock_timeout"),
    "journal.location": ("check_location", "open_journal"),
    "journal.sqlite": ("SQLiteJournal",),
    "journal.states": ("EXIT_CODES", "STATES", "Outcome", "State", "StateInfo"),
    "patterns": ("is_submission_id",),
    "records": ("Build", "PolicyLimit", "Progress", "Submission", "Task", "VirtualMachine"),
    "redaction": ("redact", "secrets_of"),
    "submission.batch": ("Event", "Result"),
    "submission.many": ("find_clashes",),
    "submission.record": ("abandon",),
    "submission.outcome": ("outcome_of",),
    "submission.request": ("spec_matches",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
