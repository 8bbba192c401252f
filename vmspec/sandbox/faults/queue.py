"""Orders: which fault is met by which request."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from attrs import define, evolve, field, frozen

from vmspec.sandbox.faults import BuildFault, ConnectionReset, Fault, ListFault, validators
from vmspec.sandbox.routes import Endpoint

F = TypeVar("F", bound=Fault)


@frozen(kw_only=True)
class QueuedFault:
    """A fault that is still to be met, and by whom."""

    id: int
    fault: Fault
    at: Endpoint | None = None
    """The only endpoint where it is met; None is any."""
    times: int | None = field(default=1, validator=validators.whole(1, none=True))
    """How many more times it is met; None is until it is withdrawn."""
    after: int = field(default=0, validator=validators.whole(0))
    """How many more requests that could meet it go by before."""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.fault, get_args(Fault)):
            raise ValueError("fault is not one of the sandbox's faults")
        name = type(self.fault).__name__
        if isinstance(self.fault, ConnectionReset):
            if self.at is not None:
                raise ValueError(f"{name} is met before a request; it has no endpoint")
            if self.times is None:
                raise ValueError(f"{name} needs a number of times; nobody could withdraw it")
        elif isinstance(self.fault, get_args(BuildFault)) and self.at not in (None, Endpoint.CREATE):
            raise ValueError(f"{name} is met by creates only")
        elif isinstance(self.fault, get_args(ListFault)) and self.at not in (None, Endpoint.MACHINES):
            raise ValueError(f"{name} is met by lists of machines only")


@define
class FaultQueue:
    """The orders of one sandbox, in the order given. Not safe for threads by itself."""

    _open: list[QueuedFault] = field(init=False, factory=list)
    _given: int = field(init=False, default=0)

    @property
    def open(self) -> tuple[QueuedFault, ...]:
        """Those that are still to be met."""
        return tuple(self._open)

    def add(self, fault: Fault, at: Endpoint | None, times: int | None, after: int) -> QueuedFault:
        """Takes an order; ValueError for one that could never be met."""
        order = QueuedFault(id=self._given + 1, fault=fault, at=at, times=times, after=after)
        self._given += 1
        self._open.append(order)
        return order

    def withdraw(self, id: int | None) -> int:
        """Forgets one order, or all; how many there were."""
        kept = [] if id is None else [order for order in self._open if order.id != id]
        withdrawn, self._open = len(self._open) - len(kept), kept
        return withdrawn

    def meet(self, kinds: tuple[type[F], ...], at: Endpoint | None) -> F | None:
        """The fault of some kinds that is met here and now: the first that is due.

        All others that could be met here count this one as gone by.
        """
        met: F | None = None
        left: list[QueuedFault] = []
        for order in self._open:
            fault: Any = order.fault  # type checkers do not narrow by a tuple of types
            if isinstance(fault, kinds) and order.at in (None, at):
                if order.after:
                    order = evolve(order, after=order.after - 1)
                elif met is None:
                    met = fault
                    if order.times == 1:
                        continue
                    order = evolve(order, times=order.times and order.times - 1)
            left.append(order)
        self._open = left
        return met
