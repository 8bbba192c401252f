"""The work of each endpoint."""

from __future__ import annotations

from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.endpoints import builds, catalogue, hardware, machines
from vmspec.sandbox.http import Answer, Request
from vmspec.sandbox.routes import Endpoint

_HANDLERS = {**builds.HANDLERS, **machines.HANDLERS, **hardware.HANDLERS, **catalogue.HANDLERS}


def carry_out(store: BuildStore, endpoint: Endpoint, request: Request, delay_s: float) -> Answer:
    """Return the endpoint's answer; a create takes effect after ``delay_s`` of the sandbox's clock."""
    if endpoint is Endpoint.CREATE:
        return Answer.of(201, builds.create(store, request, delay_s))
    return Answer.of(200, _HANDLERS[endpoint](store, request))
