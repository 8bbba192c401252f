"""``vmspec submissions``: listing the journal, and abandoning submissions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from vmspec.cli.submission.journal_lookup import shorten_ids
from vmspec.katapult import Entry, SQLiteJournal

from ..support.api import submissions
from ..support.command_line import Process, Run

NOW = 1_795_700_000.0
FIELDS = (
    *("id", "api_url", "organization", "spec_sha256", "key", "hostname", "annotations", "state", "tries"),
    *("build_id", "task_id", "virtual_machine_id", "request_id", "reason", "begun_at", "changed_at"),
    *("revision", "held_by"),
)

JSON = ("--output-format", "json")

Record = Callable[..., Entry]


@pytest.fixture
def record(own_journal: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Put an entry on record, as it was left at a time."""
    monkeypatch.delenv("KATAPULT_API_KEY", raising=False)

    def put(
        id: str, *, ago_s: float = 0.0, state: str = "unknown", hold_s: float = 0.0, **more: str
    ) -> Entry:
        journal = SQLiteJournal(own_journal, clock=lambda: time.time() - ago_s)
        settings: dict[str, str] = {"api_url": "https://a.test", "organization": "acme", "spec_sha256": "0"}
        begun = journal.begin(Entry(id=id, **(settings | more)), 0)
        left = journal.advance(evolve(begun, state=state), hold_s)
        journal.close()
        assert left is not None
        return left

    return put


def test_empty_listing_creates_no_journal(run: Run, own_journal: Path) -> None:
    result = run("submissions")
    assert (result.code, result.out, result.err) == (0, "", "no submissions on record\n")
    assert submissions(run("submissions", "--output-format", "json").out) == []
    assert not own_journal.exists()


def test_each_submission_is_a_line(run: Run, record: Record) -> None:
    record("11111111-a", state="created", hostname="web-1", key="prod", virtual_machine_id="vm_1")
    record("22222222-b", state="created", hostname="db", build_id="vmbuild_2")
    record("33333333-c", state="refused", hostname="web-1", reason="validation_error, status 422")
    record("44444444-d", state="sending", hostname="web-\u202e", key="k")
    result = run("submissions")
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d{4}"
    lines = [
        rf"11111111  created  web-1       prod  {when}  vm_1",
        rf"22222222  created  db          -     {when}  vmbuild_2",
        rf"33333333  refused  web-1       -     {when}  validation_error, status 422",
        rf"44444444  unknown  web-\\u202e  k     {when}  its process ended",
    ]
    assert [bool(re.fullmatch(*pair)) for pair in zip(lines, result.out.splitlines(), strict=True)] == [
        True
    ] * 4, result.out
    assert result.err == "1 unknown: vmspec reconcile looks for the machines\n"


def test_json_has_every_field(run: Run, record: Record) -> None:
    entry = record("1", hostname="web-\u00e9", key="k", reason="time ran out")
    (one,) = submissions(run("submissions", "--output-format", "json").out)
    assert tuple(one) == FIELDS
    assert (one["id"], one["hostname"], one["state"]) == ("1", "web-\u00e9", "unknown")
    assert one["begun_at"] == entry.begun_at


def test_older_settled_submissions_are_listed_with_all(run: Run, record: Record) -> None:
    record("1", ago_s=8 * 86400, state="created")
    record("2", ago_s=8 * 86400, state="unknown")
    record("3", ago_s=6 * 86400, state="not_sent")
    json = ("--output-format", "json")
    result = run("submissions", *json)
    assert [one["id"] for one in submissions(result.out)] == ["2", "3"]
    assert "older submissions are not listed; --all lists them too\n" in result.err
    assert [one["id"] for one in submissions(run("submissions", "--all", *json).out)] == ["1", "2", "3"]


def test_several_organizations_have_an_aligned_column(run: Run, record: Record) -> None:
    url = "https://katapult.a-company-with-a-long-name.example/core/v1"
    record("1", state="created", hostname="web-1", build_id="vmbuild_1")
    record("2", state="created", organization="other", api_url=url, hostname="h" * 61, build_id="vmbuild_2")
    first, second = run("submissions").out.splitlines()
    assert first.index("vmbuild_1") == second.index("vmbuild_2")
    assert first.endswith("vmbuild_1  acme at https://a.test")
    assert second.endswith(f"vmbuild_2  other at {url}")
    assert f"  {'h' * 59}…  " in second


def test_journal_option_names_the_file(run: Run, folder: Path) -> None:
    journal = SQLiteJournal(folder / "j")
    journal.begin(Entry(id="1", api_url="https://a.test", organization="acme", spec_sha256=""), 0)
    journal.close()
    assert run("submissions", "--journal", "j").out.startswith("1  not sent  -  -  ")


def test_unusable_journal_exits_with_4(run: Run, own_journal: Path) -> None:
    own_journal.write_text("no database, and longer than its head would be" * 9)
    for arguments in ([], ["--output-format", "json"], ["abandon", "1"]):
        result = run("submissions", *arguments)
        assert (result.code, result.out) == (4, "")
        assert result.err == f"error: the journal {own_journal} cannot be used: file is not a database\n"


class TestAbandon:
    def test_key_is_free_again(self, run: Run, record: Record, own_journal: Path) -> None:
        record("1234", key="k", hostname="web-1")
        record("1299", state="created")
        result = run("submissions", "abandon", "123")
        assert (result.code, result.out) == (0, "1234  abandoned  web-1  its key k is free\n")
        assert record("5", key="k").id == "5"

    def test_several_are_abandoned_once_each(self, run: Run, record: Record, own_journal: Path) -> None:
        record("1")
        record("2", state="failed")
        result = run("submissions", "abandon", "2", "1", "1", "--journal", own_journal)
        assert (result.code, result.out) == (0, "2  abandoned  -\n1  abandoned  -\n")

    @pytest.mark.parametrize(
        ("ids", "words"),
        [
            (["9"], "no submission on record begins with '9'"),
            ([""], "no submission on record begins with ''"),
            (["1"], "several submissions begin with 1: 11, 12"),
            (["2"], "submission 2 is created; there is nothing to abandon"),
            (["3"], "submission 3 is being sent by process "),
            (["00000000-0000-4000-8000-000000000000"], "no submission 00000000"),
            (["11", "9"], "no submission on record begins with '9'"),
        ],
    )
    def test_submission_that_cannot_be_abandoned_is_a_usage_error(
        self, run: Run, record: Record, ids: list[str], words: str
    ) -> None:
        record("11")
        record("12")
        record("2", state="created")
        record("3", state="sending", hold_s=60)
        result = run("submissions", "abandon", *ids)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"error: {words}")
        states = [one["state"] for one in submissions(run("submissions", "--output-format", "json").out)]
        assert states == ["unknown", "unknown", "created", "sending"]


def test_short_ids_are_unique() -> None:
    ids = ["0123456789", "01234567ab", "01234567ac", "ff"]
    entries = [Entry(id=id, api_url="", organization="", spec_sha256="") for id in ids]
    assert shorten_ids(entries) == {
        "0123456789": "012345678",
        "01234567ab": "01234567ab",
        "01234567ac": "01234567ac",
        "ff": "ff",
    }


def test_no_setting_is_needed(process: Process, own_journal: Path) -> None:
    done = process("submissions", env={"KATAPULT_API_KEY": "", "VMSPEC_JOURNAL": str(own_journal)})
    assert (done.returncode, done.stdout) == (0, b"")


class TestFilters:
    @pytest.fixture
    def ids(self, run: Run, record: Record) -> Callable[..., list[str]]:
        record("1", key="prod", state="created", ago_s=30 * 86400)
        record("2", key="prod/db.xml", state="failed", ago_s=5 * 3600)
        record("3", key="production", state="sending")
        record("4", state="not_sent", ago_s=2 * 86400)

        def listed(*options: str) -> list[str]:
            return [one["id"] for one in submissions(run("submissions", *options, *JSON).out)]

        return listed

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            (["--key", "prod"], ["1", "2"]),
            (["--state", "unknown"], ["3"]),
            (["--state", "failed", "--state", "not_sent"], ["2", "4"]),
            (["--since", "1d"], ["2", "3"]),
            (["--since", "300m"], ["3"]),
            (["--since", "40d"], ["1", "2", "3", "4"]),
            (["--since", "2000-01-01"], ["1", "2", "3", "4"]),
            (["--since", "2999-01-01T12:00"], []),
            (["--key", "prod", "--state", "created", "--since", "31d"], ["1"]),
        ],
    )
    def test_matching_submissions_are_listed(
        self, ids: Callable[..., list[str]], options: list[str], expected: list[str]
    ) -> None:
        assert sorted(ids(*options)) == expected

    @pytest.mark.parametrize("since", ["yesterday", "7", "-1d", "2026-13-01", ""])
    def test_invalid_time_is_a_usage_error(self, run: Run, since: str) -> None:
        result = run("submissions", "--since", since)
        assert (result.code, result.out) == (2, "")
        assert "nor an age such as 12h" in result.err


class TestAbandonByKey:
    def test_pending_and_failed_ones_below_the_key_are_abandoned(self, run: Run, record: Record) -> None:
        record("1", key="prod", state="created")
        record("2", key="prod/a.xml", state="unknown", hostname="a")
        record("3", key="prod/b.xml", state="failed")
        record("4", key="production", state="unknown")
        result = run("submissions", "abandon", "--key", "prod")
        assert (result.code, result.out) == (
            0,
            "2  abandoned  a  its key prod/a.xml is free\n3  abandoned  -  its key prod/b.xml is free\n",
        )
        states = [one["state"] for one in submissions(run("submissions", *JSON).out)]
        assert states == ["created", "abandoned", "abandoned", "unknown"]

    def test_nothing_to_abandon_is_a_usage_error(self, run: Run, record: Record) -> None:
        record("1", key="prod", state="created")
        for key, found in (("prod", "1 created"), ("other", "no submissions")):
            result = run("submissions", "abandon", "--key", key)
            assert (result.code, result.out) == (2, "")
            assert result.err == f"error: nothing to abandon with the key {key}: {found}\n"

    def test_key_of_several_organizations_is_a_usage_error(self, run: Run, record: Record) -> None:
        record("1", key="prod")
        record("2", key="prod", organization="other")
        result = run("submissions", "abandon", "--key", "prod")
        assert (result.code, result.out) == (2, "")
        assert "the key prod is in use in acme at https://a.test, other at https://a.test" in result.err

    @pytest.mark.parametrize("arguments", [[], ["1", "--key", "prod"]])
    def test_either_ids_or_a_key_are_needed(self, run: Run, arguments: list[str]) -> None:
        result = run("submissions", "abandon", *arguments)
        assert (result.code, "give the IDs of submissions, or --key" in result.err) == (2, True)
