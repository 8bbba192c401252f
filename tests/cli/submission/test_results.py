"""Exit codes of several jobs."""

from __future__ import annotations

import pytest

from vmspec.cli.submission.job import Job
from vmspec.cli.submission.results import exit_code
from vmspec.katapult import Outcome


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], 0),
        (["created"], 0),
        (["created", "not_sent"], 4),
        (["not_sent", "building"], 7),
        (["building", "failed"], 5),
        (["failed", "refused"], 3),
        (["refused", "unknown"], 6),
        (["created", "not_sent", "building", "failed", "refused", "unknown"], 6),
    ],
)
def test_exit_code_by_precedence(outcomes: list[str], code: int) -> None:
    jobs = [Job(name="x", spec=None, outcome=Outcome(outcome)) for outcome in outcomes]
    assert exit_code(jobs) == exit_code(jobs[::-1]) == code
