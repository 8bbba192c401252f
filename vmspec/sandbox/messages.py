"""Request and Answer: what goes into the sandbox and what comes out, without any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from attrs import field, frozen

JSON: TypeAlias = "Mapping[str, JSON] | Sequence[JSON] | str | int | float | bool | None"
"""What a JSON text holds; a str counts as text, not as a sequence."""

BASE_PATH = "/core/v1"
"""What every path of the API begins with."""


@frozen
class Request:
    """One request as it came in. Headers and body may hold secrets and stay out of the repr."""

    method: str
    path: str
    """With ``/core/v1`` in front and without the query."""
    query: tuple[tuple[str, str], ...] = ()
    """Decoded, in the order sent, names repeated as sent."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header of a name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def parameter(self, name: str) -> str | None:
        """The last value of a name in the query, as Katapult's framework takes it (inferred)."""
        return dict(self.query).get(name)


@frozen
class Answer:
    """One answer; its body may hold secrets and stays out of the repr."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, status: int, content: JSON) -> Answer:
        """An answer in JSON, typed as Katapult types it."""
        text = json.dumps(content, separators=(",", ":"))
        return cls(status, (("Content-Type", "application/json"),), text.encode())

    def header(self, name: str) -> str | None:
        """The first header of a name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)
