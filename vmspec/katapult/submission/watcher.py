"""Watching the machines of many submissions until they are started: which read is due next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

from attrs import define, evolve, field

from vmspec.errors import ApiError, RefusedError, VmspecError
from vmspec.katapult.journal import Entry
from vmspec.katapult.records import Submission, VirtualMachine
from vmspec.katapult.submission.create import Unsettled
from vmspec.katapult.submission.operation import READ_TIMEOUT_S, Operation, Session, Tell, Wait
from vmspec.katapult.submission.reconcile import NOT_THERE_YET_S, Search, belongs_to, read_if_there
from vmspec.katapult.submission.record import refreshed
from vmspec.katapult.submission.request import BATCH
from vmspec.katapult.submission.wait import Followed, Until

PAGE_SIZE = 30
"""Machines on one page of a list."""
LIST_TRIES = 3
"""Lists that may be lost before each machine is looked for by itself."""
LISTING_POLL_S = 0.2
"""Pause between two looks at a list that another operation is reading."""
WORKERS = 4
"""Reads under way at the same time: enough for 1,000 a minute at 200 ms each."""
IDLE_S = 1.0
"""Pause of a worker while others carry out all reads."""

End = Callable[[str, VirtualMachine | None, VmspecError | None], Operation[None]]


@define
class MachineIndex:
    """The machines with one batch's annotation, by hostname.

    Rows of a list have no annotations, so whoever finds a machine here confirms it by its own GET.
    """

    batch: str
    since: float
    """When the first of its submissions was begun, as Unix time."""
    size: int = 0
    """Submissions of this batch that are looked for or followed."""
    is_usable: bool = True
    """False once the list was refused, or showed a machine of another batch."""
    listed_at: float = -inf
    _is_listing: bool = False
    _failures: int = 0
    _rows: dict[str, VirtualMachine] = field(factory=dict)

    @property
    def pages(self) -> int:
        """Requests that one list costs."""
        return -(-self.size // PAGE_SIZE)

    def refresh(self, session: Session, max_age_s: float, deadline: float) -> Operation[None]:
        """List the machines until a deadline, unless that was done less than ``max_age_s`` seconds ago."""
        while self._is_listing and session.clock() < deadline:
            yield Wait(LISTING_POLL_S)
        now = session.clock()
        if self._is_listing or not self.is_usable or now - self.listed_at < max_age_s:
            return
        self._is_listing = True
        try:
            deadline = min(deadline, now + READ_TIMEOUT_S)
            rows = yield from session.machines({BATCH: self.batch}, deadline, since=self.since)
            self._rows = {row.hostname.lower(): row for row in rows}
            self.listed_at = session.clock()
        except RefusedError:
            self.is_usable = False
        except ApiError:  # lost, or without a turn: somebody lists again
            self._failures += 1
            self.is_usable = self._failures < LIST_TRIES
        finally:
            self._is_listing = False

    def find(self, hostname: str | None) -> VirtualMachine | None:
        """Return the machine of a hostname, if the list showed it."""
        return self._rows.get((hostname or "").lower())


@define
class _Item:
    name: str
    followed: Followed
    index: MachineIndex | None
    due: float
    is_busy: bool = False


@define
class Watcher:
    """The submissions of one batch that are looked for or followed; ``end`` is told each result."""

    session: Session
    timeout_s: float
    poll_s: float | None
    until: Until
    with_task: bool
    """True to read tasks too, for their percentages: worth it for one machine, not for many."""
    end: End
    is_new: bool = True
    """False if all was sent by an earlier call."""
    workers: int = 0
    has_reaper: bool = False
    _items: dict[str, _Item] = field(factory=dict)
    _indexes: dict[str, MachineIndex] = field(factory=dict)

    @property
    def workers_missing(self) -> int:
        """Workers that are needed and do not run."""
        return max(min(WORKERS, len(self._items)) - self.workers, 0)

    @property
    def needs_reaper(self) -> bool:
        return bool(self._items) and not self.has_reaper

    def follow(self, name: str, wanted: Submission | str) -> None:
        """Add a submission, or the id of a build."""
        followed = Followed.of(self.session, wanted, self.timeout_s, self.until)
        annotations = wanted.annotations if isinstance(wanted, Submission) else {}
        index = self.index(annotations)
        if index is not None:
            index.size += 1
        is_new = isinstance(wanted, Submission) and wanted.is_new and wanted.virtual_machine is None
        due = self.session.clock() + (self.poll_s or 0.0 if is_new else 0.0)
        self._items[name] = _Item(name, followed, index, min(due, followed.deadline))

    def index(self, annotations: Mapping[str, str], entry: Entry | None = None) -> MachineIndex | None:
        """Return the list of the batch that these annotations name; None where they name none."""
        batch = annotations.get(BATCH)
        if batch is None:
            return None
        since = entry.begun_at if entry is not None else 0.0
        return self._indexes.setdefault(batch, MachineIndex(batch, since))

    def work(self) -> Operation[None]:
        """Carry out reads as they become due, until nothing is followed any more."""
        self.workers += 1
        try:
            while self._items:
                now = self.session.clock()
                item = min(
                    (item for item in self._items.values() if not item.is_busy),
                    key=lambda item: item.due,
                    default=None,
                )
                if item is None or item.due > now:
                    yield Wait(IDLE_S if item is None else item.due - now)
                    continue
                item.is_busy = True
                yield from self._advance(item)
                item.is_busy = False
        finally:
            self.workers -= 1

    def reap(self) -> Operation[None]:
        """End what has reached its deadline, though all workers may wait for the rate limiter."""
        self.has_reaper = True
        try:
            while self._items:
                now = self.session.clock()
                expired = [
                    item
                    for item in self._items.values()
                    if not item.is_busy and item.followed.deadline <= now < item.due
                ]
                for item in expired:
                    yield from self._over(item, None, item.followed.timed_out())
                idle = [item.followed.deadline for item in self._items.values() if not item.is_busy]
                yield Wait(max(min(idle, default=now) - now, IDLE_S / 4))
        finally:
            self.has_reaper = False

    def settle(self, name: str, unsettled: Unsettled, settle_s: float) -> Operation[Submission]:
        """Look for the machine of an unknown outcome, in the list of the batch where that is cheaper."""
        now = self.session.clock()
        first_by = now + READ_TIMEOUT_S if unsettled.deadline is None else unsettled.deadline
        end = first_by + settle_s if unsettled.at_once else inf
        search = Search(unsettled, now, settle_s, end)
        index = self.index(unsettled.entry.annotations, unsettled.entry)
        if index is not None:
            index.size += 1
        while True:
            now = self.session.clock()
            if search.looks or not unsettled.at_once:
                yield Tell(search.progress(now), name)
            if pause_s := search.pause_s(now):
                yield Wait(pause_s)
            is_last = self.session.clock() >= search.deadline
            if index is not None and not is_last and index.size > index.pages > 0 and index.is_usable:
                submission = yield from self._look_in(index, search)
            else:
                submission = yield from search.look(self.session)
            if submission is not None:
                return submission

    def _look_in(self, index: MachineIndex, search: Search) -> Operation[Submission | None]:
        """Look in the list; what it shows is then looked for by the submission's own id."""
        yield from index.refresh(self.session, IDLE_S, search.deadline)
        row = index.find(search.entry.hostname)
        if row is not None and row.id not in search.others:
            return (yield from search.look(self.session))
        search.looks += 1
        return None

    def looked_up(self, submission: Submission) -> Operation[Submission]:
        """Return a submission of an earlier run with its machine as a list shows it, or else by its GET."""
        deadline = self.session.clock() + min(READ_TIMEOUT_S, self.timeout_s)
        index = self.index(submission.annotations)
        if index is not None:
            index.size += 1
            yield from index.refresh(self.session, NOT_THERE_YET_S, deadline)
            row = index.find(submission.hostname)
            known = submission.virtual_machine
            if row is not None and known is not None and known.id == row.id:
                return evolve(submission, virtual_machine=row)
            if row is not None and known is None:  # a list may ignore its filter
                try:
                    machine = yield from read_if_there(self.session, row.id, deadline)
                except ApiError:  # what is known of the create does not depend on a read
                    return submission
                if machine is not None and belongs_to(machine, submission.id):
                    return evolve(submission, virtual_machine=machine)
                return submission
        return (yield from refreshed(self.session, submission, deadline))

    def _advance(self, item: _Item) -> Operation[None]:
        session, followed = self.session, item.followed
        poll_s = self.poll_s or IDLE_S
        index = item.index
        now = session.clock()
        if followed.deadline <= now and now > followed.start:
            yield from self._over(item, None, followed.timed_out())
            return
        try:
            if index is not None and self._is_unseen(item) and self._prefers_list(index):
                yield from index.refresh(session, poll_s, followed.deadline)
                row = index.find(followed.seen.hostname)
                followed.candidate = row.id if row is not None else None
            is_shown = followed.candidate is not None
            if index is None or is_shown or not (self._is_unseen(item) and self._prefers_list(index)):
                machine = yield from followed.poll(session, with_task=self.with_task)
                if followed.met_stranger and index is not None:
                    index.is_usable = followed.met_stranger = False
                if followed.has_news:
                    yield Tell(followed.progress(session.clock()), item.name)
                if machine is not None:
                    yield from self._over(item, machine, None)
                    return
        except VmspecError as error:
            yield from self._over(item, None, error)
            return
        now = session.clock()
        if now >= followed.deadline:
            yield from self._over(item, None, followed.timed_out())
        item.due = min(now + poll_s, followed.deadline)

    def _is_unseen(self, item: _Item) -> bool:
        """Return whether the list may still show the machine; a late one's build is read instead."""
        followed, index = item.followed, item.index
        listed_at = index.listed_at if index is not None else inf
        return followed.seen.virtual_machine is None and listed_at < followed.start + NOT_THERE_YET_S

    def _prefers_list(self, index: MachineIndex) -> bool:
        """Return whether a list costs fewer requests than a read for each machine that nobody has seen."""
        unseen = sum(item.index is index and self._is_unseen(item) for item in self._items.values())
        return index.is_usable and unseen > index.pages

    def _over(
        self, item: _Item, machine: VirtualMachine | None, error: VmspecError | None
    ) -> Operation[None]:
        if self._items.pop(item.name, None) is not None:
            yield from self.end(item.name, machine, error)
