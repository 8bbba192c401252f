"""The spec of a machine that exists: from the stored spec of its build, else from the machine itself."""

from __future__ import annotations

from attrs import frozen

from vmspec.errors import ApiError, RefusedError, SpecError, UnexpectedAnswerError
from vmspec.katapult.journal import Entry
from vmspec.katapult.records import VirtualMachine
from vmspec.katapult.submission.operation import Operation, Session
from vmspec.katapult.submission.record import GONE
from vmspec.live.drift import StoredSpec, check_owner, described, read_stored
from vmspec.live.machine import Depth, MachineDetails, read_details
from vmspec.live.machine_spec import describe
from vmspec.model.spec import VirtualMachineSpec

BUILD_PREFIX = "vmbuild_"


@frozen(kw_only=True)
class Import:
    """The spec of a machine; it holds the secrets of the stored spec, if there is one."""

    spec: VirtualMachineSpec
    virtual_machine: VirtualMachine | None
    """None for a build whose machine is not there."""
    build_id: str | None
    """The build whose stored spec it is; None for a spec that is taken from the machine."""
    not_known: tuple[str, ...] = ()
    """Paths of what the machine does not show, and which may be missing in the spec."""


def import_build(session: Session, build_id: str) -> Operation[Import]:
    """Return the stored spec of a build, with what has changed on its machine since.

    Raises an ApiError where the build cannot be read.
    """
    stored = yield from read_stored(session, build_id)
    if stored.spec is None:
        raise UnexpectedAnswerError(stored.problem)
    machine = stored.build.virtual_machine if stored.build else None
    if machine is None:
        return Import(spec=stored.spec, virtual_machine=None, build_id=build_id)
    try:
        details = yield from read_details(session, machine.id, Depth())
    except RefusedError as error:
        if error.code not in GONE:
            raise
        return Import(spec=stored.spec, virtual_machine=None, build_id=build_id)
    return _of_stored(details, stored.spec, build_id)


def import_machine(session: Session, id_or_fqdn: str, entry: Entry | None) -> Operation[Import]:
    """Return the spec of a machine; ``entry`` is its submission, where that is on record.

    Raises an ApiError where the machine cannot be read.
    """
    details = yield from read_details(session, id_or_fqdn, Depth())
    if entry is not None and entry.build_id is not None:
        check_owner(details, entry)
        try:
            stored = yield from read_stored(session, entry.build_id)
        except ApiError:
            stored = StoredSpec(None)
        if stored.spec is not None:
            return _of_stored(details, stored.spec, entry.build_id)
    try:
        found = describe(details)
    except SpecError as error:
        raise UnexpectedAnswerError(f"machine {details.machine.id}: {error}") from None
    return Import(spec=found.spec, virtual_machine=details.machine, build_id=None, not_known=found.not_shown)


def _of_stored(details: MachineDetails, stored: VirtualMachineSpec, build_id: str) -> Import:
    spec = described(details, stored).spec
    return Import(spec=spec, virtual_machine=details.machine, build_id=build_id)
