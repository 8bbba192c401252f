"""What both drivers share: where requests go, and how steps of the journal are carried out."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar, assert_never

from attrs import define

from vmspec.errors import JournalError
from vmspec.katapult import auth, log
from vmspec.katapult.journal import Journal, SupportsLockTimeout
from vmspec.katapult.records import Progress, Submission
from vmspec.katapult.submission.batch import Event
from vmspec.katapult.submission.operation import (
    JournalGet,
    JournalInsert,
    JournalStep,
    JournalUpdate,
    Noted,
    Operation,
)

T = TypeVar("T")
OnProgress = Callable[[Progress], object]
OnEvent = Callable[[str, Event], object]
OnCreated = Callable[[Submission], object]


def on_record(journal: Journal, exchange: Operation[T]) -> T:
    """What an exchange returns or raises that asks for nothing but steps of the journal."""
    reply: Noted = None
    try:
        while True:
            step = exchange.send(reply)
            assert isinstance(step, JournalInsert | JournalUpdate | JournalGet)  # there is no API to ask
            reply = _noted(journal, step)
    except StopIteration as end:
        value: T = end.value
        return value


def _noted(journal: Journal, step: JournalStep) -> Noted:
    patience = journal.within(step.within_s) if isinstance(journal, SupportsLockTimeout) else nullcontext()
    try:
        with patience:
            match step:
                case JournalInsert(entry, hold_s):
                    return journal.begin(entry, hold_s)
                case JournalUpdate(entry, hold_s):
                    return journal.advance(entry, hold_s)
                case JournalGet(submission_id):
                    return journal.find(submission_id)
                case _:
                    assert_never(step)
    except JournalError as error:
        return error


@define(kw_only=True, eq=False)
class BaseDriver:
    """What both share: where requests go, and where submissions are put on record."""

    api_url: str
    token: auth.Token
    tls: Callable[[], ssl.SSLContext]
    journal: Callable[[], Journal]

    def note(self, step: JournalStep) -> Noted:
        """Carry out a step of the journal."""
        noted = _noted(self.journal(), step)
        log.noted(step, noted)
        return noted
