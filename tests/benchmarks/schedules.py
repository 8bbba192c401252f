"""Many more drawn schedules than the tests take, and what happened in them.

Run by hand from the project's folder: ``python -m tests.benchmarks.schedules [SCHEDULES] [SEED]``. It
ends with an error at the first schedule in which a machine is doubled or lost, or a report is untrue.
"""

from __future__ import annotations

import sys
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.katapult.support.schedules import Schedules

SCHEDULES = 10_000


def main(schedules: int = SCHEDULES, number: int = 0) -> None:
    """Prints how often each thing happened."""
    start = time.monotonic()
    chosen = settings(
        max_examples=schedules,
        stateful_step_count=40,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Schedules), settings=chosen)
    print(f"{time.monotonic() - start:.0f} s, nothing doubled, lost, or told untruly")
    for what, count in sorted(Schedules.tally.items()):
        print(f"{count:8}  {what}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
