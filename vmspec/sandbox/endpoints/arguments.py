"""Reading the arguments of a request from its body and query; RefusalError for wrong ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from vmspec.documents import loads
from vmspec.errors import DocumentError
from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.builds import Annotation
from vmspec.sandbox.catalogue import Catalogue
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
    body = json_body(request)
    xml = _required(body, "xml")
    if not isinstance(xml, str):
        raise RefusalError("invalid_argument", {"argument": "xml"})
    return Create(
        annotations=body_annotations(body),
        organization=organization(request) or _strings(_required(body, "organization"), "organization"),
        xml=xml,
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


def json_body(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body."""
    try:
        body: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise RefusalError("invalid_json_body") from None
    if not isinstance(body, dict):
        raise RefusalError("invalid_json_body")
    return body


def body_annotations(body: Mapping[str, object]) -> tuple[Annotation, ...]:
    """Return the annotations in a body."""
    given: object = [] if body.get("annotations") is None else body["annotations"]
    if not isinstance(given, list):
        raise RefusalError("invalid_argument", {"argument": "annotations"})
    return tuple(_annotation(item) for item in given)


def lookup(request: Request, name: str, keys: Sequence[str]) -> Mapping[str, str]:
    """Return the lookup of a resource in the path or the query, or else in the body."""
    found = {key: value for key in keys if (value := request.parameter(f"{name}[{key}]")) is not None}
    if found or not request.body:
        return found
    body = json_body(request)
    return _strings(body[name], name) if name in body else {}


def organization(request: Request) -> Mapping[str, str]:
    """Return ``id`` and ``sub_domain`` of the organization in path and query."""
    return {
        key: value
        for key in ("id", "sub_domain")
        if (value := request.parameter(f"organization[{key}]")) is not None
    }


def check_organization(lookup: Mapping[str, str], catalogue: Catalogue) -> None:
    """Raise RefusalError unless a lookup is for the sandbox's organization."""
    ours = {"id": catalogue.organization_id, "sub_domain": catalogue.sub_domain}
    if not lookup or any(ours.get(key) != value for key, value in lookup.items()):
        raise RefusalError("organization_not_found")


def annotation_filters(request: Request) -> list[tuple[str, str | None]]:
    """Return the annotation keys that a list is filtered by, each with its value, or None for any.

    ``annotations[][key]`` and ``annotations[][value]`` are grouped in the order sent, as Rack groups
    them: a name that the current group already has begins the next group. If all keys are sent before
    all values, or after, they are paired in order: the vendor's Go client sorts its query. (Both inferred.)
    """
    names = {"annotations[][key]": "key", "annotations[][value]": "value"}
    sent = [(names[name], value) for name, value in request.query if name in names]
    keys, values = ([value for part, value in sent if part == wanted] for wanted in ("key", "value"))
    parts = [part for part, _ in sent]
    if len(keys) == len(values) and parts in (sorted(parts), sorted(parts, reverse=True)):
        return list(zip(keys, values, strict=True))
    groups: list[dict[str, str]] = []
    for part, value in sent:
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
