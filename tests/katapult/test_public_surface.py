"""The public surface of ``vmspec.katapult``, which the command line is built on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import vmspec.katapult
from vmspec import VM, errors
from vmspec.katapult import (
    EXIT_CODES,
    STATES,
    Katapult,
    Outcome,
    SQLiteJournal,
    Submission,
    abandon,
    find_by_key,
    open_journal,
    outcome_of,
    redact,
    secrets_of,
    spec_matches,
)
from vmspec.sandbox import Sandbox, running

SPEC = VM("web-1").data_center("uk-lon-01").package("rock-3").cloud_init("password: hunter2!").build()


def test_every_public_name_can_be_loaded() -> None:
    assert [name for name in vmspec.katapult.__all__ if not hasattr(vmspec.katapult, name)] == []
    assert set(vmspec.katapult.__all__) <= set(dir(vmspec.katapult))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = vmspec.katapult.nonsense  # type: ignore[attr-defined]


def test_the_journal_is_read_without_httpx(tmp_path: Path) -> None:
    code = (
        "import sys; from vmspec.katapult import open_journal, find_by_key, STATES;"
        f"journal = open_journal({str(tmp_path / 'journal')!r}, create=False);"
        "assert journal.entries() == [];"
        "assert 'httpx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not (tmp_path / "journal").exists()


def test_an_empty_path_of_a_journal_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="empty path"):
        open_journal("")


def test_waiting_for_several_takes_submissions_their_ids_and_builds() -> None:
    told: list[tuple[str, type]] = []
    with (
        running(Sandbox(speed=200)) as api,
        Katapult(
            token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
        ) as katapult,
    ):
        submission = katapult.submit(SPEC, key="web")
        results = katapult.wait_many(
            {"submission": submission, "id": submission.id, "build": submission.build_id or ""},
            poll_s=0.05,
            on_event=lambda name, event: told.append((name, type(event))),
        )
        entry = katapult.entry_for_key("web")
    assert [(result.name, result.outcome) for result in results] == [
        ("submission", Outcome.CREATED),
        ("id", Outcome.CREATED),
        ("build", Outcome.CREATED),
    ]
    assert ("submission", Submission) in told
    assert entry is not None
    assert (entry.id, entry.state, entry.info.advice) == (submission.id, "created", "wait")
    assert spec_matches(entry, SPEC)
    assert not spec_matches(entry, VM("web-2").data_center("uk-lon-01").package("rock-3").build())


def test_more_machines_than_allowed_are_refused_before_anything_is_sent() -> None:
    sandbox = Sandbox(speed=200)
    with (
        running(sandbox) as api,
        Katapult(
            token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
        ) as katapult,
        pytest.raises(errors.LimitExceededError, match="2 machines are more than the limit of 1"),
    ):
        katapult.submit_many(
            [VM(name).data_center("uk-lon-01").package("rock-3").build() for name in ("a", "b")],
            max_machines=1,
        )
    assert sandbox.builds == ()


def test_a_submission_is_abandoned_and_found_by_key_without_a_client() -> None:
    from vmspec.katapult import Entry

    journal = SQLiteJournal()
    entry = Entry(
        id="1", api_url="https://a.test", organization="acme", spec_sha256="", key="k", state="unknown"
    )
    journal.begin(entry, 0.0)
    found = find_by_key(journal, "https://a.test", "acme", "k")
    assert found is not None
    assert found.id == "1"
    assert abandon(journal, "1").state == "abandoned"
    assert find_by_key(journal, "https://a.test", "acme", "k") is None


def test_every_state_has_an_outcome_a_sentence_and_advice() -> None:
    assert {info.outcome for info in STATES.values()} <= {*EXIT_CODES}
    assert all(info.sentence for info in STATES.values())
    assert outcome_of(errors.MachineGoneError("gone")) is Outcome.GONE


@pytest.mark.parametrize("said", ["hunter2!", "HUNTER2!", "password: hunter2!"])
def test_secrets_are_redacted_from_words_of_the_api(said: str) -> None:
    assert "unter2" not in redact(f"cannot use {said} here", secrets_of(SPEC)).lower()
