"""Requests to the sandbox and its answers, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal, TypeAlias

from attrs import field, frozen

JSON: TypeAlias = "Mapping[str, JSON] | Sequence[JSON] | str | int | float | bool | None"
"""A JSON value."""

BASE_PATH = "/core/v1"
"""Prefix of every path of the API."""

Ending: TypeAlias = Literal["reset", "end"]
"""The way a connection ends: with RST, or with FIN."""

Part: TypeAlias = Literal["status", "headers", "body", "chunk"]
"""The part of an answer that is cut off in the middle."""

Closing: TypeAlias = Literal["answered", "reused"]
"""When a connection that should stay open ends: after the answer, or with the next request."""

_Headers: TypeAlias = tuple[tuple[str, str], ...]


def _first(headers: _Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


@frozen
class Request:
    """One complete request. Headers and body may hold secrets and are left out of the repr."""

    method: str
    path: str
    """Begins with ``/core/v1``; without the query."""
    query: tuple[tuple[str, str], ...] = ()
    """Decoded, in the order sent, with repeated names."""
    headers: _Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """Return the first header of this name, ignoring case."""
        return _first(self.headers, name)

    def parameter(self, name: str) -> str | None:
        """Return the last query value of this name, as Rails would (inferred)."""
        return dict(self.query).get(name)


@frozen(kw_only=True)
class Delivery:
    """The way an answer travels: complete and at once by default; at most one field differs."""

    wait_s: float = 0.0
    """Seconds before the first byte."""
    byte_s: float = 0.0
    """Seconds between two bytes."""
    dropped: Ending | None = None
    """The way the connection ends before the first byte."""
    cut: Part | None = None
    """The part in which the connection ends."""
    is_endless: bool = False
    """True for a body that never ends."""
    closes: Closing | None = None
    """When the connection ends after a complete answer."""


@frozen
class Answer:
    """One answer. Its body may hold secrets and is left out of the repr."""

    status: int
    headers: _Headers = ()
    body: bytes = field(default=b"", repr=False)
    delivery: Delivery = Delivery()

    @classmethod
    def of(cls, status: int, content: JSON) -> Answer:
        """Return an answer in JSON."""
        text = json.dumps(content, separators=(",", ":"))
        return cls(status, (("Content-Type", "application/json"),), text.encode())

    def header(self, name: str) -> str | None:
        """Return the first header of this name, ignoring case."""
        return _first(self.headers, name)

    @property
    def arrives(self) -> bool:
        """True unless a part of the answer never arrives."""
        way = self.delivery
        return way.dropped is None and way.cut is None and not way.is_endless

    @property
    def arrives_in_s(self) -> float:
        """Seconds until the client has received everything; infinite if the body never ends."""
        way = self.delivery
        if way.is_endless:
            return float("inf")
        return way.wait_s + (way.byte_s * len(self.sent()) if way.byte_s else 0.0)

    def sent(self) -> bytes:
        """Return the bytes on the wire, up to the cut; an endless body continues after them."""
        match self.delivery:
            case Delivery(dropped="reset" | "end"):
                return b""
            case Delivery(cut="status"):
                return self._head()[:10]
            case Delivery(cut="headers"):
                return self._head()[: len(self._head()) * 2 // 3]
            case Delivery(cut="chunk"):
                head = self._head(("Transfer-Encoding", "chunked"))
                return head + b"%x\r\n" % len(self.body) + self.body[: len(self.body) // 2]
            case Delivery(is_endless=True):
                return self._head(("Connection", "close")) + self.body
            case Delivery(cut=cut):
                head = self._head(("Content-Length", str(len(self.body))))
                return head + self.body[: len(self.body) // 2 if cut else None]

    def _head(self, *more: tuple[str, str]) -> bytes:
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{k}: {v}" for k, v in (*self.headers, *more))]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")
