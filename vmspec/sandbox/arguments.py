"""Reading the arguments of a request from its body and query; RefusalError for wrong ones."""

from __future__ import annotations

import json
from collections.abc import Mapping

from attrs import field, frozen

from vmspec.documents import loads
from vmspec.errors import DocumentError
from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.builds import Annotation
from vmspec.sandbox.http import Request
from vmspec.sandbox.refusals import RefusalError


@frozen(kw_only=True)
class Create:
    """The arguments of a create."""

    organization: Mapping[str, str]
    """``id`` or ``sub_domain``."""
    xml: str = field(repr=False)
    annotations: tuple[Annotation, ...]


def create(request: Request) -> Create:
    """Return the arguments of a create."""
    try:
        body: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise RefusalError("invalid_json_body") from None
    if not isinstance(body, dict):
        raise RefusalError("invalid_json_body")
    xml = _required(body, "xml")
    if not isinstance(xml, str):
        raise RefusalError("invalid_argument", {"argument": "xml"})
    annotations: object = [] if body.get("annotations") is None else body["annotations"]
    if not isinstance(annotations, list):
        raise RefusalError("invalid_argument", {"argument": "annotations"})
    return Create(
        organization=_strings(_required(body, "organization"), "organization"),
        xml=xml,
        annotations=tuple(_annotation(item) for item in annotations),
    )


def parse_spec(xml: str) -> VirtualMachineSpec:
    """Return the spec of a create; RefusalError, in the API's words, for an invalid one.

    Inferred: Katapult refuses everything that vmspec's grammar refuses. Known only of malformed XML.
    """
    try:
        return loads(xml, "xml")
    except DocumentError as error:
        errors = "\n".join(
            f"{item.line or 1}:{item.column or 1}: {item.severity.upper()}: {item.message}"
            for item in error.findings
        )
        raise RefusalError("invalid_spec_xml", {"errors": errors}) from None


def organization(request: Request) -> Mapping[str, str]:
    """Return ``id`` and ``sub_domain`` of the organization in the query."""
    return {
        key: value
        for key in ("id", "sub_domain")
        if (value := request.parameter(f"organization[{key}]")) is not None
    }


def annotation_filters(request: Request) -> list[tuple[str, str | None]]:
    """Return the annotation keys that a list is filtered by, each with its value, or None for any.

    ``annotations[][key]`` and ``annotations[][value]`` are grouped in the order sent, as Rack groups
    them (inferred): a name that the current group already has begins the next group.
    """
    groups: list[dict[str, str]] = []
    for name, value in request.query:
        part = {"annotations[][key]": "key", "annotations[][value]": "value"}.get(name)
        if part is None:
            continue
        if not groups or part in groups[-1]:
            groups.append({})
        groups[-1][part] = value
    return [(group["key"], group.get("value")) for group in groups if "key" in group]


def positive_number(request: Request, name: str, default: int) -> int:
    """Return an integer of at least 1 from the query; the default if it is not a number."""
    text = request.parameter(name) or ""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _required(body: Mapping[str, object], name: str) -> object:
    if body.get(name) is None:
        raise RefusalError("missing_required_argument", {"argument": name})
    return body[name]


def _strings(value: object, argument: str) -> dict[str, str]:
    """Return an object with string values; null counts as absent."""
    if not isinstance(value, dict):
        raise RefusalError("invalid_argument", {"argument": argument})
    present = {str(key): item for key, item in value.items() if item is not None}
    strings = {key: item for key, item in present.items() if isinstance(item, str)}
    if len(strings) < len(present):
        raise RefusalError("invalid_argument", {"argument": argument})
    return strings


def _annotation(value: object) -> Annotation:
    strings = _strings(value, "annotations")
    if "key" not in strings:
        raise RefusalError("missing_required_argument", {"argument": "annotations.key"})
    return Annotation(key=strings["key"], value=strings.get("value", ""))
