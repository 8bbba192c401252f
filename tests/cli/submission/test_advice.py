"""Errors grouped by cause, and what to do next."""

from __future__ import annotations

import pytest

from vmspec.cli.submission.advice import ErrorGroups, advice
from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.job import ErrorDetails, Job
from vmspec.errors import RefusedError
from vmspec.katapult import Build, Outcome, Submission

IDS = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(20)]
LOOK = "  look for its machine after a minute, and again later; not finding it proves nothing:"


def jobs(count: int, outcome: Outcome, message: str, key: str | None = None) -> list[Job]:
    return [
        Job(
            name=f"{number}.xml",
            outcome=outcome,
            error=ErrorDetails(message.format(id=IDS[number])),
            submission_id=IDS[number],
            key=key,
        )
        for number in range(count)
    ]


class TestErrorGroups:
    def test_first_error_of_a_cause_is_printed_at_once(self) -> None:
        groups = ErrorGroups()
        lines = [groups.add(job) for job in jobs(6, Outcome.REFUSED, "refused: no (request {id})")]
        assert lines == [f"error: 0.xml: refused: no (request {IDS[0]})", *[None] * 5]
        assert [*groups.rest()] == ["error: 5 more for the same reason: 1.xml, 2.xml, 3.xml and 2 more"]

    def test_other_causes_are_printed_separately(self) -> None:
        groups = ErrorGroups()
        one, two = jobs(1, Outcome.REFUSED, "refused: a"), jobs(2, Outcome.REFUSED, "refused: b")
        lines = [groups.add(job) for job in (*one, *two)]
        assert lines == ["error: 0.xml: refused: a", "error: 0.xml: refused: b", None]
        assert [*groups.rest()] == ["error: 1 more for the same reason: 1.xml"]

    def test_specs_that_were_not_sent_are_one_line(self) -> None:
        groups = ErrorGroups()
        lines = [groups.add(job) for job in jobs(5, Outcome.NOT_SENT, "nothing was sent: stopped")]
        assert lines == [None] * 5
        assert [*groups.rest()] == ["error: 5 specs were not sent: stopped: 0.xml, 1.xml, 2.xml and 2 more"]

    def test_single_spec_that_was_not_sent_is_named_first(self) -> None:
        groups = ErrorGroups()
        groups.add(*jobs(1, Outcome.NOT_SENT, "nothing was sent: no connection"))
        assert [*groups.rest()] == ["error: 0.xml: nothing was sent: no connection"]


class TestAdvice:
    API = ConnectionOptions(journal="j")

    def lines(self, jobs: list[Job]) -> list[str]:
        return [*advice(jobs, self.API)]

    def test_unknown_job_is_looked_for_by_its_id(self) -> None:
        assert self.lines(jobs(1, Outcome.UNKNOWN, "lost")) == [
            f"  submission {IDS[0]}",
            LOOK,
            f"    vmspec reconcile {IDS[0]} --journal j",
        ]

    def test_several_unknown_jobs_have_one_command(self) -> None:
        assert self.lines(jobs(3, Outcome.UNKNOWN, "lost")) == [
            "  3 unknown: 0.xml, 1.xml, 2.xml",
            LOOK,
            f"    vmspec reconcile {' '.join(IDS[:3])} --journal j",
        ]

    def test_many_unknown_jobs_are_looked_for_without_ids(self) -> None:
        assert self.lines(jobs(20, Outcome.UNKNOWN, "lost"))[-1] == "    vmspec reconcile --journal j"

    def test_many_jobs_that_are_building_are_waited_for_by_the_ids_of_the_results(self) -> None:
        lines = self.lines(jobs(20, Outcome.BUILDING, "not started"))
        assert lines == [
            "  20 building: 0.xml, 1.xml, 2.xml and 17 more",
            "  do not submit it again; to go on waiting:",
            "    vmspec wait ID... --journal j  # with the submission ids of the results",
        ]

    @pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.BUILDING])
    def test_jobs_with_a_key_are_submitted_again(self, outcome: Outcome) -> None:
        assert self.lines(jobs(1, outcome, "lost", key="k")) == [
            f"  submission {IDS[0]}",
            "  to go on, run the same command again",
        ]

    @pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.GONE])
    def test_key_of_a_failed_or_gone_machine_is_freed_by_abandoning(self, outcome: Outcome) -> None:
        assert self.lines(jobs(1, outcome, "failed", key="k")) == [
            f"  submission {IDS[0]}",
            "  the key stays taken; to build it again under the same key, first run:",
            f"    vmspec submissions abandon {IDS[0]} --journal j",
        ]

    def test_jobs_that_were_refused_need_no_advice(self) -> None:
        assert self.lines(jobs(2, Outcome.REFUSED, "no", key="k")) == []

    def test_build_that_vanished_is_not_said_to_go_on(self) -> None:
        (job,) = jobs(1, Outcome.NOT_SENT, "", key="shop")
        job.on_created(Submission(id=IDS[0], build=Build(id="vmbuild_1", state="pending")), waits=True)
        job.on_error(RefusedError("no build matches", code="build_not_found", status=404))
        assert job.error is not None
        assert job.error.message.startswith("its build is not visible any more: no build matches")
        assert self.lines([job])[1].endswith("submit the spec with another --key")
