"""The API that a command talks to: Katapult's, by options and environment, or the sandbox."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from vmspec.cli.output.console import echo_err
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult

Sleep = Callable[[float], object]

SANDBOX_RATE_LIMIT = 20_000
"""A minute: what Katapult's 1,000 are at the twentyfold speed at which the sandbox builds."""


@frozen(kw_only=True)
class ConnectionOptions:
    """What was said on the command line about where to submit; None is what the environment says."""

    organization: str | None
    api_url: str | None
    ca_bundle: str | None
    journal: str | None
    is_sandbox: bool = False

    @contextmanager
    def client(self, sleep: Sleep) -> Iterator[Katapult]:
        """A client; raises VmspecError for what is missing."""
        with self._sandbox_client(sleep) if self.is_sandbox else self._real_client(sleep) as katapult:
            yield katapult

    def command(self, *arguments: str, journal_only: bool = False) -> str:
        """A line for a shell: another command for the same API and journal, or for the journal alone."""
        given = {"--journal": self.journal}
        if not journal_only:
            given |= {
                "--organization": self.organization,
                "--api-url": self.api_url,
                "--ca-bundle": self.ca_bundle,
            }
        options = [word for name, value in given.items() if value for word in (name, value)]
        return printable(shlex.join(["vmspec", *arguments, *options]))

    def _real_client(self, sleep: Sleep) -> Katapult:
        from vmspec.katapult import Katapult, SQLiteJournal
        from vmspec.katapult.auth import from_environment

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            token, organization, api_url = from_environment(self.organization, self.api_url)
        for warning in caught:
            echo_err(f"warning: {printable(str(warning.message))}")
        return Katapult(
            token=token,
            organization=organization,
            api_url=api_url,
            ca_bundle=self.ca_bundle,
            journal=SQLiteJournal(journal_path(self.journal)),
            sleep=sleep,
        )

    @contextmanager
    def _sandbox_client(self, sleep: Sleep) -> Iterator[Katapult]:
        from vmspec.katapult import Katapult, SQLiteJournal
        from vmspec.sandbox import Sandbox, running

        with running(Sandbox(rate_limit=SANDBOX_RATE_LIMIT)) as api:
            echo_err(
                f"sandbox: {api.url} on this machine builds what Katapult would; no real machine is made"
            )
            with Katapult(
                token=api.token,
                organization=api.organization,
                api_url=api.url,
                journal=SQLiteJournal(),
                sleep=sleep,
            ) as katapult:
                yield katapult


def journal_path(given: str | None) -> Path:
    """The file of the journal: the one given, or as the environment says."""
    from vmspec.katapult.journal.location import default_path

    return default_path() if given is None else Path(given)
