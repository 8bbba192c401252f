"""Endpoints of builds: creating them, and reading them, their tasks and machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import evolve

from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.builds import Annotation, Build
from vmspec.sandbox.endpoints import arguments, responses
from vmspec.sandbox.faults import Incomplete, LostAnnotations, Unfiltered, WrongId
from vmspec.sandbox.http import JSON, Request
from vmspec.sandbox.machines import Record
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint

Handler: TypeAlias = Callable[[BuildStore, Request], JSON]


def create(store: BuildStore, request: Request, delay_s: float) -> JSON:
    """Create a machine."""
    given = arguments.create(request)
    arguments.check_organization(given.organization, store.catalogue)
    spec = arguments.parse_spec(given.xml)
    if store.is_strict:
        _check(store, spec)
    lost = store.faults.take(LostAnnotations, at=Endpoint.CREATE)
    build = store.create(spec, () if lost else given.annotations, delay_s)
    if store.faults.take(WrongId, at=Endpoint.CREATE):
        return responses.created(_other(store, build).build)
    return responses.created(evolve(build, annotations=given.annotations) if lost and lost.echoed else build)


def _check(store: BuildStore, spec: VirtualMachineSpec) -> None:
    """Raise RefusalError for a spec that a strict sandbox does not build."""
    errors = []
    if evolve(spec, hostname=None, hostname_type=None) == VirtualMachineSpec():
        errors.append("Package must be selected")
    if spec.hostname and any(spec.hostname.lower() == item.machine.hostname for item in store.existing()):
        errors.append("Hostname has already been taken")
    if errors:
        raise RefusalError("validation_error", {"errors": errors})


def _build(store: BuildStore, request: Request) -> JSON:
    wanted = request.parameter("virtual_machine_build[id]")
    for record in store.records():
        if record.build.id == wanted:
            return responses.build_answer(_answered(store, record, Endpoint.BUILD), store)
    raise RefusalError("build_not_found")


def _task(store: BuildStore, request: Request) -> JSON:
    wanted = request.parameter("task[id]")
    task = store.find_task(wanted)
    if task is not None:
        return {"task": task.json(store.clock.now())}
    for record in store.records():
        if record.build.task_id == wanted:
            return responses.task_answer(_answered(store, record, Endpoint.TASK), store)
    raise RefusalError("task_not_found")


def _machine(store: BuildStore, request: Request) -> JSON:
    record = store.find_machine(arguments.lookup(request, "virtual_machine", ("id", "fqdn")))
    return responses.machine_answer(_answered(store, record, Endpoint.MACHINE), store)


def _machines(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    unfiltered = store.faults.take(Unfiltered, at=Endpoint.MACHINES)
    filters = [] if unfiltered else arguments.annotation_filters(request)
    incomplete = store.faults.take(Incomplete, at=Endpoint.MACHINES)
    listed = [
        record
        for record in store.records()
        if record.trash is None
        and record.build.is_listed(store.age(record))
        and record.machine.matches(filters)
    ]
    if incomplete:
        listed = listed[: max(0, len(listed) - incomplete.rows)]
    rows = [responses.machine_row(record.machine, store.catalogue) for record in listed]
    return responses.page(request, "virtual_machines", rows)


def _answered(store: BuildStore, record: Record, endpoint: Endpoint) -> Record:
    """Return the record to answer with: another one under the fault WrongId."""
    return _other(store, record.build) if store.faults.take(WrongId, at=endpoint) else record


def _other(store: BuildStore, build: Build) -> Record:
    """Return the record of another build, or an invented one."""
    for record in reversed(store.records()):
        if record.build.id != build.id:
            return record
    annotations = tuple(Annotation(key=item.key, value=f"other {item.value}") for item in build.annotations)
    copy = evolve(store.copy(build), annotations=annotations)
    return Record(build=copy, machine=copy)


HANDLERS: Mapping[Endpoint, Handler] = {
    Endpoint.BUILD: _build,
    Endpoint.TASK: _task,
    Endpoint.MACHINE: _machine,
    Endpoint.MACHINES: _machines,
}
