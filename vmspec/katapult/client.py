"""The clients: what can be asked of the API, blocking and for asyncio; both say and do the same."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

import httpx
from attrs import define, field, setters

from vmspec.katapult import auth, endpoints
from vmspec.katapult.arguments import submission_id
from vmspec.katapult.journal import Entry, Journal, find_by_key
from vmspec.katapult.journal.location import open_journal
from vmspec.katapult.records import Build, Submission, Task, VirtualMachine
from vmspec.katapult.submission import on_record
from vmspec.katapult.submission.batch import Batch, BatchOptions, Result, named
from vmspec.katapult.submission.follow import FollowBatch
from vmspec.katapult.submission.operation import Operation, Session
from vmspec.katapult.submission.reconcile import SETTLE_S
from vmspec.katapult.submission.request import CREATE_TIMEOUT_S, SubmitRequest, text_of
from vmspec.katapult.submission.submit import submit
from vmspec.katapult.submission.wait import wait
from vmspec.katapult.transport.async_driver import AsyncDriver
from vmspec.katapult.transport.driver import OnEvent, OnProgress
from vmspec.katapult.transport.driver import on_record as on_journal
from vmspec.katapult.transport.sync_driver import SyncDriver

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec


def _journal(given: Journal | str | os.PathLike[str] | None) -> Journal | None:
    return open_journal(given) if isinstance(given, str | os.PathLike) else given


def abandon(journal: Journal, submission: Submission | str) -> Entry:
    """Give up a submission without a client; as :meth:`Katapult.abandon`."""
    return on_journal(journal, on_record.giving_up(submission_id(submission)))


@define(kw_only=True, eq=False)
class _Client:
    """What both clients share.

    ``organization`` is an id (``org_...``) or a sub-domain; ``ca_bundle`` a file of certificates to trust
    instead of the usual ones; ``journal`` a file or a store for the record of submissions, by default
    ``VMSPEC_JOURNAL`` or a file in the user's state folder. ``transport``, ``clock``, ``sleep`` and
    ``chance`` are seams for tests; ``chance`` makes submission ids, so seed it nowhere else.
    """

    _token: auth.Token = field(alias="token", converter=auth.Token, on_setattr=setters.NO_OP)
    organization: str = field(converter=auth.organization, on_setattr=setters.frozen)
    api_url: str = field(default=auth.API_URL, converter=auth.address, on_setattr=setters.frozen)
    ca_bundle: str | os.PathLike[str] | None = field(default=None, repr=False)
    _given_journal: Journal | None = field(alias="journal", default=None, converter=_journal, repr=False)
    _clock: Callable[[], float] = field(alias="clock", default=time.monotonic, repr=False)
    _chance: random.Random = field(alias="chance", factory=random.SystemRandom, repr=False)
    _conversation: Session = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._token = self._token.bound_to(self.api_url)
        self._conversation = Session(self._clock, self._chance)

    @cached_property
    def journal(self) -> Journal:
        """The record of submissions."""
        return self._given_journal or open_journal()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return auth.tls(self.api_url, self.ca_bundle)

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

    def _follow(
        self, wanted: Mapping[str, Submission | str], timeout_s: float, poll_s: float | None, settle_s: float
    ) -> Batch:
        terms = BatchOptions(
            api_url=self.api_url,
            organization=self.organization,
            key=None,
            annotations={},
            timeout_s=timeout_s,
            settle_s=settle_s,
            poll_s=poll_s,
        )
        return FollowBatch.of(self._conversation, terms, wanted)

    def _submit(
        self,
        spec: VirtualMachineSpec | str,
        key: str | None,
        annotations: Mapping[str, str] | None,
        timeout_s: float,
        settle_s: float,
    ) -> Operation[Submission]:
        xml, hostname = text_of(spec)
        wish = SubmitRequest(
            api_url=self.api_url,
            organization=self.organization,
            xml=xml,
            hostname=hostname,
            key=key,
            annotations=annotations or {},
            timeout_s=timeout_s,
            settle_s=settle_s,
        )
        return submit(self._conversation, wish)

    def _reconcile(self, submission: Submission | str, settle_s: float) -> Operation[Submission]:
        wanted = submission_id(submission)
        return on_record.reconcile(self._conversation, self.api_url, self.organization, wanted, settle_s)


@define(kw_only=True, eq=False)
class Katapult(_Client):
    """The API, blocking. A context manager that closes its connections; several threads may share it."""

    _transport: httpx.BaseTransport | None = field(alias="transport", default=None, repr=False)
    _sleep: Callable[[float], object] = field(alias="sleep", default=time.sleep, repr=False)
    _driver: SyncDriver = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._driver = SyncDriver(
            api_url=self.api_url,
            token=self._token,
            tls=lambda: self._tls,
            journal=lambda: self.journal,
            transport=self._transport,
            sleep=self._sleep,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.close()
        self.journal.close()

    def submit(
        self,
        spec: VirtualMachineSpec | str,
        key: str | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        timeout_s: float = CREATE_TIMEOUT_S,
        settle_s: float = SETTLE_S,
        on_progress: OnProgress | None = None,
    ) -> Submission:
        """Have one machine made: one POST with the canonical XML, which a ``str`` is taken to be.

        It is on record in the journal before its first byte, and sent again only where the API certainly
        did nothing, within ``timeout_s`` (30 s at most). Where the answer is lost the machine is looked
        for, for ``settle_s`` seconds, and adopted: the submission then has a machine and no build.

        ``key`` makes the call repeatable: with the same key and spec a second one goes on where the
        first stands, and sends nothing where a machine may have been made.

        Raises ``RefusedError`` (its kinds say why), ``NotSentError`` (``JournalError`` and ``KeyInUseError``
        among them), ``RateLimitedError``, ``BuildFailedError`` for a key whose build failed before, or,
        where a machine may have been made and is not seen, ``OutcomeUnknownError``, which is also the
        ``__cause__`` of an interruption then; where the key has a machine already that is a ``BuildError``.
        """
        exchange = self._submit(spec, key, annotations, timeout_s, settle_s)
        return self._driver.run(exchange, on_progress)

    def submit_many(
        self,
        specs: Mapping[str, VirtualMachineSpec | str] | Iterable[VirtualMachineSpec | str],
        key: str | Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        timeout_s: float = 1200.0,
        poll_s: float | None = 5.0,
        settle_s: float = SETTLE_S,
        max_failures: int | None = None,
        max_machines: int | None = None,
        on_event: OnEvent | None = None,
    ) -> tuple[Result, ...]:
        """Have a machine made of each spec, a few creates at a time, and wait for all of them.

        All share one budget of requests, as the API allows them; where many wait each polls less often
        than ``poll_s``. What becomes of one changes nothing for the others, but after ``max_failures``
        no more are begun, and never are more creates on their way than may still fail; a build that fails,
        or is not started in time, counts only when it does. Specs may have names; each one's key is
        ``key``, a slash and its name, or its number from 1; a mapping gives keys by name. With
        ``poll_s=None`` nothing is waited for.

        Returns a result for each, in the order given; ``on_event`` is told a name and, as they come, its
        ``Progress``, its ``Submission`` once it is created, and its ``Result``. Before anything is sent it
        raises ``ClashError`` where two specs claim one hostname or IP address, and ``LimitExceededError``
        for more than ``max_machines`` specs.
        """
        terms = BatchOptions(
            api_url=self.api_url,
            organization=self.organization,
            key=key,
            annotations=annotations or {},
            timeout_s=timeout_s,
            settle_s=settle_s,
            poll_s=poll_s,
        )
        batch = Batch(
            self._conversation, terms, named(specs), max_failures=max_failures, max_machines=max_machines
        )
        return self._driver.run_many(batch, on_event)

    def reconcile(
        self,
        submission: Submission | str,
        settle_s: float = 0.0,
        on_progress: OnProgress | None = None,
    ) -> Submission:
        """Look again for the machine of a submission, by its id; once, then for ``settle_s`` seconds.

        Sends nothing that makes a machine. Raises what :meth:`submit` raises for the outcome it finds. An id
        of vmspec's that is not on record here is looked for all the same, and where there is no machine
        ``OutcomeUnknownError`` has the cause ``not_on_record``; any other text is a ``SubmissionError``.
        """
        return self._driver.run(self._reconcile(submission, settle_s), on_progress)

    def submissions(self) -> Sequence[Entry]:
        """The submissions on record, of any API and organization, the oldest first."""
        return self.journal.entries()

    def entry_for_key(self, key: str) -> Entry | None:
        """Return the entry that has a key here; None where the key is free."""
        return find_by_key(self.journal, self.api_url, self.organization, key)

    def abandon(self, submission: Submission | str) -> Entry:
        """Give up a submission whose outcome is unknown: its key is free, and no machine is looked for.

        For a person who has made sure that there is no machine. ``SubmissionError`` for one that is
        not on record, not unknown, or being sent just now.
        """
        return self._driver.run(on_record.giving_up(submission_id(submission)))

    def wait(
        self,
        submission_or_build_id: Submission | str,
        timeout_s: float = 1200.0,
        poll_s: float = 5.0,
        on_progress: OnProgress | None = None,
    ) -> VirtualMachine:
        """Return the machine once it is started; ``BuildFailedError`` or ``BuildTimeoutError`` otherwise.

        It takes a submission, or the id of a build (``vmbuild_...``). Of the id of a submission
        :meth:`reconcile` gives the submission. That a build is not visible is waited out for a minute.
        """
        exchange = wait(self._conversation, submission_or_build_id, timeout_s, poll_s)
        return self._driver.run(exchange, on_progress)

    def wait_many(
        self,
        wanted: Mapping[str, Submission | str],
        *,
        timeout_s: float = 1200.0,
        poll_s: float | None = 5.0,
        settle_s: float = 0.0,
        on_event: OnEvent | None = None,
    ) -> tuple[Result, ...]:
        """Wait for several machines at once; each is wanted by a submission, its id, or the id of a build.

        A submission whose outcome is unknown is looked for first, once and then for ``settle_s`` seconds.
        With ``poll_s=None`` that is all: nothing is waited for. Results and ``on_event`` are as for
        :meth:`submit_many`, under the names of the mapping.
        """
        batch = self._follow(wanted, timeout_s, poll_s, settle_s)
        return self._driver.run_many(batch, on_event)

    def build(self, build_id: str) -> Build:
        return self._driver.run(self._conversation.read(endpoints.build(build_id)))

    def task(self, task_id: str) -> Task:
        """``ScopeNotGrantedError`` where the token may not read tasks."""
        return self._driver.run(self._conversation.read(endpoints.task(task_id)))

    def virtual_machine(self, id_or_fqdn: str) -> VirtualMachine:
        return self._driver.run(self._conversation.read(endpoints.virtual_machine(id_or_fqdn)))

    def virtual_machines(self, annotations: Mapping[str, str] | None = None) -> tuple[VirtualMachine, ...]:
        """All machines of the organization, or those that have all of ``annotations``; all pages."""
        return self._driver.run(self._conversation.machines(self.organization, annotations or {}))


@define(kw_only=True, eq=False)
class AsyncKatapult(_Client):
    """The API for asyncio: says and does what :class:`Katapult` does."""

    _transport: httpx.AsyncBaseTransport | None = field(alias="transport", default=None, repr=False)
    _sleep: Callable[[float], Awaitable[object]] = field(alias="sleep", default=asyncio.sleep, repr=False)
    _driver: AsyncDriver = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._driver = AsyncDriver(
            api_url=self.api_url,
            token=self._token,
            tls=lambda: self._tls,
            journal=lambda: self.journal,
            transport=self._transport,
            sleep=self._sleep,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._driver.close()
        self.journal.close()

    async def submit(
        self,
        spec: VirtualMachineSpec | str,
        key: str | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        timeout_s: float = CREATE_TIMEOUT_S,
        settle_s: float = SETTLE_S,
        on_progress: OnProgress | None = None,
    ) -> Submission:
        """As :meth:`Katapult.submit`; a cancelled task is an interruption."""
        exchange = self._submit(spec, key, annotations, timeout_s, settle_s)
        return await self._driver.run(exchange, on_progress)

    async def submit_many(
        self,
        specs: Mapping[str, VirtualMachineSpec | str] | Iterable[VirtualMachineSpec | str],
        key: str | Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        timeout_s: float = 1200.0,
        poll_s: float | None = 5.0,
        settle_s: float = SETTLE_S,
        max_failures: int | None = None,
        max_machines: int | None = None,
        on_event: OnEvent | None = None,
    ) -> tuple[Result, ...]:
        """As :meth:`Katapult.submit_many`."""
        terms = BatchOptions(
            api_url=self.api_url,
            organization=self.organization,
            key=key,
            annotations=annotations or {},
            timeout_s=timeout_s,
            settle_s=settle_s,
            poll_s=poll_s,
        )
        batch = Batch(
            self._conversation, terms, named(specs), max_failures=max_failures, max_machines=max_machines
        )
        return await self._driver.run_many(batch, on_event)

    async def reconcile(
        self,
        submission: Submission | str,
        settle_s: float = 0.0,
        on_progress: OnProgress | None = None,
    ) -> Submission:
        """As :meth:`Katapult.reconcile`."""
        return await self._driver.run(self._reconcile(submission, settle_s), on_progress)

    async def submissions(self) -> Sequence[Entry]:
        """As :meth:`Katapult.submissions`."""
        return await asyncio.to_thread(self.journal.entries)

    async def entry_for_key(self, key: str) -> Entry | None:
        """As :meth:`Katapult.entry_for_key`."""
        return await asyncio.to_thread(find_by_key, self.journal, self.api_url, self.organization, key)

    async def abandon(self, submission: Submission | str) -> Entry:
        """As :meth:`Katapult.abandon`."""
        return await self._driver.run(on_record.giving_up(submission_id(submission)))

    async def wait(
        self,
        submission_or_build_id: Submission | str,
        timeout_s: float = 1200.0,
        poll_s: float = 5.0,
        on_progress: OnProgress | None = None,
    ) -> VirtualMachine:
        """As :meth:`Katapult.wait`."""
        exchange = wait(self._conversation, submission_or_build_id, timeout_s, poll_s)
        return await self._driver.run(exchange, on_progress)

    async def wait_many(
        self,
        wanted: Mapping[str, Submission | str],
        *,
        timeout_s: float = 1200.0,
        poll_s: float | None = 5.0,
        settle_s: float = 0.0,
        on_event: OnEvent | None = None,
    ) -> tuple[Result, ...]:
        """As :meth:`Katapult.wait_many`."""
        batch = self._follow(wanted, timeout_s, poll_s, settle_s)
        return await self._driver.run_many(batch, on_event)

    async def build(self, build_id: str) -> Build:
        return await self._driver.run(self._conversation.read(endpoints.build(build_id)))

    async def task(self, task_id: str) -> Task:
        """As :meth:`Katapult.task`."""
        return await self._driver.run(self._conversation.read(endpoints.task(task_id)))

    async def virtual_machine(self, id_or_fqdn: str) -> VirtualMachine:
        return await self._driver.run(self._conversation.read(endpoints.virtual_machine(id_or_fqdn)))

    async def virtual_machines(
        self, annotations: Mapping[str, str] | None = None
    ) -> tuple[VirtualMachine, ...]:
        """As :meth:`Katapult.virtual_machines`."""
        return await self._driver.run(self._conversation.machines(self.organization, annotations or {}))
