"""The control endpoint: ordering faults, and counting requests, over HTTP.

It lies beside the API at ``/sandbox``, takes the sandbox's token, is not counted, and meets no fault itself,
except that its connection may be reset.
"""

from __future__ import annotations

import json
from typing import Any, get_args

from attrs import NOTHING, fields

from vmspec.sandbox.access import check_head
from vmspec.sandbox.faults import Fault
from vmspec.sandbox.faults.queue import QueuedFault
from vmspec.sandbox.http import JSON, Answer, Request
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint
from vmspec.sandbox.sandbox import Sandbox

CONTROL_PATH = "/sandbox"
"""Prefix of every path of the control endpoint."""

_KINDS: dict[str, type[Fault]] = {kind.__name__: kind for kind in get_args(Fault)}
_ENDPOINTS = {endpoint.name.lower(): endpoint for endpoint in Endpoint}
_COMMON_FIELDS = ("at", "times", "after")


def is_control_path(path: str) -> bool:
    """Return whether a path belongs to the control endpoint."""
    return path == CONTROL_PATH or path.startswith(f"{CONTROL_PATH}/")


def refuse_head(sandbox: Sandbox, head: Request, body_bytes: int) -> Answer | None:
    """Return the answer to a request whose body must not be read; None if it may."""
    try:
        check_head(head, sandbox.token, body_bytes)
    except RefusalError as refusal:
        return refusal.answer()
    return None


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Answer a request to the control endpoint that was not refused."""
    try:
        return _answer(sandbox, request)
    except RefusalError as refusal:
        return refusal.answer()
    except ValueError as error:
        description = str(error)
        return Answer.of(422, {"error": {"code": "invalid_order", "description": description, "detail": {}}})


def _answer(sandbox: Sandbox, request: Request) -> Answer:
    match request.method, request.path.removeprefix(CONTROL_PATH):
        case ["GET", "/faults"]:
            return Answer.of(200, {"faults": [_order_json(order) for order in sandbox.orders]})
        case ["POST", "/faults"]:
            return Answer.of(201, {"faults": _order(sandbox, request.body)})
        case ["DELETE", "/faults"]:
            return Answer.of(200, {"withdrawn": sandbox.withdraw(_find_order(sandbox, request))})
        case ["GET", "/requests"]:
            return Answer.of(200, {"requests": _requests_json(sandbox)})
        case ["GET", "/builds"]:
            return Answer.of(200, {"builds": _builds_json(sandbox)})
    raise RefusalError("route_not_found")


def _order(sandbox: Sandbox, body: bytes) -> JSON:
    """Order one fault, or all faults of a list, or none of them if one is invalid."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusalError("invalid_json_body") from None
    orders = [_read_order(item) for item in (content if isinstance(content, list) else [content])]
    return [
        _order_json(sandbox.order(order.fault, at=order.at, times=order.times, after=order.after))
        for order in orders
    ]


def _read_order(item: object) -> QueuedFault:
    """Return the order that an object describes: the fault's name and fields, and those of any order."""
    if not isinstance(item, dict):
        raise ValueError("an order must be an object")
    kind = _KINDS.get(str(item.get("fault")))
    if kind is None:
        raise ValueError(f"fault must be one of {', '.join(_KINDS)}")
    given: dict[str, Any] = {name: item[name] for name in _COMMON_FIELDS if name in item}
    if given.get("at") is not None:
        if str(given["at"]) not in _ENDPOINTS:
            raise ValueError(f"at must be one of {', '.join(_ENDPOINTS)}")
        given["at"] = _ENDPOINTS[given["at"]]
    own = {name: value for name, value in item.items() if name not in ("fault", *_COMMON_FIELDS)}
    return QueuedFault(id=0, fault=_read_fault(kind, own), **given)


def _read_fault(kind: type[Fault], given: dict[str, Any]) -> Fault:
    names = [attribute.name for attribute in fields(kind)]
    unknown = sorted(given.keys() - set(names))
    if unknown:
        raise ValueError(
            f"{kind.__name__} has no field {unknown[0]}; its fields are "
            f"{', '.join((*names, *_COMMON_FIELDS))}"
        )
    missing = [item.name for item in fields(kind) if item.default is NOTHING and item.name not in given]
    if missing:
        raise ValueError(f"{kind.__name__} needs {' and '.join(missing)}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return kind(**values)


def _find_order(sandbox: Sandbox, request: Request) -> QueuedFault | None:
    """Return the order with the id in the query; None without one."""
    wanted = request.parameter("id")
    if wanted is None:
        return None
    for order in sandbox.orders:
        if str(order.id) == wanted:
            return order
    raise ValueError("id does not match an open order")


def _order_json(order: QueuedFault) -> JSON:
    fault = order.fault
    own: dict[str, JSON] = {item.name: getattr(fault, item.name) for item in fields(type(fault))}
    return {
        "id": order.id,
        "fault": type(fault).__name__,
        **own,
        "at": order.at and order.at.name.lower(),
        "times": order.times,
        "after": order.after,
    }


def _requests_json(sandbox: Sandbox) -> JSON:
    return [
        {"at": endpoint and endpoint.name.lower(), "status": status, "count": count}
        for (endpoint, status), count in sandbox.seen.items()
    ]


def _builds_json(sandbox: Sandbox) -> JSON:
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
