"""The endpoints of the sandbox: method, path and scopes."""

from __future__ import annotations

import re
from enum import Enum

from attrs import Factory, field, frozen

from vmspec.sandbox.http import BASE_PATH

_ID = re.compile(r"[a-z]+_[A-Za-z0-9]+")


@frozen
class Route:
    """Method and path of an endpoint. A segment in braces is sent as its name, as ``_``, or as an id."""

    method: str
    path: str
    scopes: tuple[str, ...] = ()
    """Scopes of which the token needs one; none for a token of any scope."""
    _segments: list[str] = field(
        init=False, repr=False, eq=False, default=Factory(lambda self: self.path.split("/"), takes_self=True)
    )

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the ids in a path, by parameter; None for a request to another endpoint."""
        segments = path.removeprefix(BASE_PATH).split("/")
        if method != self.method or len(segments) != len(self._segments):
            return None
        ids: dict[str, str] = {}
        for ours, theirs in zip(self._segments, segments, strict=True):
            name = ours.strip("{}")
            if theirs == name or (name != ours and theirs == "_"):
                continue
            if name == ours or not _ID.fullmatch(theirs):
                return None
            ids[f"{name}[id]"] = theirs
        return ids


_ORGANIZATION = "/organizations/{organization}"
_MACHINE = "/virtual_machines/{virtual_machine}"
_READ = ("virtual_machines", "virtual_machines:read")
_WRITE = ("virtual_machines",)
_POWER = ("virtual_machines", "virtual_machines:power_actions")


class Endpoint(Enum):
    """An endpoint of the API."""

    CREATE = Route("POST", f"{_ORGANIZATION}/virtual_machines/build_from_spec", _WRITE)
    BUILD = Route("GET", "/virtual_machines/builds/{virtual_machine_build}", _READ)
    TASK = Route("GET", "/tasks/{task}", ("tasks", "tasks:read"))
    MACHINE = Route("GET", _MACHINE, _READ)
    MACHINES = Route("GET", f"{_ORGANIZATION}/virtual_machines", _READ)
    TEMPLATE = Route(
        "GET",
        "/disk_template_versions/{disk_template_version}/spec",
        ("disk_templates", "disk_templates:read"),
    )
    START = Route("POST", f"{_MACHINE}/start", _POWER)
    STOP = Route("POST", f"{_MACHINE}/stop", _POWER)
    SHUTDOWN = Route("POST", f"{_MACHINE}/shutdown", _POWER)
    CHANGE = Route("PATCH", _MACHINE, _WRITE)
    DELETE = Route("DELETE", _MACHINE, _WRITE)
    TRASH = Route("GET", f"{_ORGANIZATION}/trash_objects", ("trash_objects:read",))
    TRASH_OBJECT = Route("GET", "/trash_objects/{trash_object}", ("trash_objects:read",))
    PURGE = Route("DELETE", "/trash_objects/{trash_object}", ("trash_objects:purge",))
    RESTORE = Route("POST", "/trash_objects/{trash_object}/restore", ("trash_objects:restore",))


ALL_SCOPES = tuple(sorted({scope for endpoint in Endpoint for scope in endpoint.value.scopes}))


def find_endpoint(method: str, path: str) -> tuple[Endpoint | None, dict[str, str]]:
    """Return the endpoint of a request, None for an unknown path, and the ids in its path."""
    if not path.startswith(f"{BASE_PATH}/"):
        return None, {}
    for endpoint in Endpoint:
        ids = endpoint.value.match(method, path)
        if ids is not None:
            return endpoint, ids
    return None, {}
