"""Methods of the clients that concern the organization; they load ``vmspec.live`` when they are called."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define

from vmspec.katapult import endpoints
from vmspec.katapult.arguments import Specs, named
from vmspec.katapult.base_client import BaseClient, OnEvent
from vmspec.katapult.journal import ALL, Entry, EntryFilter
from vmspec.katapult.submission.batch import Result
from vmspec.katapult.submission.many import keys_of, submit_batch
from vmspec.katapult.submission.request import SETTLE_S, text_of
from vmspec.katapult.submission.wait import Until

if TYPE_CHECKING:
    from vmspec.catalogue import Catalogue
    from vmspec.live.drift import Drift, Tracked
    from vmspec.live.import_ import Import
    from vmspec.live.plan import Plan
    from vmspec.model.spec import VirtualMachineSpec

CONCURRENCY = 8
"""Machines that are compared at a time."""


@define(kw_only=True, eq=False, repr=False, init=False)
class OrganizationClient(BaseClient):
    """The part of the asyncio client that reads what the organization has."""

    async def catalogue(self) -> Catalogue:
        """Return what the organization has: data centers, packages, templates, addresses, limits ...

        Kinds that the token may not read are None, and in ``unreadable`` with the reason.
        """
        from vmspec.live.catalogue import read_catalogue

        return await self._driver.run(read_catalogue(self._session, _today()))

    async def current_catalogue(self) -> Catalogue:
        """Return the catalogue with the machines that exist now, to check specs before they are sent."""
        from vmspec.live.catalogue import read_current

        return await self._driver.run(read_current(self._session, _today()))

    async def plan(self, specs: Specs) -> Plan:
        """Return a plan for specs: the machines to be made, each with the id of its submission.

        Sends nothing. Specs whose machine exists are marked so: it carries their digest, or their submission
        is in this journal. ``vmspec.live.plan.dump_plan`` writes a plan to a file.
        """
        from vmspec.live.planning import make_plan

        texts = {name: text_of(spec) for name, spec in named(specs).items()}
        records = await asyncio.to_thread(self.journal.entries)
        made_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return await self._driver.run(make_plan(self._session, texts, records, made_at))

    async def is_on_record(self, plan: Plan) -> bool:
        """Return whether the journal has a submission of a plan."""
        from vmspec.live.planning import recorded_states

        return bool(await self._driver.run(recorded_states(plan)))

    async def apply(
        self,
        plan: Plan,
        *,
        timeout_s: float = 1200.0,
        poll_s: float | None = 5.0,
        settle_s: float = SETTLE_S,
        until: Until = "started",
        on_event: OnEvent | None = None,
    ) -> tuple[Result, ...]:
        """Have the new machines of a plan made, each once: under the submission ids of the plan.

        A plan that was applied in part goes on where that ended. With a journal that does not know the plan,
        each id is looked for on the organization's machines first. Arguments and results are those of
        ``submit_many``. Raises ``PlanError``, and sends nothing, for a plan that is used, for another
        organization, or whose specs have changed.
        """
        from vmspec.live.planning import check_plan

        await self._driver.run(check_plan(self._session, plan))
        batch = submit_batch(
            self._session,
            {machine.name: plan.specs[machine.name] for machine in plan.new},
            ids={machine.name: machine.submission_id for machine in plan.new},
            timeout_s=timeout_s,
            poll_s=poll_s,
            settle_s=settle_s,
            until=until,
        )
        return await self._run_batch(batch, on_event)

    async def drift(
        self, specs: Specs | None = None, key: str | Mapping[str, str] | None = None
    ) -> tuple[Drift, ...]:
        """Compare specs with what Katapult stored of them and with their machines as they are now.

        The submission of a spec is found by its key, as ``submit_many`` takes it, or else by its hostname
        and digest; a spec without one is compared with the machine of its hostname. Without specs, all
        submissions on record here that made a machine are compared; their specs are not on record.
        """
        from vmspec.live.drift import Tracked, find_drift, track, with_machines

        if specs is None:
            made = await _entries_of(self, EntryFilter(states=("created", "gone")))
            tracked = [Tracked(name=entry.id, entry=entry) for entry in made]
        else:
            read = {name: _spec_of(spec) for name, spec in named(specs).items()}
            keys = keys_of(read, key)
            wanted = [*keys.values()] if len(keys) == len(read) else ALL
            tracked = track(read, keys, await _entries_of(self, wanted))
            if key is None and any(one.entry is None for one in tracked):
                tracked = with_machines(tracked, await self._driver.run(self._session.machines({})))
        turns = asyncio.Semaphore(CONCURRENCY)

        async def compare(one: Tracked) -> Drift:
            async with turns:
                return await self._driver.run(find_drift(self._session, one))

        return tuple(await asyncio.gather(*map(compare, tracked)))

    async def import_machine(self, machine: str) -> Import:
        """Return the spec of a machine that exists, given by id or fully qualified name, or of a build.

        It is the stored spec of its build, where that is on record here, with what has changed on the
        machine since; else the spec is taken from the machine, and ``not_known`` says what that hides.
        """
        from vmspec.live.import_ import BUILD_PREFIX, import_build, import_machine

        if machine.startswith(BUILD_PREFIX):
            return await self._driver.run(import_build(self._session, machine))
        found = await self._driver.run(self._session.read(endpoints.virtual_machine(machine)))
        entries = await asyncio.to_thread(self.journal.entries, EntryFilter(virtual_machine_id=found.id))
        return await self._driver.run(import_machine(self._session, found.id, next(iter(entries), None)))

    async def import_spec(self, machine: str) -> VirtualMachineSpec:
        """Return the spec of :meth:`import_machine`."""
        # Not by self: on the blocking client, its method blocks.
        return (await OrganizationClient.import_machine(self, machine)).spec


async def _entries_of(client: BaseClient, wanted: EntryFilter | Sequence[str]) -> list[Entry]:
    """Return the entries of a client's API and organization that pass a filter, or have one of some keys."""
    if isinstance(wanted, EntryFilter):
        entries = await asyncio.to_thread(client.journal.entries, wanted)
    else:
        entries = await asyncio.to_thread(client.journal.find_keys, wanted)
    here = (client.api_url, client.organization)
    return [entry for entry in entries if (entry.api_url, entry.organization) == here]


def _spec_of(spec: VirtualMachineSpec | str) -> VirtualMachineSpec:
    from vmspec.documents import loads

    return loads(spec, "xml") if isinstance(spec, str) else spec


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
