"""The errors of the API: code, status, description and detail."""

from __future__ import annotations

from attrs import frozen

from vmspec.sandbox.http import JSON, Answer


@frozen
class _Kind:
    status: int
    description: str
    detail: JSON


_NO_DETAIL: dict[str, JSON] = {}

_KINDS = {
    "missing_api_token": _Kind(400, "The request has no bearer token.", _NO_DETAIL),
    "invalid_spec_xml": _Kind(
        400, "The XML is not a valid spec.", {"errors": "1:21: FATAL: EndTag: '</' not found"}
    ),
    "invalid_api_token": _Kind(403, "The API token does not exist or has expired.", {"details": None}),
    "scope_not_granted": _Kind(
        403, "The API token lacks the scope for this.", {"scopes": ["virtual_machines"]}
    ),
    "permission_denied": _Kind(403, "The API token may not do this.", {"details": None}),
    "organization_suspended": _Kind(403, "The organization is suspended.", _NO_DETAIL),
    "organization_not_activated": _Kind(403, "The organization is not activated yet.", _NO_DETAIL),
    "unauthorized_network_for_api_token": _Kind(
        403, "The API token may not be used from this network.", {"ip_address": "192.0.2.7"}
    ),
    "organization_not_found": _Kind(404, "No organization matches.", _NO_DETAIL),
    "build_not_found": _Kind(404, "No build matches.", _NO_DETAIL),
    "task_not_found": _Kind(404, "No task matches.", _NO_DETAIL),
    **{
        f"{name}_not_found": _Kind(404, f"No {name.replace('_', ' ')} matches.", _NO_DETAIL)
        for name in (
            *("data_center", "zone", "package", "disk_template", "network", "virtual_network", "ip_address"),
            *("tag", "virtual_machine_group", "virtual_machine_network_interface", "disk", "gpu_type"),
        )
    },
    "trash_object_not_found": _Kind(404, "No trash object matches.", _NO_DETAIL),
    "virtual_machine_not_found": _Kind(404, "No virtual machine matches.", _NO_DETAIL),
    "disk_template_version_not_found": _Kind(404, "No disk template version matches.", _NO_DETAIL),
    "object_in_trash": _Kind(
        406,
        "The object is in the trash.",
        {
            "trash_object": {
                "id": "trsh_0000000000000000",
                "keep_until": 1_577_836_800,
                "object_id": "vm_0000000000000000",
                "object_type": "VirtualMachine",
            }
        },
    ),
    "validation_error": _Kind(422, "The machine cannot be made.", {"errors": ["Hostname is invalid"]}),
    "rate_limit_reached": _Kind(429, "Too many requests within this minute.", {"total_permitted": 1000}),
    "service_unavailable": _Kind(503, "The service is not available; try again later.", _NO_DETAIL),
    # The vendor's document does not list these; they are inferred from its framework.
    "route_not_found": _Kind(404, "There is nothing at this path.", _NO_DETAIL),
    "invalid_json_body": _Kind(400, "The body is not JSON.", _NO_DETAIL),
    "missing_required_argument": _Kind(400, "An argument is missing.", _NO_DETAIL),
    "request_too_large": _Kind(413, "The body is larger than 4 MiB.", _NO_DETAIL),
    "invalid_argument": _Kind(400, "An argument has the wrong type.", _NO_DETAIL),
}

CODES = tuple(_KINDS)
"""The error codes that the sandbox can answer with."""


class RefusalError(Exception):
    """An error of the API; raised while a request is handled, and turned into its answer.

    ``detail`` replaces the usual detail of the code. ValueError for an unknown code.
    """

    def __init__(self, code: str, detail: JSON = None) -> None:
        if code not in _KINDS:
            raise ValueError(f"{code!r} is not an error code of the API; expected one of {', '.join(CODES)}")
        super().__init__(code)
        self.code = code
        self.detail = _KINDS[code].detail if detail is None else detail

    def answer(self) -> Answer:
        """Return the answer to send."""
        kind = _KINDS[self.code]
        error: JSON = {"code": self.code, "description": kind.description, "detail": self.detail}
        return Answer.of(kind.status, {"error": error})
