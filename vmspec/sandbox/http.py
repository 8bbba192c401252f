"""Request and Answer: what goes into the sandbox and what comes out, without any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal, TypeAlias

from attrs import field, frozen

JSON: TypeAlias = "Mapping[str, JSON] | Sequence[JSON] | str | int | float | bool | None"
"""What a JSON text holds; a str counts as text, not as a sequence."""

BASE_PATH = "/core/v1"
"""What every path of the API begins with."""

Ending: TypeAlias = Literal["reset", "end"]
"""How a connection ends: with a reset (RST), or as if all had been said (FIN)."""

Part: TypeAlias = Literal["status", "headers", "body", "chunk"]
"""The part of an answer in the middle of which it ends."""

Closing: TypeAlias = Literal["answered", "reused"]
"""When a connection ends that seemed to stay open: with the answer, or with the next request."""


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


@frozen(kw_only=True)
class Delivery:
    """How an answer travels: whole and at once, where nothing is said; at most one thing goes wrong."""

    wait_s: float = 0.0
    """Seconds before its first byte."""
    byte_s: float = 0.0
    """Seconds between two of its bytes."""
    dropped: Ending | None = None
    """The connection ends before its first byte."""
    cut: Part | None = None
    """The connection ends in the middle of it."""
    is_endless: bool = False
    """Its body goes on for ever."""
    closes: Closing | None = None
    """The connection is of no use afterwards."""


@frozen
class Answer:
    """One answer; its body may hold secrets and stays out of the repr."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    delivery: Delivery = Delivery()

    @classmethod
    def of(cls, status: int, content: JSON) -> Answer:
        """An answer in JSON, typed as Katapult types it."""
        text = json.dumps(content, separators=(",", ":"))
        return cls(status, (("Content-Type", "application/json"),), text.encode())

    def header(self, name: str) -> str | None:
        """The first header of a name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def arrives(self) -> bool:
        """Whether the client can ever have all of it, if it waits."""
        way = self.delivery
        return way.dropped is None and way.cut is None and not way.is_endless

    @property
    def arrives_in_s(self) -> float:
        """Seconds until the client has all that it ever gets; infinite where that never ends."""
        way = self.delivery
        if way.is_endless:
            return float("inf")
        return way.wait_s + (way.byte_s * len(self.sent()) if way.byte_s else 0.0)

    def sent(self) -> bytes:
        """The bytes on the wire, up to where it is cut; an endless body goes on from there."""
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
