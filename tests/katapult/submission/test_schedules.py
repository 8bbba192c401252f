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
