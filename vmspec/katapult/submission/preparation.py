"""Look-ups before the first create of a batch: machines with its keys, and the organization's limits."""

from __future__ import annotations

from vmspec.errors import ApiError, LimitExceededError
from vmspec.katapult import endpoints
from vmspec.katapult.records import VirtualMachine
from vmspec.katapult.submission.operation import LIST_TIMEOUT_S, Operation, Session
from vmspec.katapult.submission.outcome import NOTHING_SENT
from vmspec.katapult.submission.reconcile import read_if_there
from vmspec.katapult.submission.request import KEY
from vmspec.katapult.submission.submit import counts_for


def machines_of_keys(session: Session, keys: set[str]) -> Operation[dict[str, VirtualMachine] | None]:
    """Return the machines that have keys, from one list; None where single look-ups cost less."""
    deadline = session.clock() + LIST_TIMEOUT_S
    first = yield from session.read(endpoints.virtual_machines(session.organization, {}, 1), deadline)
    if first.total is None or (first.total - 1) * len(first.machines) > len(keys):
        return None
    found: dict[str, VirtualMachine] = {}
    for row in (yield from session.machines({}, deadline)) if first.total > 1 else first.machines:
        machine = yield from read_if_there(session, row.id, deadline)
        key = ((machine.annotations if machine is not None else None) or {}).get(KEY)
        if machine is not None and key in keys and (yield from counts_for(machine, key)):
            found[key] = machine
    return found


def check_limits(session: Session, count: int) -> Operation[None]:
    """Raise LimitExceededError for more machines than the organization may have."""
    try:
        limits = yield from session.read(endpoints.policy_limits(session.organization))
        limit = limits.get("virtual_machines")
        if limit is None:
            return
        current = limit.current
        if current is None:
            page = yield from session.read(endpoints.virtual_machines(session.organization, {}, 1))
            current = page.rows or 0
    except ApiError:  # a token may lack the scope
        return
    if current + count > limit.limit:
        raise LimitExceededError(
            f"{NOTHING_SENT}{count} new machines are more than the organization may have:"
            f" {current} of {limit.limit} are there"
        )
