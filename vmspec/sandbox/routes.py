"""The endpoints of the sandbox: method, path and scopes."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from vmspec.sandbox.http import BASE_PATH


@frozen
class Route:
    """Method and path of an endpoint. A segment in braces is sent as its name or as ``_``."""

    method: str
    path: str
    scopes: tuple[str, ...]
    """Scopes of which the token needs one."""

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request of this method and path belongs to the endpoint."""
        ours, theirs = self.path.split("/"), path.removeprefix(BASE_PATH).split("/")
        return (
            method == self.method
            and path.startswith(f"{BASE_PATH}/")
            and len(ours) == len(theirs)
            and all(
                their in ("_", our.strip("{}")) if our.startswith("{") else their == our
                for our, their in zip(ours, theirs, strict=True)
            )
        )


_READ_MACHINES = ("virtual_machines", "virtual_machines:read")


class Endpoint(Enum):
    """An endpoint of the API."""

    CREATE = Route(
        "POST", "/organizations/{organization}/virtual_machines/build_from_spec", ("virtual_machines",)
    )
    BUILD = Route("GET", "/virtual_machines/builds/{virtual_machine_build}", _READ_MACHINES)
    TASK = Route("GET", "/tasks/{task}", ("tasks", "tasks:read"))
    MACHINE = Route("GET", "/virtual_machines/{virtual_machine}", _READ_MACHINES)
    MACHINES = Route("GET", "/organizations/{organization}/virtual_machines", _READ_MACHINES)
    TEMPLATE = Route(
        "GET",
        "/disk_template_versions/{disk_template_version}/spec",
        ("disk_templates", "disk_templates:read"),
    )


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """Return the endpoint of a request, or None for an unknown path."""
    return next((item for item in Endpoint if item.value.matches(method, path)), None)
