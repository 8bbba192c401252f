"""At most one machine for a submission, and none that nobody knows of, whatever happens when.

Thousands of schedules: ``python -m tests.benchmarks.schedules``.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from .schedules import Schedules

TestSchedules = Schedules.TestCase
TestSchedules.settings = settings(
    max_examples=200, stateful_step_count=40, suppress_health_check=list(HealthCheck)
)
