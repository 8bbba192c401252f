"""The endpoints of the API that the sandbox has: path, method, and the scopes that open each."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from vmspec.sandbox.http import BASE_PATH


@frozen
class Route:
    """Where an endpoint is found. A segment in braces is sent by its name or as ``_``."""

    method: str
    path: str
    scopes: tuple[str, ...]
    """Any one of them is enough."""

    def leads_from(self, method: str, path: str) -> bool:
        """Whether a request of this method and path ends here."""
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


class Endpoint(Enum):
    """One thing that can be asked of the API."""

    CREATE = Route(
        "POST",
        "/organizations/{organization}/virtual_machines/build_from_spec",
        ("virtual_machines",),
    )
    BUILD = Route(
        "GET",
        "/virtual_machines/builds/{virtual_machine_build}",
        ("virtual_machines", "virtual_machines:read"),
    )
    TASK = Route("GET", "/tasks/{task}", ("tasks", "tasks:read"))
    MACHINE = Route(
        "GET",
        "/virtual_machines/{virtual_machine}",
        ("virtual_machines", "virtual_machines:read"),
    )
    MACHINES = Route(
        "GET",
        "/organizations/{organization}/virtual_machines",
        ("virtual_machines", "virtual_machines:read"),
    )
    TEMPLATE = Route(
        "GET",
        "/disk_template_versions/{disk_template_version}/spec",
        ("disk_templates", "disk_templates:read"),
    )


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """The endpoint that a request goes to, if there is one."""
    return next((item for item in Endpoint if item.value.leads_from(method, path)), None)
