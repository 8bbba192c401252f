"""The control endpoint: a running sandbox is told over HTTP what goes wrong, and asked what it saw.

It lies beside the API, at ``/sandbox``, takes the sandbox's token, meets no fault itself (but for a
connection that is turned away), and counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from attrs import NOTHING, fields

from vmspec.sandbox.faults import Fault
from vmspec.sandbox.faults.queue import QueuedFault
from vmspec.sandbox.http import JSON, Answer, Request
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint

if TYPE_CHECKING:
    from vmspec.sandbox.sandbox import Sandbox

CONTROL_PATH = "/sandbox"
"""What every path of the control endpoint begins with."""

_KINDS: dict[str, type[Fault]] = {kind.__name__: kind for kind in get_args(Fault)}
_ENDPOINTS = {endpoint.name.lower(): endpoint for endpoint in Endpoint}
_OF_ORDER = ("at", "times", "after")


def is_meant(path: str) -> bool:
    """Whether a path is the control endpoint's."""
    return path == CONTROL_PATH or path.startswith(f"{CONTROL_PATH}/")


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Does what a request to the control endpoint asks for."""
    try:
        sandbox.check_token(request)
        return _answer(sandbox, request)
    except RefusalError as refusal:
        return refusal.answer()
    except ValueError as error:
        description = str(error)
        return Answer.of(422, {"error": {"code": "invalid_order", "description": description, "detail": {}}})


def _answer(sandbox: Sandbox, request: Request) -> Answer:
    match request.method, request.path.removeprefix(CONTROL_PATH):
        case ["GET", "/faults"]:
            return Answer.of(200, {"faults": [_shown(order) for order in sandbox.orders]})
        case ["POST", "/faults"]:
            return Answer.of(201, {"faults": _ordered(sandbox, request.body)})
        case ["DELETE", "/faults"]:
            return Answer.of(200, {"withdrawn": sandbox.withdraw(_order_named(sandbox, request))})
        case ["GET", "/requests"]:
            return Answer.of(200, {"requests": _requests(sandbox)})
        case ["GET", "/builds"]:
            return Answer.of(200, {"builds": _builds(sandbox)})
    raise RefusalError("route_not_found")


def _ordered(sandbox: Sandbox, body: bytes) -> JSON:
    """Takes one order, or a list of them, of which either all are taken or none."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusalError("invalid_json_body") from None
    wanted = [_wanted(item) for item in (content if isinstance(content, list) else [content])]
    return [
        _shown(sandbox.order(order.fault, at=order.at, times=order.times, after=order.after))
        for order in wanted
    ]


def _wanted(item: object) -> QueuedFault:
    """An order as JSON says it: the fault's name and fields beside those of the order itself."""
    if not isinstance(item, dict):
        raise ValueError("an order is an object")
    kind = _KINDS.get(str(item.get("fault")))
    if kind is None:
        raise ValueError(f"fault is one of {', '.join(_KINDS)}")
    known = {attribute.name for attribute in fields(kind)}
    unknown = sorted(item.keys() - known - {"fault", *_OF_ORDER})
    if unknown:
        all_known = ", ".join(attribute.name for attribute in fields(kind)) or "no fields of its own"
        raise ValueError(
            f"{kind.__name__} has no {unknown[0]}; it has {all_known}, and every order {', '.join(_OF_ORDER)}"
        )
    missing = [
        attribute.name
        for attribute in fields(kind)
        if attribute.default is NOTHING and attribute.name not in item
    ]
    if missing:
        raise ValueError(f"{kind.__name__} needs {' and '.join(missing)}")
    given: dict[str, Any] = {name: item[name] for name in _OF_ORDER if name in item}
    if given.get("at") is not None:
        if str(given["at"]) not in _ENDPOINTS:
            raise ValueError(f"at is one of {', '.join(_ENDPOINTS)}")
        given["at"] = _ENDPOINTS[given["at"]]
    fault = kind(**{name: _frozen(value) for name, value in item.items() if name in known})
    return QueuedFault(id=0, fault=fault, **given)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _order_named(sandbox: Sandbox, request: Request) -> QueuedFault | None:
    """The order that a query names by its id; None where it names none."""
    wanted = request.parameter("id")
    if wanted is None:
        return None
    for order in sandbox.orders:
        if str(order.id) == wanted:
            return order
    raise ValueError("id names no order that is still open")


def _shown(order: QueuedFault) -> JSON:
    fault = order.fault
    told: Mapping[str, Any] = {item.name: getattr(fault, item.name) for item in fields(type(fault))}
    return {
        "id": order.id,
        "fault": type(fault).__name__,
        **told,
        "at": order.at and order.at.name.lower(),
        "times": order.times,
        "after": order.after,
    }


def _requests(sandbox: Sandbox) -> JSON:
    return [
        {"at": endpoint and endpoint.name.lower(), "status": status, "count": count}
        for (endpoint, status), count in sandbox.seen.items()
    ]


def _builds(sandbox: Sandbox) -> JSON:
    return [
        {
            "id": build.id,
            "task_id": build.task_id,
            "virtual_machine_id": build.machine_id,
            "hostname": build.hostname,
            "annotations": [{"key": item.key, "value": item.value} for item in build.annotations],
        }
        for build in sandbox.builds
    ]
