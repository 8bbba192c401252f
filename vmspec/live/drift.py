"""The differences between a spec as it was sent, as Katapult stored it, and its machine as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from attrs import evolve, field, frozen

from vmspec.documents import loads
from vmspec.errors import ApiError, DocumentError, RefusedError, SpecError, UnexpectedAnswerError
from vmspec.katapult import endpoints
from vmspec.katapult.journal import RELEASED, Entry
from vmspec.katapult.records import Build, VirtualMachine
from vmspec.katapult.submission.operation import Operation, Session
from vmspec.katapult.submission.record import GONE
from vmspec.katapult.submission.request import SUBMISSION, spec_matches
from vmspec.live.machine import Depth, MachineDetails, read_details
from vmspec.live.machine_spec import MachineSpec, describe_like
from vmspec.live.storing import Explained, separate
from vmspec.model.diff import Change, diff
from vmspec.model.spec import VirtualMachineSpec

DriftStatus: TypeAlias = Literal["same", "differs", "gone", "missing", "unreadable"]


EVERYWHERE = (400, 401, 403)
"""Statuses of refusals that every other machine would meet too."""


@frozen(kw_only=True)
class Drift:
    """The comparison of one spec with its machine.

    ``differs`` if spec, stored spec and machine are not the same; ``gone`` if the machine no longer exists;
    ``missing`` if its machine is not known; ``unreadable`` if the API did not tell. ``note`` says why.
    """

    name: str
    """Name of the spec, or the id of the submission without a spec."""
    status: DriftStatus
    note: str = ""
    """A sentence about the status, or about the file."""
    submission_id: str | None = None
    build_id: str | None = None
    virtual_machine: VirtualMachine | None = None
    explained: tuple[Explained, ...] = ()
    """From the spec to the stored one: what Katapult does to every spec."""
    stored: tuple[Change, ...] = ()
    """From the spec to the stored one: the other changes."""
    machine: tuple[Change, ...] = ()
    """From the stored spec to the machine; from the spec, where the stored one is not known, or where the
    spec has changed since it was sent."""
    not_compared: tuple[str, ...] = ()
    """Paths of what the spec says and the API does not show of a machine."""


@frozen(kw_only=True)
class Tracked:
    """A spec, or a submission, or both, of which the machine is to be found."""

    name: str
    spec: VirtualMachineSpec | None = None
    entry: Entry | None = None
    machine_id: str | None = None
    """The machine with the hostname of a spec without submission."""


@frozen
class StoredSpec:
    """A build's stored spec; ``problem`` says why it is None."""

    spec: VirtualMachineSpec | None
    build: Build | None = field(default=None)
    problem: str = ""


def track(
    specs: Mapping[str, VirtualMachineSpec],
    keys: Mapping[str, str],
    entries: Iterable[Entry],
) -> list[Tracked]:
    """Find the submission of each spec, by its key or else by hostname and digest.

    Of several submissions with the hostname of a spec the last one counts, if none is of this very spec.
    """
    claims = [entry for entry in entries if entry.state not in RELEASED]
    by_key = {entry.key: entry for entry in claims if entry.key is not None}
    by_hostname: dict[str, list[Entry]] = {}
    for entry in claims:
        by_hostname.setdefault((entry.hostname or "").lower(), []).append(entry)
    found: list[Tracked] = []
    for name, spec in specs.items():
        hostname = (spec.hostname or "").lower()
        candidates = by_hostname.get(hostname, []) if hostname and name not in keys else []
        same = (entry for entry in reversed(candidates) if spec_matches(entry, spec))
        if name in keys:
            found_entry = by_key.get(keys[name])
        else:
            found_entry = next(same, candidates[-1] if candidates else None)
        found.append(Tracked(name=name, spec=spec, entry=found_entry))
    return found


def with_machines(tracked: Iterable[Tracked], machines: Iterable[VirtualMachine]) -> list[Tracked]:
    """Find the machine of each spec without submission, by its hostname."""
    ids = {machine.hostname.lower(): machine.id for machine in machines}
    return [
        evolve(one, machine_id=ids.get(one.spec.hostname.lower()))
        if one.entry is None and one.spec is not None and one.spec.hostname
        else one
        for one in tracked
    ]


def find_drift(session: Session, tracked: Tracked) -> Operation[Drift]:
    """Compare a spec with its machine. Raises RefusedError where nothing may be read."""
    try:
        return (yield from _find_drift(session, tracked))
    except RefusedError as error:
        if error.status in EVERYWHERE:
            raise
        problem: ApiError = error
    except ApiError as error:
        problem = error
    entry = tracked.entry
    return Drift(
        name=tracked.name,
        status="unreadable",
        note=str(problem),
        submission_id=entry.id if entry else None,
        build_id=entry.build_id if entry else None,
    )


def _find_drift(session: Session, tracked: Tracked) -> Operation[Drift]:
    spec, entry = tracked.spec, tracked.entry
    drift = Drift(
        name=tracked.name,
        status="missing",
        submission_id=entry.id if entry else None,
        build_id=entry.build_id if entry else None,
    )
    if entry is None and tracked.machine_id is None:
        return evolve(drift, note="neither a submission nor a machine of this spec is known")
    if entry is not None and entry.effective_state not in ("created", "gone"):
        return evolve(drift, note=entry.info.sentence)
    stored = yield from read_stored(session, entry.build_id if entry else None)
    built = stored.build.virtual_machine if stored.build else None
    machine_id = (entry.virtual_machine_id if entry else tracked.machine_id) or (built.id if built else None)
    if entry is not None and entry.state == "gone":
        return evolve(drift, status="gone", virtual_machine=built, note=f"machine {machine_id or ''} is gone")
    if machine_id is None:
        return evolve(drift, note="it has no machine yet")
    like = stored.spec or spec
    try:
        details = yield from read_details(session, machine_id, _depth(like))
    except RefusedError as error:
        if error.code not in GONE:
            raise
        return evolve(drift, status="gone", virtual_machine=built, note=f"machine {machine_id} is gone")
    check_owner(details, entry)
    drift = evolve(drift, virtual_machine=details.machine)
    if like is None:
        return evolve(drift, status="differs", note=stored.problem)
    return _compare(drift, tracked, stored, details)


def read_stored(session: Session, build_id: str | None) -> Operation[StoredSpec]:
    """Read the spec that Katapult stored for a build."""
    if build_id is None:
        return StoredSpec(None, problem="no build of it is on record")
    try:
        build = yield from session.read(endpoints.build(build_id))
    except RefusedError as error:
        if error.status != 404:
            raise
        return StoredSpec(None, problem=f"build {build_id} is not visible any more")
    try:
        return StoredSpec(loads(build.spec_xml or "", "xml"), build)
    except DocumentError:
        return StoredSpec(None, build, f"the stored spec of build {build_id} is not a spec that vmspec reads")


def check_owner(details: MachineDetails, entry: Entry | None) -> None:
    """Raise UnexpectedAnswerError for a machine that carries the id of another submission."""
    owner = (details.machine.annotations or {}).get(SUBMISSION)
    if entry is not None and owner not in (None, entry.id):
        raise UnexpectedAnswerError(f"machine {details.machine.id} is of another submission")


def described(details: MachineDetails, like: VirtualMachineSpec) -> MachineSpec:
    """Describe a machine like a spec; UnexpectedAnswerError where no spec could say what the API tells."""
    try:
        return describe_like(details, like)
    except SpecError as error:
        raise UnexpectedAnswerError(f"machine {details.machine.id}: {error}") from None


def _depth(like: VirtualMachineSpec | None) -> Depth:
    """Return what has to be read: only what the spec says is compared."""
    disks = () if like is None else like.system_disks
    interfaces = () if like is None else like.network_interfaces
    return Depth(
        disks=any(disk.speed or disk.io_profile for disk in disks),
        interfaces=any(interface.speed_profile for interface in interfaces),
    )


def _compare(drift: Drift, tracked: Tracked, stored: StoredSpec, details: MachineDetails) -> Drift:
    spec, entry = tracked.spec, tracked.entry
    is_edited = spec is not None and entry is not None and not spec_matches(entry, spec)
    like = spec if is_edited else stored.spec or spec
    assert like is not None
    actual = described(details, like)
    machine = diff(like, actual.spec)
    explained: tuple[Explained, ...] = ()
    others: tuple[Change, ...] = ()
    if spec is not None and stored.spec is not None:
        explained, others = separate(diff(spec, stored.spec))
        if is_edited:  # the machine counts; what it does not show is compared with the stored spec
            others = tuple(change for change in others if _is_within(change.path, actual.not_shown))
        # A lookup by something else must be of the same thing, as far as the machine shows it.
        wrong = {change.path for change in diff(spec, described(details, spec).spec)}
        wrong -= {change.path for change in machine}
        others += tuple(item.change for item in explained if item.change.path in wrong)
        explained = tuple(item for item in explained if item.change.path not in wrong)
    status: DriftStatus = "differs" if others or machine else "same"
    note = stored.problem
    if is_edited and status == "differs":
        note = "the spec has changed since it was sent"
    return evolve(
        drift,
        status=status,
        note=note,
        explained=explained,
        stored=others,
        machine=machine,
        not_compared=actual.not_shown,
    )


def _is_within(path: str, others: Iterable[str]) -> bool:
    return any(path == other or path.startswith((f"{other}.", f"{other}[")) for other in others)
