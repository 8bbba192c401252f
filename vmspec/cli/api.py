"""The API that a command talks to: Katapult's, by options and environment, or the sandbox."""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import frozen

from vmspec.cli.streams import talk
from vmspec.terminal import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult

Sleep = Callable[[float], object]

SANDBOX_RATE_LIMIT = 20_000
"""A minute: what Katapult's 1,000 are at the twentyfold speed at which the sandbox builds."""


@frozen(kw_only=True)
class Api:
    """What was said on the command line about where to submit; None is what the environment says."""

    organization: str | None
    api_url: str | None
    ca_bundle: str | None
    is_sandbox: bool
    journal: str | None = None

    @contextmanager
    def client(self, sleep: Sleep) -> Iterator[Katapult]:
        """A client; raises VmspecError for what is missing."""
        with self._sandbox_client(sleep) if self.is_sandbox else self._real_client(sleep) as katapult:
            yield katapult

    def go_on(self, call: str) -> str:
        """A line for a shell that prints what a call of a client of the same API gives."""
        given = {"organization": self.organization, "api_url": self.api_url}
        settings = ", ".join(f"{name}={json.dumps(value)}" for name, value in given.items() if value)
        code = f"from vmspec.katapult import Katapult; print(Katapult.from_environment({settings}).{call})"
        certificates = f"SSL_CERT_FILE={shlex.quote(self.ca_bundle)} " if self.ca_bundle else ""
        return printable(f"{certificates}python -c {shlex.quote(code)}")

    def _real_client(self, sleep: Sleep) -> Katapult:
        from vmspec.katapult import Katapult
        from vmspec.katapult.access import from_environment

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            token, organization, api_url = from_environment(self.organization, self.api_url)
        for warning in caught:
            talk(f"warning: {printable(str(warning.message))}")
        return Katapult(
            token=token,
            organization=organization,
            api_url=api_url,
            ca_bundle=self.ca_bundle,
            journal=self.journal,
            sleep=sleep,
        )

    @contextmanager
    def _sandbox_client(self, sleep: Sleep) -> Iterator[Katapult]:
        from vmspec.katapult import Katapult, SQLiteJournal
        from vmspec.sandbox import Sandbox, running

        with running(Sandbox(rate_limit=SANDBOX_RATE_LIMIT)) as api:
            talk(f"sandbox: {api.url} on this machine builds what Katapult would; no real machine is made")
            with Katapult(
                token=api.token,
                organization=api.organization,
                api_url=api.url,
                journal=SQLiteJournal(),
                sleep=sleep,
            ) as katapult:
                yield katapult
