"""Access to the sandbox: token, size of the body, and rate limit."""

from __future__ import annotations

import os
import re
import secrets

from attrs import define, field

from vmspec.errors import ConfigurationError
from vmspec.sandbox.http import Request
from vmspec.sandbox.refusals import RefusalError

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Largest body of a request."""

TOKEN_VARIABLE = "VMSPEC_SANDBOX_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with a fixed token for all sandboxes."""

_MINUTE_S = 60


def new_token() -> str:
    """Return the token of the environment, or a random one; ConfigurationError for an unusable one."""
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(24)
    if not _is_usable(token):
        raise ConfigurationError(f"{TOKEN_VARIABLE} must be printable ASCII without spaces")
    return token


def validate_token(instance: object, attribute: object, value: str) -> None:
    """Raise ValueError for a token that a header cannot hold."""
    if not _is_usable(value):
        raise ValueError("token must be printable ASCII without spaces")


def _is_usable(token: str) -> bool:
    return re.fullmatch(r"[\x21-\x7e]+", token) is not None


def check_head(head: Request, token: str, body_bytes: int) -> None:
    """Raise RefusalError for a request without the token, or with a body that is too large."""
    scheme, _, sent = (head.header("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not sent.strip():
        raise RefusalError("missing_api_token")
    if not secrets.compare_digest(sent.strip().encode(), token.encode()):
        raise RefusalError("invalid_api_token")
    if body_bytes > MAX_BODY_BYTES:
        raise RefusalError("request_too_large")


@define
class RateWindow:
    """The number of requests in the current minute.

    Minutes begin with the sandbox; those of the API were recorded to begin with the clock's.
    """

    started_at: float
    _minute: int = field(init=False, default=0)
    _count: int = field(init=False, default=0)

    def count(self, now: float, requests: int = 1) -> int:
        """Count requests; return how many there are in this minute."""
        minute = int((now - self.started_at) // _MINUTE_S)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += requests
        return self._count

    def use_up(self, limit: int) -> int:
        """Make the last request counted one too many; return how many there are in this minute."""
        self._count = max(self._count, limit + 1)
        return self._count
