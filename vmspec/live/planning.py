"""Making a plan, and checking one before it is applied. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from vmspec.errors import PlanError
from vmspec.katapult.journal import RELEASED, Entry, State
from vmspec.katapult.records import VirtualMachine
from vmspec.katapult.submission.operation import LIST_TIMEOUT_S, JournalGet, Operation, Session, note
from vmspec.katapult.submission.outcome import NOTHING_SENT
from vmspec.katapult.submission.reconcile import read_if_there
from vmspec.katapult.submission.request import SPEC, SUBMISSION, digest_matches, digest_of
from vmspec.live.plan import Plan, PlannedMachine
from vmspec.text import printable

ENDED = frozenset({"created", "failed", "gone", "abandoned"})
"""States of a submission that applying its plan again does not change."""


def make_plan(
    session: Session,
    specs: Mapping[str, tuple[str, str | None]],
    records: Iterable[Entry],
    made_at: str,
) -> Operation[Plan]:
    """Return the plan for specs, each canonical XML and hostname by name.

    A spec is not to be made again if a machine of the organization carries its digest, or if the journal
    has a submission of it that made a machine or may have.
    """
    by_hostname = _by_hostname(records, session)
    rows = yield from session.machines({})
    machines: dict[str, list[VirtualMachine]] = {}
    for row in rows:
        machines.setdefault(row.hostname.lower(), []).append(row)
    planned: list[PlannedMachine] = []
    for name, (xml, hostname) in specs.items():
        existing = None
        if hostname:
            existing = yield from _machine_of(session, xml, machines.get(hostname.lower(), ()))
            existing = existing or _entry_of(xml, by_hostname.get(hostname.lower(), ()))
        submission_id = session.new_id()
        planned.append(
            PlannedMachine(
                name=name,
                hostname=hostname,
                digest=digest_of(xml, submission_id, session.digest_cost),
                submission_id=submission_id,
                action="create" if existing is None else "exists",
                exists_as=existing,
            )
        )
    return Plan(
        api=session.api_url,
        organization=session.organization,
        made_at=made_at,
        machines=tuple(planned),
        specs={name: xml for name, (xml, _) in specs.items()},
    )


def check_plan(session: Session, plan: Plan) -> Operation[None]:
    """Raise PlanError for a plan that must not be applied."""
    if (plan.api, plan.organization) != (session.api_url, session.organization):
        place = printable(f"organization {plan.organization} at {plan.api}")
        raise PlanError(f"{NOTHING_SENT}{plan.name} is for {place}")
    if changed := [machine.name for machine in plan.new if not _is_unchanged(machine, plan)]:
        names = printable(", ".join(changed))
        raise PlanError(f"{NOTHING_SENT}changed since {plan.name} was made, or not readable: {names}")
    states = yield from recorded_states(plan)
    if states and len(states) == len(plan.new) and ENDED.issuperset(states):
        raise PlanError(f"{NOTHING_SENT}{plan.name} is used; all of its machines are on record")


def recorded_states(plan: Plan) -> Operation[Sequence[State]]:
    """Return the states of the submissions of a plan that are in the journal."""
    states: list[State] = []
    for machine in plan.new:
        entry = yield from note(JournalGet(machine.submission_id))
        if entry is not None:
            states.append(entry.state)
    return states


def _is_unchanged(machine: PlannedMachine, plan: Plan) -> bool:
    xml = plan.specs.get(machine.name)
    return xml is not None and digest_matches(machine.digest, xml, machine.submission_id)


def _by_hostname(records: Iterable[Entry], session: Session) -> dict[str, list[Entry]]:
    """Return the entries of this organization that have a machine, or may have."""
    found: dict[str, list[Entry]] = {}
    for entry in records:
        is_here = (entry.api_url, entry.organization) == (session.api_url, session.organization)
        state = entry.effective_state
        if is_here and entry.hostname and state not in RELEASED and state not in ("failed", "gone"):
            found.setdefault(entry.hostname.lower(), []).append(entry)
    return found


def _entry_of(xml: str, entries: Sequence[Entry]) -> str | None:
    matching = (entry.id for entry in entries if digest_matches(entry.spec_sha256, xml, entry.id))
    return next(matching, None)


def _machine_of(session: Session, xml: str, rows: Sequence[VirtualMachine]) -> Operation[str | None]:
    """Return the id of the machine that was made of a spec, by its annotations."""
    deadline = session.clock() + LIST_TIMEOUT_S
    for row in rows:
        machine = yield from read_if_there(session, row.id, deadline)
        annotations = (machine.annotations if machine is not None else None) or {}
        if digest_matches(annotations.get(SPEC, ""), xml, annotations.get(SUBMISSION, "")):
            return row.id
    return None
