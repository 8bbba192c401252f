"""What a request asks for: its arguments, read from body and query, or a refusal."""

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
    """Reads the body of a create."""
    try:
        body: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise RefusalError("invalid_json_body") from None
    if not isinstance(body, dict):
        raise RefusalError("invalid_json_body")
    xml = _required(body, "xml")
    if not isinstance(xml, str):
        raise RefusalError("invalid_argument", {"argument": "xml"})
    given: object = [] if body.get("annotations") is None else body["annotations"]
    if not isinstance(given, list):
        raise RefusalError("invalid_argument", {"argument": "annotations"})
    return Create(
        organization=_texts(_required(body, "organization"), "organization"),
        xml=xml,
        annotations=tuple(_annotation(item) for item in given),
    )


def spec(xml: str) -> VirtualMachineSpec:
    """The spec of a create; a refusal in the API's way where the grammar is broken.

    That Katapult refuses all that vmspec's grammar refuses is inferred; of text that is no XML it is known.
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
    """The organization that a query names, by ``id`` or ``sub_domain``."""
    return {
        key: value
        for key in ("id", "sub_domain")
        if (value := request.parameter(f"organization[{key}]")) is not None
    }


def wanted_annotations(request: Request) -> list[tuple[str, str | None]]:
    """The keys that a list is filtered by, each with the value wanted, None for any.

    ``annotations[][key]`` and ``annotations[][value]`` go together in the order they are sent, as
    Rack reads them (inferred): a key seen again begins the next annotation.
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


def whole_number(request: Request, name: str, default: int) -> int:
    """A number from 1 in the query; what is none counts as absent."""
    text = request.parameter(name) or ""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _required(body: Mapping[str, object], name: str) -> object:
    if body.get(name) is None:
        raise RefusalError("missing_required_argument", {"argument": name})
    return body[name]


def _texts(value: object, argument: str) -> dict[str, str]:
    """An object of the body whose values are text; what is null counts as absent."""
    if not isinstance(value, dict):
        raise RefusalError("invalid_argument", {"argument": argument})
    given = {str(key): item for key, item in value.items() if item is not None}
    texts = {key: item for key, item in given.items() if isinstance(item, str)}
    if len(texts) < len(given):
        raise RefusalError("invalid_argument", {"argument": argument})
    return texts


def _annotation(value: object) -> Annotation:
    texts = _texts(value, "annotations")
    if "key" not in texts:
        raise RefusalError("missing_required_argument", {"argument": "annotations.key"})
    return Annotation(key=texts["key"], value=texts.get("value", ""))
