"""One answer of the API, and reading it without trust: what is not as documented is said to be so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from attrs import field, frozen

from vmspec import errors
from vmspec.katapult.patterns import is_word
from vmspec.katapult.redaction import Secrets, redact
from vmspec.text import printable

Data: TypeAlias = Mapping[str, object]

MAX_WORDS = 2_000
"""Characters of the API's own words that go into an exception."""

REFUSALS: Mapping[str, type[errors.RefusedError]] = {
    "invalid_spec_xml": errors.InvalidSpecXMLError,
    "missing_api_token": errors.MissingApiTokenError,
    "invalid_api_token": errors.InvalidApiTokenError,
    "scope_not_granted": errors.ScopeNotGrantedError,
    "permission_denied": errors.PermissionDeniedError,
    "organization_suspended": errors.OrganizationSuspendedError,
    "organization_not_activated": errors.OrganizationNotActivatedError,
    "unauthorized_network_for_api_token": errors.UnauthorizedNetworkError,
    "organization_not_found": errors.OrganizationNotFoundError,
    "validation_error": errors.ValidationRefusedError,
}


class UnexpectedShapeError(ValueError):
    """An answer that is not what its endpoint is documented to give; never leaves the package."""


@frozen
class Problem:
    """The API's words about what is wrong, safe for a terminal; a foreign answer has no code and no words."""

    code: str | None = None
    words: str = ""


@frozen
class Answer:
    """One whole answer; header names are lower case, the body is as it came."""

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    secrets: Secrets = field(default=(), repr=False)
    """Texts that are redacted in the API's words."""

    @property
    def request_id(self) -> str | None:
        """Return an id, or None for anything else: it is kept and shown, and may come from any server."""
        given = self.headers.get("x-request-id", "")
        return redact(given, self.secrets) if is_word(given, 128) else None

    def data(self) -> Data:
        """The JSON object in the body."""
        if self.headers.get("content-encoding", "identity") != "identity":
            raise UnexpectedShapeError("compressed, which was not asked for")
        try:
            return an_object(json.loads(self.body.decode()))
        except (ValueError, RecursionError):
            raise UnexpectedShapeError("not a JSON object") from None

    def problem(self) -> Problem:
        """``{"error": {code, description, detail}}``; ``detail.errors`` is one string, or a list of them."""
        try:
            error = part(self.data(), "error")
            code = text(error, "code")
        except UnexpectedShapeError:
            return Problem()
        detail = error.get("detail")
        reasons = detail.get("errors") if isinstance(detail, dict) else None
        lines = reasons.splitlines() if isinstance(reasons, str) else reasons
        said = [error.get("description"), *(lines if isinstance(lines, list) else [])]
        sentences = [line.strip() for line in said if isinstance(line, str) and line.strip()]
        words = "; ".join([*(sentence.removesuffix(".") for sentence in sentences[:-1]), *sentences[-1:]])
        return Problem(*(printable(redact(said, self.secrets)) for said in (code[:100], words[:MAX_WORDS])))


def an_object(value: object) -> Data:
    """``value``, which has to be a JSON object."""
    if not isinstance(value, dict):
        raise UnexpectedShapeError("not an object")
    return value


def part(data: Data, name: str) -> Data:
    """The object of this name."""
    return an_object(data.get(name))


def text(data: Data, name: str) -> str:
    """The text of this name, which is not empty."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise UnexpectedShapeError(f"{name} is not a text")
    return _storable(value)


def text_or_none(data: Data, name: str) -> str | None:
    """Return the text of a name; None for any other value."""
    value = data.get(name)
    return _storable(value) if isinstance(value, str) else None


def number_or_none(data: Data, name: str) -> int | None:
    """The whole number of this name; what is none counts as absent."""
    value = data.get(name)
    return value if type(value) is int else None


def _storable(value: str) -> str:
    """Return text that can be encoded: an unpaired surrogate, which JSON can hold, is escaped."""
    return value.encode("utf-8", "backslashreplace").decode()


def objects(data: Data, name: str) -> list[Data]:
    """Return the objects in a list, without anything else; none if the value is not a list."""
    rows = data.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def identifier(data: Data) -> str:
    """An id is put into addresses and shown, so it is printable ASCII."""
    value = text(data, "id")
    if not is_word(value, 100):
        raise UnexpectedShapeError("id is not an id")
    return value
