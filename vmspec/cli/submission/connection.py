"""The API that a command talks to: Katapult's, by options and environment, or the sandbox."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, frozen

from vmspec.cli import options
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult

SANDBOX_RATE_LIMIT = 20_000
"""Requests a minute: Katapult's 1,000 at the sandbox's twentyfold speed."""


def connection_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options for API and journal to a command, which gets them as ``connection``."""

    @wraps(command)
    def with_connection(
        *arguments: Any,
        organization: str | None,
        api_url: str | None,
        ca_bundle: str | None,
        journal: str | None,
        **given: Any,
    ) -> int:
        connection = ConnectionOptions(
            organization=organization, api_url=api_url, ca_bundle=ca_bundle, journal=journal
        )
        return command(*arguments, connection=connection, **given)

    return options.api(with_connection)


@frozen(kw_only=True)
class ConnectionOptions:
    """Options that say which API and journal are meant; None leaves it to the environment."""

    organization: str | None = None
    api_url: str | None = None
    ca_bundle: str | None = None
    journal: str | None = None
    is_sandbox: bool = False

    def to_sandbox(self) -> ConnectionOptions:
        """Return the options for a sandbox; UsageError if a real API or journal was asked for."""
        if self.organization or self.api_url or self.ca_bundle or self.journal:
            raise click.UsageError(
                "--sandbox takes no --organization, --api-url, --ca-bundle or --journal; it has its own."
            )
        return evolve(self, is_sandbox=True)

    @contextmanager
    def client(self, say: Callable[[str], object]) -> Iterator[Katapult]:
        """Open a client; raises VmspecError for missing settings. ``say`` is called with lines for people."""
        with self._sandbox_client(say) if self.is_sandbox else self._real_client(say) as katapult:
            yield katapult

    def command(self, *arguments: str) -> str:
        """Return a shell command for the same API and journal."""
        return _shell_command(
            *arguments,
            options={
                "--journal": self.journal,
                "--organization": self.organization,
                "--api-url": self.api_url,
                "--ca-bundle": self.ca_bundle,
            },
        )

    def journal_command(self, *arguments: str) -> str:
        """Return a shell command for the same journal, which needs no API."""
        return _shell_command(*arguments, options={"--journal": self.journal})

    def _real_client(self, say: Callable[[str], object]) -> Katapult:
        from vmspec.katapult import Katapult

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            katapult = Katapult.from_environment(
                organization=self.organization,
                api_url=self.api_url,
                ca_bundle=self.ca_bundle,
                journal=self.journal,
            )
        for warning in caught:
            say(f"warning: {printable(str(warning.message))}")
        return katapult

    @contextmanager
    def _sandbox_client(self, say: Callable[[str], object]) -> Iterator[Katapult]:
        from vmspec.katapult import Katapult, SQLiteJournal
        from vmspec.sandbox import Sandbox, running

        with running(Sandbox(rate_limit=SANDBOX_RATE_LIMIT, strict=True)) as api:
            say(f"sandbox: {api.url} on this machine builds as Katapult would, but no real machines")
            with Katapult(
                token=api.token,
                organization=api.organization,
                api_url=api.url,
                journal=SQLiteJournal(),
            ) as katapult:
                yield katapult


def _shell_command(*arguments: str, options: dict[str, str | None]) -> str:
    given = [word for name, value in options.items() if value for word in (name, value)]
    return printable(shlex.join(["vmspec", *arguments, *given]))
