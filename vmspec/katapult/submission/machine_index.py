"""Roster: the machines of a batch in one list, where polling their builds one by one would cost more."""

from __future__ import annotations

import threading

from attrs import define, field

from vmspec.errors import ApiError
from vmspec.katapult.records import VirtualMachine
from vmspec.katapult.submission.operation import Operation, Session

BATCH = "vmspec.batch"
"""The annotation by which the machines of a roster are listed."""
SIZE = 30
"""Machines of one roster: what the API gives on one page."""
AGAIN_S = 5.0
"""Between two looks at the list, however many ask."""


@define
class MachineIndex:
    """Up to ``SIZE`` machines with one annotation, known apart by their hostnames; threads may share it.

    Rows of a list have no annotations, but hostnames within a batch differ, and a machine of an equal
    hostname without the annotation is not in the list.
    """

    organization: str
    batch: str
    serves: bool = field(init=False, default=True)
    """False once the list was refused or lost, or showed a stranger: then each looks at its build."""
    looked_at: float = field(init=False, default=float("-inf"))
    """When the list was last read."""
    _seen: dict[str, VirtualMachine] = field(init=False, factory=dict)
    _next: float = field(init=False, default=float("-inf"))
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def find(
        self, conversation: Session, hostname: str | None, deadline: float
    ) -> Operation[VirtualMachine | None]:
        """The machine of a hostname, where the list shows it; one of those who ask looks at it anew."""
        wanted = (hostname or "").lower()
        if wanted not in self._seen and self._is_due(conversation.clock()):
            try:
                rows = yield from conversation.machines(self.organization, {BATCH: self.batch}, deadline)
            except ApiError:
                self.serves = False
                return None
            self.looked_at = conversation.clock()
            self._seen.update((row.hostname.lower(), row) for row in rows)
        return self._seen.get(wanted)

    def _is_due(self, now: float) -> bool:
        with self._lock:
            if now < self._next:
                return False
            self._next = now + AGAIN_S
            return True
