"""Reruns with a key, by the outcome of the first run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from attrs import evolve

from vmspec import errors
from vmspec.katapult import Entry

from ..support.doubles import Kind, answer, error
from ..support.journals import Watched, full_at
from ..support.site import KEY, LOST, NEVER, NOT_SENT, OTHER_XML, XML, Fault, Site, answers

REFUSED = answers(error(422, "validation_error", "No."))
LIMITED = answers(error(429, "rate_limit_reached", Retry_After="60"))


def only(site: Site) -> Entry:
    [entry] = site.journal.entries()
    return entry


def abandoned(site: Site, kind: Kind) -> None:
    site.perform(kind, "abandon", only(site).id)


def test_after_created_it_answers_with_that_machine_and_sends_nothing(kind: Kind) -> None:
    site = Site()
    first = site.submit(kind)
    again = site.submit(kind)
    assert (again.id, again.outcome, again.build.id) == (first.id, "created", first.build.id)
    assert again.task.id == first.task.id
    assert again.hostname == first.hostname
    assert site.posts == 1
    machine = site.perform(kind, "wait", again)
    assert site.submit(kind).virtual_machine == machine
    assert (site.posts, only(site).state, only(site).virtual_machine_id) == (1, "created", machine.id)


def test_after_created_a_rerun_does_not_hang_on_a_read_that_fails(kind: Kind) -> None:
    site = Site()
    machine = site.perform(kind, "wait", site.submit(kind))
    site.of_reads = [answers(error(503, "service_unavailable"))] * 99
    start = site.clock()
    again = site.submit(kind, timeout_s=5.0)
    assert (again.outcome, again.virtual_machine.id) == ("created", machine.id)
    assert site.clock() - start <= 5
    assert site.posts == 1


@pytest.mark.parametrize("fault", [LOST, NEVER], ids=["carried out", "not carried out"])
def test_after_unknown_it_looks_and_never_sends(kind: Kind, fault: Fault) -> None:
    site = Site(of_posts=[fault])
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, settle_s=0.0)
    first = only(site)
    assert (first.state, first.id) == ("unknown", raised.value.submission_id)
    site.clock.now += 60
    if fault is LOST:
        adopted = site.submit(kind)
        assert (adopted.id, adopted.outcome, adopted.build) == (first.id, "created", None)
        assert adopted.virtual_machine.id == site.builds[0].machine_id
        assert (only(site).state, only(site).virtual_machine_id) == ("created", site.builds[0].machine_id)
    else:
        start = site.clock()
        with pytest.raises(errors.OutcomeUnknownError) as again:
            site.submit(kind)
        assert again.value.submission_id == first.id
        assert site.clock() - start == 180
        assert only(site) == first
    assert site.posts == 1


@pytest.mark.parametrize(
    ("fault", "raised", "state"),
    [
        (REFUSED, errors.ValidationRefusedError, "refused"),
        (LIMITED, errors.RateLimitedError, "not_sent"),
        (NOT_SENT, errors.NotSentError, "not_sent"),
    ],
)
def test_after_refused_or_not_sent_it_sends(
    kind: Kind, fault: Fault, raised: type[errors.ApiError], state: str
) -> None:
    site = Site(of_posts=[fault] * (3 if fault is NOT_SENT else 1))
    with pytest.raises(raised):
        site.submit(kind)
    first = only(site)
    assert first.state == state
    tried = site.posts
    again = site.submit(kind)
    assert again.id != first.id
    assert [entry.state for entry in site.journal.entries()] == [state, "created"]
    assert (site.posts, len(site.builds)) == (tried + 1, 1)


def test_after_a_failed_build_it_says_so_and_sends_nothing(kind: Kind) -> None:
    site = Site()
    site.sandbox.fail_next_build()
    submission = site.submit(kind)
    with pytest.raises(errors.BuildFailedError):
        site.perform(kind, "wait", submission)
    with pytest.raises(errors.BuildFailedError, match="nothing was sent") as raised:
        site.submit(kind)
    assert raised.value.submission_id == submission.id
    assert raised.value.build_id == submission.build.id
    assert (site.posts, only(site).state) == (1, "failed")
    abandoned(site, kind)
    site.submit(kind)
    assert site.posts == 2


@pytest.mark.parametrize(("fault", "step"), [(REFUSED, "refused"), (LIMITED, "not_sent")])
def test_failure_that_could_not_be_noted_is_said_to_stay_unknown(kind: Kind, fault: Fault, step: str) -> None:
    """A rerun looks and sends nothing, until the submission is abandoned."""
    site = Site(of_posts=[fault])
    with pytest.raises((errors.RefusedError, errors.RateLimitedError)) as raised:
        site.submit(kind, journal=Watched(site.journal, full_at(step)))
    assert not raised.value.journalled
    assert str(raised.value).endswith(
        "; the journal could not be written: it says that the outcome is unknown"
    )
    site.clock.now += 60
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=0.0)
    assert site.posts == 1
    assert raised.value.submission_id == only(site).id
    abandoned(site, kind)
    assert site.submit(kind).outcome == "created"
    assert (site.posts, len(site.builds)) == (2, 1)


def test_after_it_was_abandoned_it_sends(kind: Kind) -> None:
    site = Site(of_posts=[NEVER])
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=0.0)
    abandoned(site, kind)
    assert site.submit(kind).outcome == "created"
    assert [entry.state for entry in site.journal.entries()] == ["abandoned", "created"]


def test_created_submission_cannot_be_abandoned(kind: Kind) -> None:
    site = Site()
    site.submit(kind)
    with pytest.raises(errors.SubmissionError, match="created"):
        abandoned(site, kind)
    for id in ("nobody's", "\udcff", ""):
        with pytest.raises(errors.SubmissionError):
            site.perform(kind, "abandon", id)
        if id != "nobody's":
            with pytest.raises(errors.SubmissionError):
                site.perform(kind, "reconcile", id)


@pytest.mark.parametrize(
    ("fault", "frees"), [(None, False), (LOST, False), (NEVER, False), (REFUSED, True), (LIMITED, True)]
)
def test_another_spec_has_the_key_only_where_it_is_free(kind: Kind, fault: Fault | None, frees: bool) -> None:
    site = Site(of_posts=[fault] if fault else [])
    try:
        site.submit(kind, settle_s=0.0)
    except errors.ApiError as caught:
        assert fault, caught
    if frees:
        assert site.submit(kind, OTHER_XML).outcome == "created"
        return
    with pytest.raises(errors.KeyInUseError) as raised:
        site.submit(kind, OTHER_XML)
    assert KEY in str(raised.value)
    assert raised.value.submission_id == only(site).id
    assert site.posts == 1


def test_without_a_key_a_rerun_is_a_new_wish(kind: Kind) -> None:
    site = Site()
    first, second = site.submit(kind, key=None), site.submit(kind, key=None)
    assert first.id != second.id
    assert (site.posts, len(site.builds)) == (2, 2)


def test_a_key_counts_within_one_organization_and_address(kind: Kind) -> None:
    site = Site()
    first = site.submit(kind)
    other = site.submit(kind, api_url="https://other.katapult.test/core/v1")
    assert first.id != other.id
    assert len(site.builds) == 2


@pytest.mark.parametrize("state", ["intent", "sending"])
def test_submission_that_another_process_is_sending_is_waited_for(kind: Kind, state: Any) -> None:
    """Here the other one is this same process; it lets go when its time is over."""
    site = Site()
    entry = begun_elsewhere(site, hold_s=20)
    if state == "sending":
        assert site.journal.advance(evolve(entry, state="sending", tries=1), 20)
    start = site.clock()
    phases: list[str] = []
    if state == "intent":
        done = site.submit(kind, on_progress=lambda progress: phases.append(progress.phase))
        assert (done.id, done.outcome) == (entry.id, "created")
        assert site.clock() - start == 20
        assert site.posts == 1
    else:
        with pytest.raises(errors.OutcomeUnknownError):
            site.submit(kind, on_progress=lambda progress: phases.append(progress.phase))
        assert 180 <= site.clock() - start <= 30 + 180 + 1
        assert site.posts == 0
    assert phases[0] == "held"


def begun_elsewhere(site: Site, hold_s: float, xml: str = XML) -> Entry:
    from hashlib import sha256

    entry = Entry(
        id="11111111-2222-4333-8444-555555555555",
        api_url="https://api.katapult.test/core/v1",
        organization="acme",
        spec_sha256=sha256(xml.encode()).hexdigest(),
        key=KEY,
    )
    return site.journal.begin(entry, hold_s)


@pytest.mark.parametrize(("timeout_s", "settle_s"), [(2.0, 3.0), (30.0, 180.0)])
@pytest.mark.parametrize("hold_s", [1.0, 4.0, 34.0, 1e6])
def test_waiting_for_another_process_ends_in_time(
    kind: Kind, hold_s: float, timeout_s: float, settle_s: float
) -> None:
    site = Site(costs_s=0.3)
    entry = begun_elsewhere(site, hold_s)
    site.journal.advance(evolve(entry, state="sending", tries=1), hold_s)
    start = site.clock()
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, timeout_s=timeout_s, settle_s=settle_s)
    assert (raised.value.cause == "held") == (hold_s > timeout_s + settle_s)
    assert site.clock() - start <= timeout_s + settle_s + 1
    assert site.posts == 0


def test_a_spec_that_was_never_sent_leaves_the_key_to_another(kind: Kind) -> None:
    site = Site()
    begun_elsewhere(site, 0, OTHER_XML)
    assert site.submit(kind).outcome == "created"
    assert [entry.state for entry in site.journal.entries()] == ["not_sent", "created"]


@pytest.mark.parametrize("step", ["begin", "sending"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_journal_that_cannot_be_written_before_it_is_sent(kind: Kind, step: str, when: str) -> None:
    site = Site()
    whole, site.journal = site.journal, Watched(site.journal, full_at(step, when=when))
    with pytest.raises(errors.JournalError) as raised:
        site.submit(kind)
    assert raised.value.submission_id is not None
    assert site.posts == 0
    site.journal = whole
    site.clock.now += 60  # this process may be working on it until then
    if (step, when) == ("sending", "after"):
        with pytest.raises(errors.OutcomeUnknownError):  # for all that is on record it was sent
            site.submit(kind)
        assert site.posts == 0
    else:
        assert site.submit(kind).outcome == "created"
        assert site.posts == 1


def test_a_journal_that_is_full_just_after_the_answer(kind: Kind) -> None:
    site = Site()
    whole, site.journal = site.journal, Watched(site.journal, full_at("created"))
    submission = site.submit(kind)
    assert (submission.outcome, submission.journalled) == ("created", False)
    assert submission.build.id == site.builds[0].id
    assert whole.find(submission.id).state == "sending"  # type: ignore[union-attr]
    site.journal = whole
    site.clock.now += 60
    again = site.submit(kind)
    assert (again.id, again.virtual_machine.id) == (submission.id, site.builds[0].machine_id)
    assert again.journalled
    assert (site.posts, only(site).state) == (1, "created")


def test_waiting_tells_the_journal_what_it_could_not_be_told_before(kind: Kind) -> None:
    site = Site()
    whole, site.journal = site.journal, Watched(site.journal, full_at("created"))
    submission = site.submit(kind)
    site.journal = whole
    machine = site.perform(kind, "wait", submission)
    assert (only(site).state, only(site).virtual_machine_id) == ("created", machine.id)


@pytest.mark.parametrize("step", ["unknown", "created", "refused", "not_sent"])
def test_known_outcome_does_not_depend_on_a_full_journal(kind: Kind, step: str) -> None:
    faults: dict[str, list[Fault]] = {
        "unknown": [LOST],
        "created": [LOST],
        "refused": [REFUSED],
        "not_sent": [NOT_SENT] * 3,
    }
    site = Site(of_posts=faults[step])
    site.journal = Watched(site.journal, full_at(step))
    outcome: Callable[[], Any] = partial(site.submit, kind)
    if step == "refused":
        with pytest.raises(errors.ValidationRefusedError):
            outcome()
    elif step == "not_sent":
        with pytest.raises(errors.NotSentError):
            outcome()
    else:
        assert outcome().virtual_machine.id == site.builds[0].machine_id


def test_the_id_is_on_record_before_the_first_byte_and_the_same_for_all_tries(kind: Kind) -> None:
    site = Site(of_posts=[NOT_SENT, answers(error(429, "rate_limit_reached"))])
    site.journal = Watched(site.journal, lambda step, when: None)
    submission = site.submit(kind)
    assert site.journal.steps == ["begin", "sending", "intent", "sending", "intent", "sending", "created"]
    assert only(site).tries == 3
    assert {submission.id.encode() in request.content for request in site.requests} == {True}


def test_nothing_secret_is_on_record(kind: Kind, own_journal: Any) -> None:
    from vmspec import VM

    from ..support.doubles import TOKEN

    xml = (
        VM("web-1")
        .data_center("uk-lon-01")
        .package("rock-3")
        .template("templates/ubuntu-22-04", password="canary-option")
        .cloud_init("#cloud-config\npassword: canary-user-data")
        .to_xml()
    )
    words = f"canary-option canary-user-data {TOKEN} is wrong"
    site = Site(of_posts=[answers(error(422, "validation_error", words)), LOST])
    from vmspec.katapult import SQLiteJournal

    site.journal = SQLiteJournal(own_journal, site.clock)
    with pytest.raises(errors.RefusedError):
        site.submit(kind, xml)
    machine = site.submit(kind, xml).virtual_machine
    assert machine is not None
    written = b"".join(path.read_bytes() for path in own_journal.parent.iterdir())
    for secret in ("canary", site.builds[0].root_password, "VirtualMachineSpec", "cloud-config"):
        assert secret.encode() not in written


def test_a_foreign_answer_is_not_taken_for_the_machine(kind: Kind) -> None:
    site = Site(of_posts=[answers(answer(201, {"task": {}}), carried_out=False)])
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=10.0)
    assert site.posts == 1


def test_the_alarm_of_several_machines_stays(kind: Kind) -> None:
    def twice(site: Site, request: httpx.Request) -> httpx.Response:
        site.answer(request)
        site.answer(request)
        raise httpx.ReadError("reset")

    site = Site(of_posts=[twice])
    for _ in range(2):
        with pytest.raises(errors.SeveralMachinesError) as raised:
            site.submit(kind)
        assert set(raised.value.machines) == {build.machine_id for build in site.builds}
        for build in site.builds:
            assert build.machine_id in str(raised.value)
    assert (site.posts, only(site).state) == (1, "unknown")
