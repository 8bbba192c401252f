"""Keys of documents that were submitted alone before, and now with others, or the reverse."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.job import Job
from vmspec.cli.submission.output import OutputOptions
from vmspec.cli.submission.run import Run as JobRun
from vmspec.errors import JournalError
from vmspec.katapult import Entry, Katapult, SQLiteJournal
from vmspec.sandbox import Endpoint

from ..support.api import Api, read_entries, submissions
from ..support.command_line import WEB_XML, Run


@pytest.fixture
def two_files(folder: Path) -> tuple[str, str]:
    (folder / "gl").mkdir()
    for name in ("n1", "n2"):
        (folder / "gl" / f"{name}.xml").write_text(WEB_XML.replace("web-1", name))
    return "gl/n1.xml", "gl/n2.xml"


def keys(journal: Path) -> list[str | None]:
    return [entry.key for entry in read_entries(journal)]


def test_submitting_with_others_makes_no_second_machine(
    api: Api, submit: Run, two_files: tuple[str, str], own_journal: Path
) -> None:
    assert submit(two_files[0], "--key", "prod", "--no-wait").code == 0
    (entry,) = read_entries(own_journal)
    result = submit(*two_files, "--key", "prod", "--no-wait", "--output-format", "json")
    assert (result.code, api.posts, keys(own_journal)) == (4, [201], ["prod"])
    told = submissions(result.out)
    assert [(one["outcome"], one["submission_id"]) for one in told] == [("not_sent", None)] * 2
    first, second = (one["error"]["message"] for one in told)
    assert first == (
        f"this spec is on record under the key prod (submission {entry.id}, created)"
        " and would now get the key prod/n1.xml, because a single document has KEY, and each of several"
        " has KEY/PATH; to go on with that submission, submit the document alone with --key prod; for"
        " another machine give another --key"
    )
    assert second == "nothing was sent: gl/n1.xml would have another key than before"
    assert result.err == f"error: gl/n1.xml: {first}\nerror: gl/n2.xml: {second}\n"
    assert submit(two_files[0], "--key", "prod", "--no-wait").code == 0
    assert api.posts == [201]


def test_submitting_alone_makes_no_second_machine(
    api: Api, submit: Run, two_files: tuple[str, str], own_journal: Path
) -> None:
    assert submit(*two_files, "--key", "prod", "--no-wait").code == 0
    result = submit(two_files[1], "--key", "prod", "--no-wait")
    assert (result.code, result.out, api.posts) == (4, "n2  not sent\n", [201, 201])
    assert "error: gl/n2.xml: this spec is on record under the key prod/n2.xml (submission " in result.err
    assert submit(two_files[1], "--key", "prod/n2.xml", "--no-wait").code == 0
    assert sorted(filter(None, keys(own_journal))) == ["prod/n1.xml", "prod/n2.xml"]


def test_released_key_does_not_conflict(api: Api, submit: Run, two_files: tuple[str, str]) -> None:
    api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
    assert submit(two_files[0], "--key", "prod", "--no-wait").code == 3
    assert submit(*two_files, "--key", "prod", "--no-wait").code == 0


def test_other_spec_key_or_organization_does_not_conflict(
    api: Api, submit: Run, two_files: tuple[str, str]
) -> None:
    assert submit(two_files[0], "--key", "prod", "--no-wait").code == 0
    assert submit(two_files[0], "--key", "prod/new", "--no-wait").code == 0
    assert submit(*two_files, "--key", "production", "--no-wait").code == 0
    other = api.sandbox.catalogue.organization_id
    assert submit(*two_files, "--key", "prod", "--no-wait", "--organization", other).code == 0


def test_both_keys_on_record_do_not_conflict(api: Api, submit: Run, two_files: tuple[str, str]) -> None:
    assert submit(two_files[0], "--key", "prod/n1.xml", "--no-wait").code == 0
    assert submit(two_files[0], "--key", "prod", "--no-wait", "--output-format", "json").code == 4
    assert submit(*two_files, "--key", "prod", "--no-wait").code == 0
    assert api.posts == [201, 201]


def test_locked_journal_is_reported_with_the_documents(
    api: Api, submit: Run, folder: Path, own_journal: Path
) -> None:
    for name in ("one", "two"):
        (folder / f"{name}.xml").write_text(WEB_XML.replace("web-1", name))
    assert submit("one.xml", "--key", "other", "--no-wait").code == 0
    locked = sqlite3.connect(own_journal, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    result = submit("one.xml", "two.xml", "--key", "k", "--timeout", "0.2", "--no-wait")
    locked.rollback()
    locked.close()
    assert (result.code, api.posts) == (4, [201])
    assert result.out == "one  not sent\ntwo  not sent\n"
    reason = f"the journal {own_journal} cannot be used: database is locked"
    assert f"error: 2 specs were not sent: {reason}: one.xml, two.xml\n" in result.err


def test_locked_journal_is_waited_for_until_the_timeout() -> None:
    waits: list[float] = []

    class LockedJournal(SQLiteJournal):
        @contextmanager
        def within(self, wait_s: float) -> Iterator[None]:
            waits.append(wait_s)
            yield

        def entries(self, wanted: object = None) -> Sequence[Entry]:
            assert waits == [2.0]
            raise JournalError("it is locked")

    job = Job(name="web.xml", key="k")
    run = JobRun(jobs=[job], connection=ConnectionOptions(), output=OutputOptions(as_json=True), waits=False)
    with Katapult(token="t", organization="acme", journal=LockedJournal()) as katapult:
        assert not run.check_keys(katapult, "k", 2.0)
    assert job.error is not None
    assert job.error.message == "it is locked"
