"""Drawn schedules: processes submit, wait, crash and are interrupted, against a sandbox with faults.

No HTTP and no real time: the steps of each exchange are carried out one by one, in the order of the
clock. What is checked at the end is true of every schedule.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from vmspec import VM, VirtualMachineSpec, dumps
from vmspec.katapult import endpoints
from vmspec.katapult.submission.operation import Operation
from vmspec.katapult.submission.reconcile import reconcile
from vmspec.katapult.submission.request import SubmitRequest
from vmspec.sandbox import Timeline

from .faulty import POST_FAULTS, READ_FAULTS, FaultyApi, request_of
from .judging import Verdicts, judge
from .process import Disturbance, Plan
from .world import World

MOST = 6
"""Specs of a batch."""


def spec(number: int, package: str = "rock-3") -> VirtualMachineSpec:
    return VM(f"web-{number}").data_center("uk-lon-01").package(package).build()


def specs_of(count: int, package: str) -> dict[str, VirtualMachineSpec]:
    return {f"{number}.xml": spec(number, package) for number in range(1, count + 1)}


SPECS = [dumps(spec(number), "xml") for number in (1, 2)]
KEYS = {"1.xml": "a", "2.xml": "b"}
"""Those of single submissions, for a batch."""
DISTURBANCES: tuple[Disturbance, ...] = (
    *(("crash", 0.0), ("crash", 0.0), ("interrupt", 0.0), ("interrupt at once", 0.0), ("suspend", 1.0)),
    *(("suspend", 36.0), ("suspend", 300.0), ("full before", 0.0), ("full after", 0.0)),
)
FAULTS_OF_A_RUN = st.tuples(
    st.lists(st.sampled_from(POST_FAULTS), max_size=2),
    st.lists(st.sampled_from((None, None, None, *READ_FAULTS)), max_size=6),
)
PLANS = st.dictionaries(st.integers(0, 7) | st.integers(0, 40), st.sampled_from(DISTURBANCES), max_size=2)
FAULTS_OF_A_BATCH = st.tuples(
    st.lists(st.sampled_from((None, None, *POST_FAULTS)), max_size=8),
    st.lists(st.sampled_from((None, None, None, *READ_FAULTS)), max_size=20),
)
PLANS_OF_A_BATCH = st.dictionaries(
    st.integers(0, 40) | st.integers(0, 400), st.sampled_from(DISTURBANCES), max_size=2
)


def timeline(seen_s: float) -> Timeline:
    return Timeline(
        building_s=seen_s,
        machine_seen_s=seen_s,
        complete_s=seen_s + 9,
        starting_s=seen_s + 11,
        started_s=seen_s + 15,
    )


class Schedules(RuleBasedStateMachine):
    """Each rule is something that may happen; the end is one reconcile, and one rerun of each key."""

    tally: ClassVar[Counter[str]] = Counter()

    @initialize(
        seed=st.integers(0, 2**32),
        seen_s=st.sampled_from([0.0, 8.0, 28.0, 100.0, 170.0]),
        rate_limit=st.sampled_from([1000, 1000, 60, 20]),
        ignores_filters=st.sampled_from([False, False, True]),
        strangers=st.lists(st.integers(1, MOST), max_size=4),
    )
    def begin(
        self, seed: int, seen_s: float, rate_limit: int, ignores_filters: bool, strangers: list[int]
    ) -> None:
        self.world = World(FaultyApi(seed, timeline(seen_s), rate_limit, ignores_filters))
        self.batches: dict[tuple[str, str], int] = {}
        for number in strangers:
            self._let_in(number)

    @rule(
        key=st.sampled_from([None, "a", "a", "a", "b"]),
        spec=st.sampled_from([0, 0, 0, 0, 1]),
        timeout_s=st.sampled_from([30.0, 30.0, 2.0]),
        settle_s=st.sampled_from([180.0, 180.0, 10.0, 0.0]),
        wait_s=st.sampled_from([None, None, 60.0, 300.0]),
        faults=FAULTS_OF_A_RUN,
        plan=PLANS,
        times=st.sampled_from([1, 1, 2]),
    )
    def submit(
        self,
        key: str | None,
        spec: int,
        timeout_s: float,
        settle_s: float,
        wait_s: float | None,
        faults: tuple[list[str], list[str | None]],
        plan: dict[int, Disturbance],
        times: int,
    ) -> None:
        if self._may_begin():
            wish = SubmitRequest(xml=SPECS[spec], key=key, timeout_s=timeout_s, settle_s=settle_s)
            process = self.world.submitting(wish, wait_s).process
            process.post_faults, process.read_faults = [*faults[0]], [*faults[1]]
            process.disturbances = {**plan}
            for _ in range(times - 1):
                self.world.submitting(wish, wait_s)

    @rule(
        count=st.integers(2, MOST),
        key=st.sampled_from([None, "a", "a", "b", "those of others"]),
        package=st.sampled_from(["rock-3"] * 4 + ["rock-6"]),
        timeout_s=st.sampled_from([300.0, 300.0, 60.0, 10.0]),
        settle_s=st.sampled_from([180.0, 180.0, 10.0, 0.0]),
        poll_s=st.sampled_from([None, 5.0, 5.0, 1.0]),
        concurrency=st.sampled_from([1, 2, 8]),
        max_failures=st.sampled_from([None, None, 1, 2]),
        faults=FAULTS_OF_A_BATCH,
        plan=PLANS_OF_A_BATCH,
    )
    def submit_many(
        self,
        count: int,
        key: str | None,
        package: str,
        timeout_s: float,
        settle_s: float,
        poll_s: float | None,
        concurrency: int,
        max_failures: int | None,
        faults: tuple[list[str | None], list[str | None]],
        plan: dict[int, Disturbance],
    ) -> None:
        if not self._may_begin():
            return
        others = key == "those of others"
        if not others and key is not None:
            self.batches[key, package] = max(count, self.batches.get((key, package), 0))
        process = self.world.submitting_many(
            Plan(
                specs=specs_of(count, package),
                key=KEYS if others else key,
                timeout_s=timeout_s,
                settle_s=settle_s,
                poll_s=poll_s,
                concurrency=concurrency,
                max_failures=max_failures,
            )
        )
        process.post_faults, process.read_faults = [*faults[0]], [*faults[1]]
        process.disturbances = {**plan}

    @rule(number=st.integers(0, 3), settle_s=st.sampled_from([0.0, 30.0]), plan=PLANS)
    def reconcile(self, number: int, settle_s: float, plan: dict[int, Disturbance]) -> None:
        for entry in self.world.journal.entries()[number : number + 1]:
            if self._may_begin():
                run = self.world.start(self._reconciling(entry.id, settle_s))
                run.process.disturbances = {**plan}

    @rule(steps=st.integers(1, 8) | st.integers(8, 80))
    def go(self, steps: int) -> None:
        for _ in range(steps):
            self.world.go()

    @rule()
    def go_to_the_end(self) -> None:
        self._finish()

    @rule()
    def fail_a_build(self) -> None:
        self.world.api.sandbox.fail_next_build()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        self._finish()
        world.api.ignores_filters = False
        self._pause()
        drawn = [*world.runs]
        for entry in world.journal.entries():
            world.start(self._reconciling(entry.id, 0.0))
            self._finish()
            self._pause()
        self._check("reconcile")
        self._rerun()
        self._check("a rerun of each key")
        self.tally.update(world.counts)
        self.tally["schedules"] += 1
        self.tally["batches"] += sum(process.batch is not None for process in world.processes)
        self.tally["submissions"] += len(world.journal.entries())
        self.tally["machines and failed builds"] += len(world.api.sandbox.builds)
        for run in drawn:
            what = "one of a batch" if run.process.batch else "ended"
            self.tally[f"{what}: {type(run.error or run.result).__name__}"] += 1

    def _rerun(self) -> None:
        world = self.world
        for key, xml in itertools.product(("a", "b"), SPECS):
            world.submitting(SubmitRequest(xml=xml, key=key), None)
            self._finish()
            self._pause()
        for (key, package), count in self.batches.items():
            world.submitting_many(Plan(specs=specs_of(count, package), key=key, poll_s=None))
            self._finish()
            self._pause()

    def _may_begin(self) -> bool:
        living = {task.process.number for task in self.world.living()}
        return len(living) < 4 and len(self.world.processes) < 12

    def _let_in(self, number: int) -> None:
        """A machine of somebody else, whose hostname is that of one of ours."""
        api = self.world.api
        call = endpoints.create(api.sandbox.organization, dumps(spec(number), "xml"), {"team": "shop"})
        assert api.sandbox.answer(request_of(call)).status == 201

    def _reconciling(self, submission_id: str, settle_s: float) -> Operation[object]:
        return reconcile(self.world.session(), submission_id, settle_s)

    def _finish(self) -> None:
        steps = 0
        while self.world.go():
            steps += 1
            assert steps < 60_000, "it hangs"

    def _pause(self) -> None:
        self.world.api.pass_time(self.world.now + 2000)

    def _check(self, after: str) -> None:
        found = judge(self.world)
        assert found == Verdicts(), f"after {after}: {found}"
