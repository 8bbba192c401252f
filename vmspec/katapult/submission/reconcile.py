"""Looking for the machine of a submission whose outcome is unknown. Absence never proves anything."""

from __future__ import annotations

from math import inf

from attrs import define, evolve, field

from vmspec.errors import (
    ApiError,
    OutcomeUnknownError,
    RefusedError,
    SeveralMachinesError,
)
from vmspec.katapult import endpoints
from vmspec.katapult.arguments import check_seconds
from vmspec.katapult.journal import Entry
from vmspec.katapult.records import Progress, Submission, VirtualMachine
from vmspec.katapult.submission.create import Unsettled, record_outcome
from vmspec.katapult.submission.operation import (
    READ_TIMEOUT_S,
    URGENT_MARGIN_S,
    Operation,
    Session,
    Tell,
    Wait,
)
from vmspec.katapult.submission.record import GONE, recall, refreshed
from vmspec.katapult.submission.request import SUBMISSION

PAUSES_S = (1, 2, 4, 8, 15, 30, 60)
"""Pauses before each look; the last one again and again."""
LAST_LOOK_S = URGENT_MARGIN_S
"""Time that the last look may take beyond the settle time, so that it sees all of that time."""
ADOPT_S = 0.1
"""Time for recording a machine that was found, beyond the time for the look."""
NOT_THERE_YET_S = 60.0
"""Time for which a 404 means "not visible yet"; inferred, for no recording shows such a delay."""


@define
class Search:
    """The search for one machine: when the next look is due, and what the last one saw."""

    unsettled: Unsettled
    start: float
    settle_s: float
    end: float = inf
    looks: int = 0
    lost: ApiError | None = None
    is_over: bool = False
    others: set[str] = field(factory=set)
    """Machines that are not this submission's."""

    @property
    def entry(self) -> Entry:
        return self.unsettled.entry

    @property
    def deadline(self) -> float:
        return min(self.start + self.settle_s, self.end)

    def pause_s(self, now: float) -> float:
        """Return the seconds until the next look, which is the last one at the deadline."""
        number = self.looks - self.unsettled.at_once
        pause_s = PAUSES_S[min(number, len(PAUSES_S) - 1)] if number >= 0 else 0.0
        return min(pause_s, max(self.deadline - now, 0.0))

    def progress(self, now: float) -> Progress:
        return Progress(
            elapsed_s=now - self.start,
            phase="looking",
            left_s=max(self.deadline - now, 0.0),
            submission_id=self.entry.id,
        )

    def look(self, session: Session, look_by: float | None = None) -> Operation[Submission | None]:
        """Look once; return the submission with the machine that was found, None where another look is due.

        Raise OutcomeUnknownError after the last look, SeveralMachinesError for more than one machine.
        """
        is_last = session.clock() >= self.deadline or self.settle_s <= 0
        if look_by is None and self.unsettled.at_once and not self.looks:
            now = session.clock()
            look_by = min(now + READ_TIMEOUT_S, max(self.end - self.settle_s, now + LAST_LOOK_S))
        if look_by is None:
            look_by = self.deadline + LAST_LOOK_S if is_last else self.deadline
        self.looks += 1
        try:
            found = yield from self._confirmed(session, look_by, urgent=is_last)
        except ApiError as error:
            self.lost = error
            self.is_over = is_last or (isinstance(error, RefusedError) and error.code is not None)
        else:
            self.lost, self.is_over = None, is_last
            if found:
                return (yield from self.adopt(session, found, look_by + ADOPT_S))
        if self.is_over:
            raise self.error()
        if self.looks == self.unsettled.at_once:
            self.start = session.clock()
        return None

    def adopt(self, session: Session, found: list[VirtualMachine], note_by: float) -> Operation[Submission]:
        """Record the one machine that was found."""
        entry = self.entry
        if len(found) > 1:
            ids = ", ".join(machine.id for machine in found)
            raise SeveralMachinesError(
                f"several machines carry the id of one submission: {ids}",
                machines=tuple(machine.id for machine in found),
                submission_id=entry.id,
                annotations=entry.annotations,
            )
        machine = found[0]
        key = None if entry.state == "abandoned" else entry.key
        adopted = evolve(
            entry,
            state="created",
            virtual_machine_id=machine.id,
            hostname=machine.hostname,
            reason=None,
            key=key,
        )
        stored = yield from record_outcome(session, adopted, note_by)
        return Submission(
            id=entry.id,
            virtual_machine=machine,
            hostname=machine.hostname,
            annotations=entry.annotations,
            request_id=entry.request_id,
            journalled=stored is not None,
        )

    def error(self) -> OutcomeUnknownError:
        """Return the unknown outcome, with what the looks saw."""
        lost, doubt = self.lost, self.unsettled.doubt
        if isinstance(lost, RefusedError) and lost.code is not None:
            words = f"it cannot be looked for: {lost.message}"
            if doubt.code is None:
                doubt = evolve(doubt, code=lost.code, status=lost.status, request_id=lost.request_id)
        else:
            is_once = self.unsettled.at_once and self.settle_s <= 0
            words = "no machine is seen" if is_once else f"no machine was seen within {self.settle_s:g} s"
            words += f"; the last look: {lost.message}" if lost else ""
        return evolve(doubt, message=f"{doubt.message}; {words}", journalled=self.unsettled.journalled)

    def _confirmed(
        self, session: Session, deadline: float, *, urgent: bool
    ) -> Operation[list[VirtualMachine]]:
        """List the machines of this submission; a list may ignore its filter, so each is read."""
        wanted = {SUBMISSION: self.entry.id}
        rows = yield from session.machines(wanted, deadline, since=self.entry.begun_at, urgent=urgent)
        confirmed: list[VirtualMachine] = []
        for row in rows:
            if row.id in self.others:
                continue
            machine = yield from read_if_there(session, row.id, deadline, urgent=urgent)
            if machine is not None and belongs_to(machine, self.entry.id):
                confirmed.append(machine)
            elif machine is not None:
                self.others.add(row.id)
        return confirmed


def belongs_to(machine: VirtualMachine, submission_id: str) -> bool:
    """Return whether a machine carries the id of a submission."""
    return (machine.annotations or {}).get(SUBMISSION) == submission_id


def read_if_there(
    session: Session, machine_id: str, deadline: float, *, urgent: bool = False
) -> Operation[VirtualMachine | None]:
    """Read a machine that a list shows; None where it is not visible by itself yet, or no longer."""
    try:
        return (yield from session.read(endpoints.virtual_machine(machine_id), deadline, urgent=urgent))
    except RefusedError as error:
        if error.status != 404 and error.code not in GONE:
            raise
        return None


def settle(
    session: Session,
    unsettled: Unsettled,
    settle_s: float,
    look_by: float | None = None,
    end: float = inf,
) -> Operation[Submission]:
    """Look again and again for ``settle_s`` seconds; adopt the one machine that is found."""
    search = Search(unsettled, session.clock(), settle_s, end)
    while True:
        now = session.clock()
        if search.looks or not unsettled.at_once:
            yield Tell(search.progress(now))
        if pause_s := search.pause_s(now):
            yield Wait(pause_s)
        first_by = look_by if search.looks == 0 else None
        if (submission := (yield from search.look(session, first_by))) is not None:
            return submission


def reconcile(session: Session, submission_id: str, settle_s: float) -> Operation[Submission]:
    """Return what became of a submission, looking for its machine where that is unknown."""
    check_seconds(settle_s=settle_s)
    look_by = session.clock() + READ_TIMEOUT_S
    found = yield from recall(session, submission_id)
    if isinstance(found, Unsettled):
        return (yield from settle(session, found, settle_s, look_by))
    return (yield from refreshed(session, found))
