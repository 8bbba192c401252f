"""Steps of an operation, and the session that operations share. No I/O.

An operation is a generator that decides what to send, when to wait and when to stop. A driver carries out
each :data:`Step` and sends the result back: an ``Answer`` or a ``Fault`` for a :class:`Send`, an ``Entry``,
None or a ``JournalError`` for a step of the journal, a ``Turn`` or a ``JournalError`` for a
:class:`TakeTurn`, a bool for a :class:`ReadBanner`, None for the others.

A driver that is interrupted gives a create under way a moment for its answer, carries out steps of the
journal, and closes the operation at its next :class:`Send` or :class:`Wait`. Operations need nothing for
that: what is known is what the journal says.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from itertools import count
from math import inf
from typing import TypeAlias, TypeVar
from uuid import UUID

from attrs import field, frozen

from vmspec import errors
from vmspec.katapult import endpoints
from vmspec.katapult.endpoints import Call
from vmspec.katapult.journal import LOCK_TIMEOUT_S, Entry
from vmspec.katapult.journal.rate import MUCH, RateNews, Turn
from vmspec.katapult.records import VirtualMachine
from vmspec.katapult.responses import Answer
from vmspec.katapult.submission.outcome import Fault, Reply, interpret
from vmspec.katapult.transport.rate_limiter import Method, RateLimiter

T = TypeVar("T")

READ_TIMEOUT_S = 30.0
"""Timeout of a read with all its tries, where no wait gives it more time."""
READ_TRY_S = 15.0
"""Timeout of one try of a read, so that a hanging one leaves time for another."""
LIST_TIMEOUT_S = 120.0
"""Timeout of a list with all its pages."""
MAX_ROWS = 50_000
"""Machines in one list; more are not an organization's but a server's that never ends."""
URGENT_MARGIN_S = 0.8
"""Time before its deadline at which an urgent read no longer waits for the rate limiter."""
NOTE_MARGIN_S = 0.5
"""Time for recording a result whose deadline leaves less."""
CLOCK_SKEW_S = 3600.0
"""Difference between Katapult's clock and this machine's that does no harm."""
PAUSES_S = (1, 2, 4, 8, 16, 30)
"""Pauses between tries, where the API names none; up to a quarter is added at random."""


@frozen
class Send:
    """Send a request; answered with an answer or a fault within ``within_s`` seconds."""

    call: Call[object]
    within_s: float


@frozen
class Wait:
    """Do nothing for some time."""

    seconds: float


@frozen
class ReadBanner:
    """Connect to the SSH port of some addresses; answered with True if one of them greets."""

    addresses: Sequence[str]
    within_s: float


@frozen
class TakeTurn:
    """Take a turn of the rate that all processes with this journal share; answered with it."""

    organization: str
    much: float
    news: RateNews


@frozen
class Tell:
    """Tell the caller an event, of the spec of this name where there are many."""

    event: object
    name: str = ""


@frozen
class JournalInsert:
    """Add a submission; answered with its entry, or with the one that has its key."""

    entry: Entry
    hold_s: float
    within_s: float = LOCK_TIMEOUT_S
    """Lock timeout, of the other steps too."""


@frozen
class JournalUpdate:
    """Store a changed entry; answered with it, or with None if another process changed it meanwhile."""

    entry: Entry
    hold_s: float = 0.0
    within_s: float = LOCK_TIMEOUT_S


@frozen
class JournalGet:
    """Look up a submission; answered with its entry or None."""

    submission_id: str
    within_s: float = LOCK_TIMEOUT_S


@frozen
class JournalFind:
    """Look up keys; answered with the entries that have them, released ones too, the oldest first."""

    keys: Sequence[str]
    within_s: float = LOCK_TIMEOUT_S


JournalStep: TypeAlias = JournalInsert | JournalUpdate | JournalGet | JournalFind
Step: TypeAlias = Send | Wait | ReadBanner | TakeTurn | Tell | JournalStep
Noted: TypeAlias = Entry | Sequence[Entry] | errors.JournalError | None
Operation: TypeAlias = Generator[Step, Reply | Noted | Turn | bool, T]


def note(step: JournalInsert | JournalUpdate | JournalGet) -> Operation[Entry | None]:
    """Carry out a step of the journal; raise the JournalError that came of it."""
    noted = yield step
    if isinstance(noted, errors.JournalError):
        raise noted
    assert noted is None or isinstance(noted, Entry)
    return noted


def find(keys: Sequence[str], within_s: float = LOCK_TIMEOUT_S) -> Operation[Sequence[Entry]]:
    """Return the entries of keys."""
    noted = yield JournalFind(keys, within_s)
    if isinstance(noted, errors.JournalError):
        raise noted
    assert isinstance(noted, Sequence)
    return noted


@frozen
class Session:
    """State that all operations of a client share; ``clock`` is monotonic, in seconds.

    ``chance`` makes submission ids too: seed it in tests only.
    """

    api_url: str
    organization: str
    clock: Callable[[], float]
    chance: random.Random = field(repr=False)
    limiter: RateLimiter = field(factory=RateLimiter)
    shares_rate: Callable[[], bool] = field(default=lambda: False, repr=False)
    """Return whether turns are taken from the journal, because other processes have a part of the rate."""
    digest_cost: int = 2**12
    """Cost of the digest of a spec: some 10 ms and 4 MiB."""

    def read(self, call: Call[T], deadline: float | None = None, *, urgent: bool = False) -> Operation[T]:
        """Send a GET, and again until its deadline where the answer was lost or the API was too busy.

        An ``urgent`` read is sent even if the rate limiter does not let it go in time.
        """
        deadline = self.clock() + READ_TIMEOUT_S if deadline is None else deadline
        for tries in count(1):
            reply = yield from self.send(call, deadline, READ_TRY_S, urgent=urgent)
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
        raise AssertionError("unreachable")

    def machines(
        self,
        annotations: Mapping[str, str],
        deadline: float | None = None,
        *,
        since: float = 0.0,
        urgent: bool = False,
    ) -> Operation[tuple[VirtualMachine, ...]]:
        """List the machines of all pages, but not those created before ``since``; each row counts once."""
        deadline = self.clock() + LIST_TIMEOUT_S if deadline is None else deadline
        found: dict[str, VirtualMachine] = {}
        seen: set[int] = set()
        for number in count(1):
            call = endpoints.virtual_machines(self.organization, annotations, number)
            page = yield from self.read(call, deadline, urgent=urgent)
            new = {hash(machine.id) for machine in page.machines} - seen
            seen |= new
            found.update((row.id, row) for row in page.machines if is_newer(row, since))
            if len(seen) > MAX_ROWS:
                raise errors.UnexpectedAnswerError(f"the list of machines has more than {MAX_ROWS:,} rows")
            if number >= page.total if page.total is not None else not new:
                break
        return tuple(found.values())

    def send(
        self, call: Call[object], deadline: float, limit_s: float, *, urgent: bool = False
    ) -> Operation[Reply]:
        """Send once; a read waits for the rate limiter first, a create has done so before it was recorded."""
        if call.method == "GET":
            may_go = yield from self.turn("GET", deadline - (URGENT_MARGIN_S if urgent else 0.0))
            if not may_go and urgent:
                self.limiter.force(self.clock())
        within_s = min(deadline - self.clock(), limit_s)
        if within_s <= 0:
            return Fault("no_turn", nothing_sent=True)
        number = self.limiter.sent()
        reply: object = None
        try:
            reply = yield Send(call, within_s)
        finally:
            self.limiter.received(reply.headers if isinstance(reply, Answer) else {}, self.clock(), number)
        assert isinstance(reply, Answer | Fault)
        return reply

    def turn(self, method: Method, deadline: float = inf) -> Operation[bool]:
        """Wait until the rate limiter lets a request go; return False at the deadline."""
        while True:
            turn = yield from self._take_turn(method)
            if turn.is_given and turn.delay_s <= 0:
                return True
            if (left_s := deadline - self.clock()) <= 0:
                return False
            yield Wait(min(turn.delay_s, left_s))
            if turn.is_given:
                return turn.delay_s <= left_s

    def _take_turn(self, method: Method) -> Operation[Turn]:
        """Take a turn of the shared rate; of this process's own where none is shared or nobody tells."""
        if self.shares_rate():
            turn = yield TakeTurn(self.organization, MUCH[method], self.limiter.take_news())
            if isinstance(turn, Turn):
                self.limiter.turns = max(self.limiter.turns, turn.number)
                return turn
        delay_s = self.limiter.delay(self.clock(), method)
        return Turn(delay_s, delay_s <= 0, 0)

    def new_id(self) -> str:
        """Return a new submission id."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def left_s(self, deadline: float) -> float:
        """Return the seconds until a deadline; 0 afterwards."""
        return max(deadline - self.clock(), 0.0)

    def note_by(self, deadline: float) -> float:
        """Return when a result has to be recorded that was to be known by a deadline."""
        return max(deadline, self.clock() + NOTE_MARGIN_S)

    def pause(self, reply: Reply, tries: int) -> float:
        """Return the seconds before the next try: those of Retry-After, if 1 to 60, else ever more."""
        told = reply.headers.get("retry-after", "") if isinstance(reply, Answer) else ""
        if re.fullmatch("[0-9]{1,2}", told) and 1 <= int(told) <= 60:
            return float(told)
        return PAUSES_S[min(tries, len(PAUSES_S)) - 1] * (1 + self.chance.random() / 4)


def is_newer(machine: VirtualMachine, since: float) -> bool:
    """Return whether a machine may have been created after a Unix time; the clocks may differ a little."""
    return machine.created_at is None or machine.created_at >= since - CLOCK_SKEW_S
