"""What to send next, when to wait, when to stop: generators that decide and do no I/O.

A driver carries out each :data:`Step` and sends back what came of it: an :class:`Answer` or a
:class:`Fault` for a :class:`Send`, an :class:`Entry`, None or a ``JournalError`` for a step of the
journal, nothing for the others. What a generator returns or raises is the outcome.

Where a driver is interrupted it throws that into the generator, an :class:`Interruption` where it was
sending; the generator may then ask for steps of the journal before it ends.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Generator, Mapping
from itertools import count
from math import inf
from typing import TypeAlias, TypeVar

from attrs import field, frozen

from vmspec import errors
from vmspec.katapult import endpoints
from vmspec.katapult.endpoints import Call
from vmspec.katapult.journal import LOCK_TIMEOUT_S, Entry
from vmspec.katapult.records import Progress, Submission, VirtualMachine
from vmspec.katapult.responses import Answer
from vmspec.katapult.submission.outcome import Fault, Reply, interpret
from vmspec.katapult.transport.rate_limiter import Method, RateLimiter

T = TypeVar("T")

READ_TIMEOUT_S = 30.0
"""For a read with all its tries, where no wait gives it more time."""
READ_TRY_S = 15.0
"""For one try of a read, so that a hanging one leaves time for another."""
HASTE_S = 0.8
"""What a look that must not be missed has left of its time when it no longer waits for its turn."""
LIST_TIMEOUT_S = 120.0
"""For all pages of a list."""
LAST_NOTE_S = 0.5
"""For noting what became of a request, where its deadline leaves less."""
PAUSES_S = (1, 2, 4, 8, 16, 30)
"""Between tries, where the API does not name a pause; up to a quarter is added by chance."""


@frozen
class Send:
    """Send this and give back an answer or a fault within ``within_s`` seconds."""

    call: Call[object]
    within_s: float


@frozen
class Wait:
    """Do nothing for this long."""

    seconds: float


@frozen
class Report:
    """Tell whoever waits how far it is."""

    progress: Progress


@frozen
class Announce:
    """Tell whoever waits for several that one of them is created."""

    submission: Submission


@frozen
class JournalInsert:
    """Put a new submission into the journal; answered with its entry, or with the one that has its key."""

    entry: Entry
    hold_s: float
    within_s: float = LOCK_TIMEOUT_S
    """As long it may wait for others to let go of the journal; of the other steps, too."""


@frozen
class JournalUpdate:
    """Put a changed entry into the journal; answered with it, or with None where it was changed meanwhile."""

    entry: Entry
    hold_s: float = 0.0
    within_s: float = LOCK_TIMEOUT_S


@frozen
class JournalGet:
    """Look a submission up in the journal; answered with its entry or None."""

    submission_id: str
    within_s: float = LOCK_TIMEOUT_S


JournalStep: TypeAlias = JournalInsert | JournalUpdate | JournalGet
Step: TypeAlias = Send | Wait | Report | Announce | JournalStep
Noted: TypeAlias = Entry | errors.JournalError | None
Operation: TypeAlias = Generator[Step, Reply | Noted, T]


class Interruption(BaseException):
    """Thrown into an exchange that was sending; ``nothing_sent`` is a proof, its absence is a doubt."""

    def __init__(self, cause: BaseException, nothing_sent: bool) -> None:
        super().__init__(cause)
        self.cause = cause
        self.nothing_sent = nothing_sent


def note(step: JournalStep) -> Operation[Entry | None]:
    """A step of the journal; raises the JournalError that came of it."""
    noted = yield step
    if isinstance(noted, errors.JournalError):
        raise noted
    if noted is not None and not isinstance(noted, Entry):
        raise TypeError("a step of the journal is answered with an Entry, None or a JournalError")
    return noted


@frozen
class Session:
    """What the exchanges of one client share; ``clock`` is monotonic, in seconds.

    ``chance`` makes submission ids too: seed it in tests only.
    """

    clock: Callable[[], float]
    chance: random.Random = field(repr=False)
    pace: RateLimiter = field(factory=RateLimiter)
    is_patient: bool = True
    """Whether reads that get no turn in time are left out, rather than sent without one."""

    def read(self, call: Call[T], deadline: float | None = None) -> Operation[T]:
        """A GET, tried again until its deadline where the answer was lost or the API was too busy."""
        deadline = self.clock() + READ_TIMEOUT_S if deadline is None else deadline
        tries = 0
        while True:
            tries += 1
            reply = yield from self.send(call, deadline, READ_TRY_S)
            outcome = interpret(call, reply)
            if not isinstance(outcome, errors.ApiError):
                return outcome
            pause = self.pause(reply, tries)
            is_lasting = isinstance(outcome, errors.RefusedError) or (
                isinstance(reply, Fault) and reply.is_lasting
            )
            if is_lasting or self.clock() + pause >= deadline:
                raise outcome
            yield Wait(pause)

    def machines(
        self, organization: str, annotations: Mapping[str, str], deadline: float | None = None
    ) -> Operation[tuple[VirtualMachine, ...]]:
        """The machines of all pages; a row seen twice, as pages may shift meanwhile, counts once."""
        deadline = self.clock() + LIST_TIMEOUT_S if deadline is None else deadline
        found: dict[str, VirtualMachine] = {}
        for number in count(1):
            page = yield from self.read(
                endpoints.virtual_machines(organization, annotations, number), deadline
            )
            seen_before = len(found)
            found.update((machine.id, machine) for machine in page.machines)
            if number >= page.total if page.total is not None else len(found) == seen_before:
                break
        return tuple(found.values())

    def send(self, call: Call[object], deadline: float, limit_s: float) -> Operation[Reply]:
        """One try; reads wait for their turn first, a create has had its own before it was put on record."""
        if call.method == "GET":
            has_turn = yield from self.turn("GET", deadline if self.is_patient else deadline - HASTE_S)
            if not has_turn and not self.is_patient:
                self.pace.take(self.clock())
        within_s = min(deadline - self.clock(), limit_s)
        if within_s <= 0:
            return Fault("no_turn", nothing_sent=True)
        self.pace.sent()
        sent_at = self.clock()
        try:
            reply = yield Send(call, within_s)
        finally:
            self.pace.landed()
        if not isinstance(reply, Answer | Fault):
            raise TypeError("a Send is answered with an Answer or a Fault")
        if isinstance(reply, Answer):
            self.pace.learn(reply, self.clock(), sent_at)
        return reply

    def turn(self, method: Method, deadline: float = inf) -> Operation[bool]:
        """Wait until a request may go, but not beyond the deadline; whether it may."""
        while delay_s := self.pace.turn(self.clock(), method):
            if (left_s := deadline - self.clock()) <= 0:
                return False
            yield Wait(min(delay_s, left_s))
        return True

    def left_s(self, deadline: float) -> float:
        """Seconds until then; 0 afterwards."""
        return max(deadline - self.clock(), 0.0)

    def note_by(self, deadline: float) -> float:
        """Until when that may be noted which was to be known by a deadline."""
        return max(deadline, self.clock() + LAST_NOTE_S)

    def pause(self, reply: Reply, tries: int) -> float:
        """Seconds before the next try: as Retry-After says, where that is 1 to 60, else ever longer."""
        told = reply.headers.get("retry-after", "") if isinstance(reply, Answer) else ""
        if re.fullmatch("[0-9]{1,2}", told) and 1 <= int(told) <= 60:
            return float(told)
        return PAUSES_S[min(tries, len(PAUSES_S)) - 1] * (1 + self.chance.random() / 4)
