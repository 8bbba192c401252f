"""At most one machine for a submission, and none that nobody knows of, whatever happens when.

Thousands of schedules: ``python -m tests.benchmarks.schedules``.
"""

from __future__ import annotations

from typing import TypedDict

from hypothesis import HealthCheck, settings

from ..support.schedules import Schedules

TestSchedules = Schedules.TestCase
TestSchedules.settings = settings(
    max_examples=200, stateful_step_count=40, suppress_health_check=list(HealthCheck)
)


class Wished(TypedDict):
    spec: int
    timeout_s: float
    settle_s: float
    wait_s: float | None
    times: int


def test_a_look_that_hangs_after_another_process_held_the_key_is_within_the_time() -> None:
    schedule = Schedules()
    schedule.begin(seed=2, seen_s=0.0, rate_limit=1000, ignores_filters=False, strangers=[])
    usual: Wished = {"spec": 0, "timeout_s": 30.0, "settle_s": 180.0, "wait_s": None, "times": 1}
    schedule.submit(key="a", faults=([], []), plan={3: ("suspend", 36.0)}, **usual)
    schedule.submit(key=None, faults=([], []), plan={}, **usual)
    schedule.submit(key="a", faults=([], ["hangs"]), plan={}, **usual)
    schedule.teardown()


def test_rerun_of_a_batch_keeps_to_its_timeout_while_few_requests_are_left() -> None:
    schedule = Schedules()
    schedule.begin(seed=0, seen_s=0.0, rate_limit=20, ignores_filters=False, strangers=[1])
    for read_faults, settle_s, timeout_s in (([], 180.0, 300.0), (["not sent"], 0.0, 10.0)):
        schedule.submit_many(
            concurrency=1,
            count=2,
            faults=([], read_faults),
            key="a",
            max_failures=None,
            package="rock-3",
            plan={},
            poll_s=None,
            settle_s=settle_s,
            timeout_s=timeout_s,
        )
    schedule.teardown()
