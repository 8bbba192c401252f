"""Endpoints of machines that exist: power actions, changes, deletion and the trash."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

from attrs import evolve

from vmspec.errors import SpecError
from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.builds import MachineState
from vmspec.sandbox.endpoints import arguments, responses
from vmspec.sandbox.endpoints.builds import Handler
from vmspec.sandbox.http import JSON, Request
from vmspec.sandbox.machines import Record
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint

States: TypeAlias = tuple[MachineState, MachineState]
"""State of a machine during an action, and afterwards."""


def _find(store: BuildStore, request: Request) -> Record:
    return store.find_machine(arguments.lookup(request, "virtual_machine", ("id", "fqdn")))


def _act(verb: str, duration_s: float, states: States, store: BuildStore, request: Request) -> JSON:
    task = store.act(_find(store, request), verb, duration_s, states).json(store.clock.now())
    return {"task": {key: task[key] for key in ("id", "name", "status")}}


def _change(store: BuildStore, request: Request) -> JSON:
    record = _find(store, request)
    body = arguments.json_body(request)
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise RefusalError("missing_required_argument", {"argument": "properties"})
    record.machine = _changed(record, properties)
    if body.get("annotations") is not None:
        merged = {item.key: item for item in (*record.machine.annotations, *arguments.body_annotations(body))}
        record.machine = evolve(record.machine, annotations=tuple(merged.values()))
    return responses.machine_answer(record, store)


def _changed(record: Record, properties: Mapping[str, Any]) -> Any:
    machine, stored = record.machine, record.machine.stored
    try:
        if "tag_names" in properties:
            stored = evolve(stored, tags=tuple(dict.fromkeys(properties["tag_names"])))
        for name in ("name", "description"):
            if name in properties:
                stored = evolve(stored, **{name: properties[name]})
        if "hostname" in properties:
            stored = evolve(stored, hostname=properties["hostname"].lower())
    except (SpecError, TypeError, AttributeError) as error:
        raise RefusalError("validation_error", {"errors": [str(error)]}) from None
    return evolve(machine, stored=stored, hostname=stored.hostname or machine.hostname)


def _delete(store: BuildStore, request: Request) -> JSON:
    record = _find(store, request)
    answer = responses.machine_answer(record, store)
    return {"trash_object": store.delete(record).json, "virtual_machine": answer["virtual_machine"]}


def _trash(store: BuildStore, request: Request) -> JSON:
    arguments.check_organization(arguments.organization(request), store.catalogue)
    return responses.page(
        request, "trash_objects", [record.trash.json for record in store.trash() if record.trash is not None]
    )


def _trash_object(store: BuildStore, request: Request) -> JSON:
    trash = _find_trash(store, request).trash
    return {"trash_object": None if trash is None else trash.json}


def _purge(store: BuildStore, request: Request) -> JSON:
    return {"task": store.purge(_find_trash(store, request)).json(store.clock.now())}


def _restore(store: BuildStore, request: Request) -> JSON:
    record = _find_trash(store, request)
    trash, record.trash = record.trash, None
    return {"trash_object": None if trash is None else trash.json}


def _find_trash(store: BuildStore, request: Request) -> Record:
    return store.find_trash(arguments.lookup(request, "trash_object", ("id", "object_id")))


# States and durations of power actions are inferred.
HANDLERS: Mapping[Endpoint, Handler] = {
    Endpoint.START: partial(_act, "Start", 4, ("starting", "started")),
    Endpoint.STOP: partial(_act, "Stop", 1, ("stopping", "stopped")),
    Endpoint.SHUTDOWN: partial(_act, "Shut down", 5, ("shutting_down", "stopped")),
    Endpoint.CHANGE: _change,
    Endpoint.DELETE: _delete,
    Endpoint.TRASH: _trash,
    Endpoint.TRASH_OBJECT: _trash_object,
    Endpoint.PURGE: _purge,
    Endpoint.RESTORE: _restore,
}
