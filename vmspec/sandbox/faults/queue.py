"""The queue of faults that are still to happen."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from attrs import define, evolve, field, frozen

from vmspec.sandbox.faults import BuildFault, ConnectionReset, Fault, ReadFault, WrongId, validators
from vmspec.sandbox.routes import Endpoint

_WITH_IDS = (Endpoint.CREATE, Endpoint.BUILD, Endpoint.TASK, Endpoint.MACHINE)

F = TypeVar("F", bound=Fault)


@frozen(kw_only=True)
class QueuedFault:
    """A fault that is still to happen, and where."""

    id: int
    fault: Fault
    at: Endpoint | None = None
    """The only endpoint that it applies to; None is any."""
    times: int | None = field(default=1, validator=validators.integer(1, optional=True))
    """Number of requests that it still applies to; None is until it is withdrawn."""
    after: int = field(default=0, validator=validators.integer(0))
    """Number of requests that pass without it first."""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.fault, get_args(Fault)):
            raise ValueError("fault is not one of the sandbox's faults")
        name = type(self.fault).__name__
        if isinstance(self.fault, ConnectionReset):
            if self.at is not None:
                raise ValueError(f"{name} happens before a request, so it takes no endpoint")
            if self.times is None:
                raise ValueError(f"{name} needs a number of times: a client could not withdraw it")
        elif isinstance(self.fault, get_args(BuildFault)) and self.at not in (None, Endpoint.CREATE):
            raise ValueError(f"{name} applies to creates only")
        elif isinstance(self.fault, WrongId):
            if self.at not in (None, *_WITH_IDS):
                raise ValueError(f"{name} applies to creates, builds, tasks and machines only")
        elif isinstance(self.fault, get_args(ReadFault)) and self.at not in (None, Endpoint.MACHINES):
            raise ValueError(f"{name} applies to lists of machines only")


@define
class FaultQueue:
    """The queued faults of one sandbox, in the order given. Not thread-safe by itself."""

    _queued: list[QueuedFault] = field(init=False, factory=list)
    _last_id: int = field(init=False, default=0)

    @property
    def queued(self) -> tuple[QueuedFault, ...]:
        """The faults that are still to happen."""
        return tuple(self._queued)

    def add(self, fault: Fault, at: Endpoint | None, times: int | None, after: int) -> QueuedFault:
        """Add a fault; ValueError for one that could never happen."""
        queued = QueuedFault(id=self._last_id + 1, fault=fault, at=at, times=times, after=after)
        self._last_id += 1
        self._queued.append(queued)
        return queued

    def withdraw(self, id: int | None) -> int:
        """Remove one fault, or all; return the number removed."""
        kept = [] if id is None else [queued for queued in self._queued if queued.id != id]
        withdrawn, self._queued = len(self._queued) - len(kept), kept
        return withdrawn

    def take(self, *kinds: type[F], at: Endpoint | None) -> F | None:
        """Return the first fault of these kinds that is due at an endpoint, and count it as happened.

        For all other faults that could happen here, one more request has passed.
        """
        taken: F | None = None
        left: list[QueuedFault] = []
        for queued in self._queued:
            fault: Any = queued.fault  # type checkers do not narrow by a tuple of types
            if isinstance(fault, kinds) and queued.at in (None, at):
                if queued.after:
                    queued = evolve(queued, after=queued.after - 1)
                elif taken is None:
                    taken = fault
                    if queued.times == 1:
                        continue
                    queued = evolve(queued, times=queued.times and queued.times - 1)
            left.append(queued)
        self._queued = left
        return taken
