"""The clients: for asyncio, and blocking, which is a facade of it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from attrs import define

from vmspec.katapult import endpoints
from vmspec.katapult.arguments import Specs, named, submission_id
from vmspec.katapult.base_client import BaseClient, OnEvent, OnProgress, listening
from vmspec.katapult.journal import ALL, Entry, EntryFilter, find_by_key
from vmspec.katapult.organization_client import OrganizationClient
from vmspec.katapult.records import Build, PolicyLimit, Submission, Task, VirtualMachine
from vmspec.katapult.submission.batch import Result
from vmspec.katapult.submission.many import follow_batch, submit_batch
from vmspec.katapult.submission.preparation import machines_of_keys
from vmspec.katapult.submission.reconcile import reconcile
from vmspec.katapult.submission.record import give_up
from vmspec.katapult.submission.request import CREATE_TIMEOUT_S, SETTLE_S
from vmspec.katapult.submission.wait import Until, wait
from vmspec.katapult.transport import portal

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec

P = ParamSpec("P")
T = TypeVar("T")


@define(kw_only=True, eq=False, repr=False, init=False)
class AsyncKatapult(OrganizationClient):
    """The API for asyncio. A context manager that closes its connections; several tasks may share it.

    It may be used in several event loops and processes; each has connections of its own.
    """

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
        """Have one machine made, by one POST of the canonical XML; a ``str`` is taken to be that.

        The submission is recorded in the journal before its first byte is sent, and retried only if nothing
        can have been made, within ``timeout_s`` (30 s at most). If the answer is lost, the machine is looked
        for, for ``settle_s`` seconds, and adopted: the submission then has a machine and no build.

        ``key`` makes the call repeatable: with the same key and spec a second one goes on from where the
        first stands, and sends nothing if a machine may have been made. A key that is new to the journal is
        looked for on the organization's machines first, and one with the same spec is adopted.

        Raises ``RefusedError`` (its kinds say why), ``NotSentError`` (``JournalError`` and ``KeyInUseError``
        among them), ``RateLimitedError``, ``BuildFailedError`` or ``MachineGoneError`` for a key that came
        to that before, or, if a machine may have been made and is not seen, ``OutcomeUnknownError``. What is
        known of an interrupted call is the ``__cause__`` of the interruption.
        """
        operation = self._submission(spec, key, annotations, timeout_s, settle_s)
        return await self._driver.run(operation, on_progress)

    async def submit_many(
        self,
        specs: Specs,
        key: str | Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        timeout_s: float = 1200.0,
        poll_s: float | None = 5.0,
        settle_s: float = SETTLE_S,
        until: Until = "started",
        max_failures: int | None = None,
        max_machines: int | None = None,
        machines: Mapping[str, VirtualMachine] | None = None,
        on_event: OnEvent | None = None,
    ) -> tuple[Result, ...]:
        """Have a machine made of each spec, a few creates at a time, and wait for all of them.

        All share one rate limit; where many wait, each polls less often than ``poll_s``. The result of one
        changes nothing for the others, but after ``max_failures`` no more are begun, and never are more
        creates under way than may still fail; a build that fails counts only when it does. What every other
        spec would meet too, as a refused token, ends the batch early. Specs may have names; each one's key
        is ``key``, a slash and its name, or else its hostname; a mapping gives keys by name. With
        ``poll_s=None`` nothing is waited for; with ``until="ssh"`` a machine counts as started once an SSH
        server answers on one of its addresses. ``machines`` are those that keys have already, as
        :meth:`machines_of_keys` found them; else they are looked for, and limits too.

        Returns a result for each, in the order given. ``on_event`` is called with a name and, as they come,
        its ``Progress``, its ``Submission`` once it is created, and its ``Result``; what it raises is raised
        when all is over. Before anything is sent it raises ``ClashError`` if two specs claim one hostname or
        IP address, and ``LimitExceededError`` for more than ``max_machines`` specs, or more than the
        organization may have.
        """
        batch = submit_batch(
            self._session,
            named(specs),
            key,
            annotations,
            timeout_s=timeout_s,
            poll_s=poll_s,
            settle_s=settle_s,
            until=until,
            max_failures=max_failures,
            max_machines=max_machines,
            machines=machines,
        )
        return await self._run_batch(batch, on_event)

    async def machines_of_keys(self, keys: Iterable[str]) -> Mapping[str, VirtualMachine] | None:
        """Return the machines that were made with keys, by key; None if looking for each key costs less."""
        return await self._driver.run(machines_of_keys(self._session, {*keys}))

    async def reconcile(
        self,
        submission: Submission | str,
        settle_s: float = 0.0,
        on_progress: OnProgress | None = None,
    ) -> Submission:
        """Look for the machine of a submission again, by its id; once, then for ``settle_s`` seconds.

        Sends nothing that makes a machine. Raises what :meth:`submit` raises for the outcome that it finds.
        A submission that is not on record here is looked for all the same; without a machine,
        ``OutcomeUnknownError`` has the cause ``not_on_record``. Any other text is a ``SubmissionError``.
        """
        operation = reconcile(self._session, submission_id(submission), settle_s)
        return await self._driver.run(operation, on_progress)

    async def submissions(self, wanted: EntryFilter = ALL) -> Sequence[Entry]:
        """Return the submissions on record, of any API and organization, the oldest first."""
        return await asyncio.to_thread(self.journal.entries, wanted)

    async def entry_for_key(self, key: str) -> Entry | None:
        """Return the entry that has a key here; None if the key is free."""
        find = partial(find_by_key, self.journal, self.api_url, self.organization, key)
        return await asyncio.to_thread(find)

    async def abandon(self, submission: Submission | str) -> Entry:
        """Give up a submission that stays unknown, whose build failed, or whose machine is gone.

        Its key is free then, and no machine is looked for: make sure that there is none. Raises
        ``SubmissionError`` for one that is not on record, in another state, or being sent just now.
        """
        return await self._driver.run(give_up(submission_id(submission)))

    async def wait(
        self,
        submission_or_build_id: Submission | str,
        timeout_s: float = 1200.0,
        poll_s: float = 5.0,
        on_progress: OnProgress | None = None,
        *,
        until: Until = "started",
    ) -> VirtualMachine:
        """Return the machine once it is started, or with ``until="ssh"`` once an SSH server answers.

        It takes a submission, or the id of a build (``vmbuild_...``); :meth:`reconcile` returns the
        submission of an id. Raises ``BuildFailedError``, ``MachineGoneError`` or ``BuildTimeoutError``. A
        build that is not visible is waited for, for a minute.
        """
        operation = wait(self._session, submission_or_build_id, timeout_s, poll_s, until)
        return await self._driver.run(operation, on_progress)

    async def wait_many(
        self,
        wanted: Mapping[str, Submission | str],
        *,
        timeout_s: float = 1200.0,
        poll_s: float | None = 5.0,
        settle_s: float = 0.0,
        until: Until = "started",
        on_event: OnEvent | None = None,
    ) -> tuple[Result, ...]:
        """Wait for several machines at once; each is wanted by a submission, its id, or the id of a build.

        A submission whose outcome is unknown is looked for first, once and then for ``settle_s`` seconds.
        With ``poll_s=None`` that is all: nothing is waited for. Results and ``on_event`` are as for
        :meth:`submit_many`, under the names of the mapping.
        """
        batch = follow_batch(
            self._session, wanted, timeout_s=timeout_s, poll_s=poll_s, settle_s=settle_s, until=until
        )
        return await self._run_batch(batch, on_event)

    async def build(self, build_id: str) -> Build:
        """Return a build by its id."""
        return await self._driver.run(self._session.read(endpoints.build(build_id)))

    async def task(self, task_id: str) -> Task:
        """Return a task by its id; ``ScopeNotGrantedError`` if the token may not read tasks."""
        return await self._driver.run(self._session.read(endpoints.task(task_id)))

    async def virtual_machine(self, id_or_fqdn: str) -> VirtualMachine:
        """Return a machine by its id or fully qualified name."""
        return await self._driver.run(self._session.read(endpoints.virtual_machine(id_or_fqdn)))

    async def virtual_machines(
        self, annotations: Mapping[str, str] | None = None
    ) -> tuple[VirtualMachine, ...]:
        """Return all machines of the organization, or those with all of ``annotations``; all pages."""
        return await self._driver.run(self._session.machines({} if annotations is None else annotations))

    async def policy_limits(self) -> Mapping[str, PolicyLimit]:
        """Return what the organization may have, by name; needs the scope ``organizations:read``."""
        return await self._driver.run(self._session.read(endpoints.policy_limits(self.organization)))


def _blocking(
    method: Callable[Concatenate[Any, P], Coroutine[object, object, T]],
) -> Callable[Concatenate[Any, P], T]:
    """Return a method that blocks; listeners are called in the calling thread."""
    signature = inspect.signature(method)
    listener = next((name for name in ("on_progress", "on_event") if name in signature.parameters), "")

    @wraps(method)
    def call(client: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        given = signature.bind(client, *args, **kwargs)
        on_news = given.arguments.get(listener)

        def start(put: Callable[..., None]) -> Coroutine[object, object, T]:
            if on_news is not None:
                given.arguments[listener] = put
            return method(*given.args, **given.kwargs)

        with listening(on_news) if listener == "on_event" else nullcontext(on_news) as tell:
            return portal.call(start, tell)

    return call


@define(kw_only=True, eq=False, repr=False, init=False)
class Katapult(BaseClient):
    """The API, blocking. A context manager that closes its connections; several threads may share it.

    It may be used in several processes; each has connections of its own. It says and does what
    :class:`AsyncKatapult` does.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        portal.call(lambda _: self._driver.close())
        self.journal.close()

    submit = _blocking(AsyncKatapult.submit)
    submit_many = _blocking(AsyncKatapult.submit_many)
    machines_of_keys = _blocking(AsyncKatapult.machines_of_keys)
    reconcile = _blocking(AsyncKatapult.reconcile)
    submissions = _blocking(AsyncKatapult.submissions)
    entry_for_key = _blocking(AsyncKatapult.entry_for_key)
    abandon = _blocking(AsyncKatapult.abandon)
    wait = _blocking(AsyncKatapult.wait)
    wait_many = _blocking(AsyncKatapult.wait_many)
    build = _blocking(AsyncKatapult.build)
    task = _blocking(AsyncKatapult.task)
    virtual_machine = _blocking(AsyncKatapult.virtual_machine)
    virtual_machines = _blocking(AsyncKatapult.virtual_machines)
    policy_limits = _blocking(AsyncKatapult.policy_limits)
    catalogue = _blocking(AsyncKatapult.catalogue)
    current_catalogue = _blocking(AsyncKatapult.current_catalogue)
    plan = _blocking(AsyncKatapult.plan)
    is_on_record = _blocking(AsyncKatapult.is_on_record)
    apply = _blocking(AsyncKatapult.apply)
    drift = _blocking(AsyncKatapult.drift)
    import_machine = _blocking(AsyncKatapult.import_machine)
    import_spec = _blocking(AsyncKatapult.import_spec)
