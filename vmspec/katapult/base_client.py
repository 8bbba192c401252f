"""Settings of both clients, and what they share."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeAlias

from attrs import define, field, setters

from vmspec.katapult import auth
from vmspec.katapult.journal import Journal, SupportsSharedRate
from vmspec.katapult.journal.location import open_journal
from vmspec.katapult.records import Progress, Submission
from vmspec.katapult.submission.batch import Batch, Event, Result
from vmspec.katapult.submission.operation import Operation, Session
from vmspec.katapult.submission.request import SubmitRequest, text_of
from vmspec.katapult.submission.submit import submit
from vmspec.katapult.transport.driver import Driver
from vmspec.katapult.transport.request import Transport, tls

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec

OnProgress: TypeAlias = Callable[[Progress], object]
OnEvent: TypeAlias = Callable[[str, Event], object]


def _journal(given: Journal | str | os.PathLike[str] | None) -> Journal | None:
    return open_journal(given) if isinstance(given, str | os.PathLike) else given


@contextmanager
def listening(on_event: OnEvent | None) -> Iterator[OnEvent]:
    """Give a listener whose exceptions do not end a batch; the first is raised when the batch is over."""
    raised: list[Exception] = []

    def tell(name: str, event: Event) -> None:
        try:
            if on_event is not None:
                on_event(name, event)
        except Exception as error:  # noqa: BLE001 - raised below
            raised.append(error)

    yield tell
    if raised:
        raise raised[0]


@define(kw_only=True, eq=False, repr=False, init=False)
class BaseClient:
    """Settings of both clients.

    ``organization`` is an id (``org_...``) or a sub-domain; ``ca_bundle`` a file of certificates to trust
    instead of the usual ones; ``journal`` a file or a store for the record of submissions, by default
    ``VMSPEC_JOURNAL`` or a file in the user's state folder. ``transport``, ``clock``, ``sleep``, ``ssh_port``
    and ``chance`` are seams for tests; ``chance`` makes submission ids, so seed it nowhere else.
    """

    _token: auth.Token = field(on_setattr=setters.NO_OP)
    organization: str = field(converter=auth.organization, on_setattr=setters.frozen)
    api_url: str = field(converter=auth.address, on_setattr=setters.frozen)
    ca_bundle: str | os.PathLike[str] | None
    _given_journal: Journal | None = field(converter=_journal)
    _session: Session = field(init=False)
    _driver: Driver = field(init=False)

    def __init__(
        self,
        *,
        token: str,
        organization: str,
        api_url: str = auth.API_URL,
        ca_bundle: str | os.PathLike[str] | None = None,
        journal: Journal | str | os.PathLike[str] | None = None,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = asyncio.sleep,
        chance: random.Random | None = None,
        ssh_port: int = 22,
    ) -> None:
        secret = [token]
        del token  # the frames of an exception may be shown
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # made by attrs for subclasses
            token=auth.Token(secret.pop()),
            organization=organization,
            api_url=api_url,
            ca_bundle=ca_bundle,
            given_journal=journal,
        )
        self._token = self._token.bound_to(self.api_url)
        self._session = Session(
            self.api_url,
            self.organization,
            clock,
            chance or random.SystemRandom(),
            shares_rate=lambda: isinstance(self.journal, SupportsSharedRate),
        )
        self._driver = Driver(
            api_url=self.api_url,
            token=self._token,
            tls=lambda: self._tls,
            journal=lambda: self.journal,
            transport=transport,
            sleep=sleep,
            ssh_port=ssh_port,
        )
        auth.proxy(self.api_url)
        self._tls.check_hostname  # noqa: B018 - certificates and proxies of no use are told at once

    def __repr__(self) -> str:
        """Show where it submits to, also of a client that could not be made."""
        organization, api_url = getattr(self, "organization", None), getattr(self, "api_url", None)
        return f"{type(self).__name__}(organization={organization!r}, api_url={api_url!r})"

    @cached_property
    def journal(self) -> Journal:
        """The record of submissions."""
        return self._given_journal or open_journal()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls(self.api_url, self.ca_bundle)

    @classmethod
    def from_environment(
        cls,
        *,
        organization: str | None = None,
        api_url: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        journal: Journal | str | os.PathLike[str] | None = None,
    ) -> Self:
        """Return a client with settings from the environment, but for those that are given.

        ``KATAPULT_API_KEY`` or ``KATAPULT_API_KEY_FILE``, ``KATAPULT_ORGANIZATION``, ``KATAPULT_API_URL``,
        ``VMSPEC_JOURNAL``, and ``SSL_CERT_FILE`` for certificates of your own. Raises
        ``ConfigurationError`` for what is missing. Warns of a key file that others can read.
        """
        token, organization, api_url = auth.from_environment(organization, api_url)
        return cls(
            token=token, organization=organization, api_url=api_url, ca_bundle=ca_bundle, journal=journal
        )

    def _submission(
        self,
        spec: VirtualMachineSpec | str,
        key: str | None,
        annotations: Mapping[str, str] | None,
        timeout_s: float,
        settle_s: float,
    ) -> Operation[Submission]:
        xml, hostname = text_of(spec)
        request = SubmitRequest(
            xml=xml,
            hostname=hostname,
            key=key,
            annotations={} if annotations is None else annotations,
            timeout_s=timeout_s,
            settle_s=settle_s,
        )
        return submit(self._session, request)

    async def _run_batch(self, batch: Batch, on_event: OnEvent | None) -> tuple[Result, ...]:
        with listening(on_event) as tell:
            return tuple(await self._driver.run_many(batch, tell))
