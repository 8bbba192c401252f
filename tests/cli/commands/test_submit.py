"""``vmspec submit`` against the sandbox: what is sent, what is said, and what the command ends with."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vmspec import VM, dumps, existing_ip
from vmspec.cli.submission.job import Job, Outcome
from vmspec.cli.submission.results import exit_code
from vmspec.sandbox import Endpoint

from ..support.api import UUID, Api, Time, losing, submissions
from ..support.command_line import ENTRY, WEB, WEB_XML, Process, Run
from ..support.documents import BAD_LINES, NOTE
from ..support.processes import Child, go_on, on_terminal

TOP = Path(__file__).parents[3]


@pytest.fixture
def submit(run: Run) -> Run:
    """Runs ``vmspec submit`` here, polling so often that no test waits."""

    def submit_here(*arguments: str | Path, **options: Any) -> Any:
        return run("submit", "--poll", "0.01", "--settle", "0.1", *arguments, **options)

    return submit_here


class TestOneFile:
    def test_ends_with_name_state_and_address_of_the_machine(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web)
        assert result.code == 0
        assert re.fullmatch(
            r"web-1  started   web-1\.sandbox\.katapult\.cloud  198\.19\.0\.10  \d s\n", result.out
        )

    def test_is_sent_once_as_canonical_xml(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "web.yaml").write_text(dumps(WEB, "yaml"))
        assert submit("web.yaml").code == 0
        assert api.posts == [201]
        assert [build.sent for build in api.sandbox.builds] == [WEB]

    def test_tells_its_progress_on_standard_error_in_lines(self, api: Api, submit: Run, web: str) -> None:
        (build_id,) = re.findall(r"^web-1  created   (vmbuild_\w{16})$", submit(web).err, re.M)
        assert [build.id for build in api.sandbox.builds] == [build_id]

    def test_progress_is_a_line_for_each_state(
        self, serve: Callable[..., Api], submit: Run, web: str
    ) -> None:
        now = 0.0
        api = serve(speed=1, clock=lambda: now)

        def ten_seconds_go_by(_: str) -> None:
            nonlocal now
            now += 10

        api.during.append(ten_seconds_go_by)
        lines = submit(web).err.splitlines()
        assert [line.split("  ")[1].strip() for line in lines] == ["created", "building", "started"]
        assert lines[1] == "web-1  building   54 %  0 s"

    def test_puts_annotations_on_the_machine(self, api: Api, submit: Run, web: str) -> None:
        assert submit(web, "--annotation", "team=a=b", "--annotation", "seen").code == 0
        (build,) = api.sandbox.builds
        assert {("team", "a=b"), ("seen", "")} <= {(one.key, one.value) for one in build.annotations}

    def test_comes_from_standard_input_too(self, api: Api, submit: Run) -> None:
        assert submit("-", stdin=dumps(WEB, "json").encode()).code == 0
        assert [build.hostname for build in api.sandbox.builds] == ["web-1"]

    def test_is_not_waited_for_where_that_is_said(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "--no-wait")
        assert (result.code, result.out) == (0, f"web-1  created   {api.sandbox.builds[0].id}\n")
        assert [method for method, _, _ in api.requests] == ["POST"]

    def test_a_made_up_hostname_is_told(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "any.yaml").write_text(dumps(WEB, "yaml").replace("hostname: web-1\n", ""))
        result = submit("any.yaml")
        hostname = api.sandbox.builds[0].hostname
        assert result.out.startswith(f"{hostname}  started   {hostname}.sandbox.katapult.cloud")

    def test_a_key_that_others_can_read_is_told(
        self, api: Api, submit: Run, web: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = Path("key")
        key.write_text(f"{api.running.token}\n")
        key.chmod(0o644)
        monkeypatch.delenv("KATAPULT_API_KEY")
        monkeypatch.setenv("KATAPULT_API_KEY_FILE", "key")
        result = submit(web)
        assert result.code == 0
        assert result.err.startswith("warning: others can read the API key in key; chmod 600 it\n")


class TestSeveral:
    def test_each_is_sent_once_and_told_in_the_order_given(self, api: Api, submit: Run, folder: Path) -> None:
        for number in (3, 1, 2):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        result = submit("3.xml", "1.xml", "2.xml")
        assert result.code == 0
        assert [line.split()[0] for line in result.out.splitlines()] == ["web-3", "web-1", "web-2"]
        assert sorted(build.hostname for build in api.sandbox.builds) == ["web-1", "web-2", "web-3"]
        assert api.posts == [201, 201, 201]

    def test_of_a_folder_all_specs_are_sent(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "deep").mkdir()
        (folder / "a.yaml").write_text(dumps(WEB, "yaml"))
        (folder / "deep" / "b.json").write_text(dumps(WEB, "json").replace("web-1", "web-2"))
        (folder / "pom.xml").write_text("<project/>")
        assert submit(".").code == 0
        assert api.posts == [201, 201]

    def test_what_becomes_of_one_changes_nothing_for_the_others(
        self, api: Api, submit: Run, folder: Path
    ) -> None:
        for number in (1, 2, 3, 4):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        api.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
        api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
        api.sandbox.fail_next_build()
        result = submit("--output-format", "json", ".")
        outcomes = [one["outcome"] for one in submissions(result.out)]
        assert sorted(outcomes) == ["created", "failed", "refused", "unknown"]
        assert (result.code, sorted(api.posts)) == (6, [201, 201, 422, 503])

    def test_after_some_failures_no_more_are_begun(self, api: Api, submit: Run, folder: Path) -> None:
        for number in range(30):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE, times=30)
        result = submit(".", "--max-failures", "2")
        assert result.code == 3
        assert 2 <= len(api.posts) < 10
        assert "nothing was sent: not begun, for 2 failed before" in result.err

    def test_files_of_a_folder_that_are_passed_by_are_named(
        self, api: Api, submit: Run, web: str, folder: Path
    ) -> None:
        (folder / "utf.xml").write_bytes(WEB_XML.encode("utf-16"))
        (folder / "slip.yaml").write_text("resorces:\n  package: {permalink: rock-3}\nhostname: web-1\n")
        result = submit(".", "--no-wait")
        assert (result.code, api.posts) == (0, [201])
        assert result.err.startswith(
            "skipped: slip.yaml: not a spec, as far as its content shows\n"
            "skipped: utf.xml: not a spec, as far as its content shows\n"
        )

    def test_documents_that_clash_are_not_sent_at_all(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(WEB_XML)
        (folder / "b.xml").write_text(WEB_XML.replace("web-1", "WEB-1"))
        result = submit("a.xml", "b.xml")
        assert (result.code, result.out, api.requests) == (1, "", [])
        assert result.err.endswith(
            "error: hostname web-1 is claimed by a.xml and by b.xml\n"
            "error: nothing was sent: documents clash\n"
        )

    @pytest.mark.parametrize("names", [["web.xml", "web.xml"], ["web.xml", "."], ["web.xml", "link.xml"]])
    def test_a_file_named_twice_is_not_sent_at_all(
        self, api: Api, submit: Run, web: str, folder: Path, names: list[str]
    ) -> None:
        (folder / "link.xml").symlink_to("web.xml")
        result = submit(*names)
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert result.err.endswith("named twice\nerror: nothing was sent: a document is named twice\n")

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
    def test_the_worst_outcome_counts(self, outcomes: list[str], code: int) -> None:
        jobs = [Job(name="x", spec=None, outcome=Outcome(outcome)) for outcome in outcomes]
        assert exit_code(jobs) == exit_code(jobs[::-1]) == code


class TestNothingIsSent:
    def test_where_one_file_has_errors(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        (folder / "bad.xml").write_text(WEB_XML.replace("Package", "Packge"))
        result = submit(web, "bad.xml")
        assert (result.code, result.out, api.requests) == (1, "", [])
        assert result.err == (
            BAD_LINES.format(name="bad.xml")
            + "1 error in 1 of 2 files\nerror: nothing was sent: there are errors\n"
            + NOTE
        )

    def test_and_json_says_which(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        (folder / "bad.xml").write_text(WEB_XML.replace("Package", "Packge"))
        result = submit(web, "bad.xml", "--output-format", "json")
        nothing = {
            "submission_id": None,
            "build_id": None,
            "task_id": None,
            "virtual_machine": None,
            "annotations": {},
        }
        held_back = {"code": None, "message": "nothing was sent: there are errors", "request_id": None}
        finding = "5:6: <Resources> has no child <Packge>; did you mean <Package>?"
        assert submissions(result.out) == [
            {"path": "web.xml", "outcome": "not_sent", **nothing, "error": held_back},
            {
                "path": "bad.xml",
                "outcome": "invalid",
                **nothing,
                "error": {"code": "VMS102", "message": finding, "request_id": None},
            },
        ]

    def test_where_a_path_cannot_be_read(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "nope.xml")
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert result.err.startswith("error: nope.xml: No such file or directory\n")

    def test_where_the_root_of_one_in_a_folder_has_a_slip(
        self, api: Api, submit: Run, web: str, folder: Path
    ) -> None:
        (folder / "web-2.xml").write_text(WEB_XML.replace("VirtualMachineSpec>", "VirtualMachineSpecs>"))
        result = submit(".")
        assert (result.code, result.out, api.requests) == (1, "", [])
        assert "web-2.xml:2:2: error VMS101 " in result.err

    @pytest.mark.parametrize("option", ["--api-url", "--organization", "--journal", "--ca-bundle"])
    @pytest.mark.parametrize("command", ["submit", "reconcile", "wait"])
    def test_where_an_option_is_empty(self, api: Api, run: Run, web: str, command: str, option: str) -> None:
        """As of a variable that is not set: the environment's could be another one than was meant."""
        result = run(command, web, option, "")
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert f"'{option}': it is empty; leave it out, or give one." in result.err

    def test_where_there_is_no_spec(self, api: Api, submit: Run, folder: Path) -> None:
        result = submit(".")
        assert (result.code, result.err) == (2, "error: nothing was sent: no specs were found\n")

    def test_where_a_named_file_is_foreign(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "notes.txt").write_text("notes")
        assert (submit("notes.txt").code, api.requests) == (1, [])

    @pytest.mark.parametrize("name", ["KATAPULT_API_KEY", "KATAPULT_ORGANIZATION"])
    def test_where_a_setting_is_missing(
        self, api: Api, submit: Run, web: str, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(name)
        result = submit(web, "--output-format", "json")
        assert (result.code, api.requests) == (2, [])
        assert re.fullmatch(f"error: no (API key|organization): set {name}.*\n", result.err)
        assert [one["outcome"] for one in submissions(result.out)] == ["not_sent"]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--timeout", "0"], "--timeout"),
            (["--timeout", "nan"], "no number of seconds"),
            (["--poll", "-1"], "--poll"),
            (["--annotation", "a=1", "--annotation", "a=2"], "given twice"),
            (["--annotation", "vmspec.key=1"], "vmspec.key"),
            (["--annotation", "=1"], "not empty"),
            (["--api-url", "http://api.katapult.test/core/v1"], "https only"),
            (["--organization", "a b"], "the organization is"),
            (["--ca-bundle", "nope.pem"], "CA bundle"),
            (["--sandbox", "--organization", "acme"], "--sandbox takes no --organization"),
        ],
    )
    def test_where_the_command_is_used_wrongly(
        self, api: Api, run: Run, web: str, arguments: list[str], words: str
    ) -> None:
        result = run("submit", web, *arguments)
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert words in result.err

    def test_where_nobody_listens(self, submit: Run, web: str, api: Api) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        result = submit(
            web, "--timeout", "0.9", "--api-url", f"http://127.0.0.1:{port}", "--output-format", "json"
        )
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["build_id"]) == (4, "not_sent", None)
        assert "nothing was sent: no connection was made" in one["error"]["message"]
        assert api.requests == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("invalid_spec_xml", "The XML is not a valid spec."),
            ("missing_api_token", "The request has no bearer token."),
            ("invalid_api_token", "The API token does not exist or has expired."),
            ("scope_not_granted", "The API token lacks the scope for this."),
            ("permission_denied", "The API token may not do this."),
            ("organization_suspended", "The organization is suspended."),
            ("organization_not_activated", "The organization is not activated yet."),
            ("unauthorized_network_for_api_token", "The API token may not be used from this network."),
            ("organization_not_found", "No organization matches."),
            ("validation_error", "The machine cannot be made.; Hostname is invalid"),
        ],
    )
    def test_end_with_3_and_the_words_of_the_api(
        self, api: Api, submit: Run, web: str, code: str, words: str
    ) -> None:
        api.sandbox.refuse_next(code, at=Endpoint.CREATE)
        result = submit(web, "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["error"]["code"]) == (3, "refused", code)
        assert words in one["error"]["message"]
        assert re.fullmatch(UUID, one["error"]["request_id"])
        assert re.fullmatch(UUID, one["submission_id"])
        assert len(api.posts) == 1

    def test_are_told_in_text(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("organization_suspended", at=Endpoint.CREATE)
        result = submit(web)
        assert (result.code, result.out) == (3, "web-1  refused\n")
        assert result.err.startswith("error: web.xml: refused: The organization is suspended. (")

    def test_too_many_requests_until_the_deadline_are_not_sent(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("rate_limit_reached", at=Endpoint.CREATE, times=9)
        result = submit(web, "--timeout", "0.9")
        assert (result.code, result.out, api.posts) == (4, "web-1  not sent\n", [429])


class TestUnknown:
    def test_ends_with_6_and_warns_not_to_repeat(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
        result = submit(web)
        (submission_id,) = re.findall(f"^web-1  unknown   submission ({UUID})$", result.out, re.M)
        assert (result.code, api.posts) == (6, [503])
        assert "a machine may have been made" in result.err
        assert f"do not submit it again before submission {submission_id} has been looked up" in result.err

    def test_says_how_to_look_for_the_machine(self, serve: Callable[..., Api], submit: Run, web: str) -> None:
        """The answer to a create that was carried out is lost, and its machine is seen late."""
        time = Time()
        api = serve(speed=1, clock=time)
        with losing(api.running.url) as url:
            result = submit(web, "--api-url", url)
            assert (result.code, len(api.sandbox.builds)) == (6, 1)
            assert go_on(result.err) == (6, result.out)
            time.now = 100.0
            assert go_on(result.err) == (0, "web-1  started   web-1.sandbox.katapult.cloud  198.19.0.10\n")
        assert api.posts == [201]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    @pytest.mark.parametrize("output", [[], ["--no-wait"], ["--output-format", "json"]])
    def test_is_what_a_script_gets_that_cannot_be_told(
        self, api: Api, process: Process, web: str, output: list[str]
    ) -> None:
        with Path("/dev/full").open("wb") as full:
            done = process("submit", web, "--poll", "0.01", *output, stdout=full)
        assert (done.returncode, api.posts) == (6, [201])
        assert api.sandbox.builds[0].id.encode() in done.stderr
        assert b"error: the results cannot be written: No space left on device\n" in done.stderr

    def test_json(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
        (one,) = submissions(submit(web, "--annotation", "team=web", "--output-format", "json").out)
        assert (one["outcome"], one["build_id"], one["error"]["code"]) == (
            "unknown",
            None,
            "service_unavailable",
        )
        assert one["annotations"]["vmspec.submission"] == one["submission_id"]
        assert one["annotations"]["team"] == "web"


class TestAfterTheCreate:
    def test_a_failed_build_ends_with_5(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.fail_next_build()
        result = submit(web)
        build_id = api.sandbox.builds[0].id
        assert (result.code, result.out) == (5, f"web-1  failed    {build_id}\n")
        assert f"error: web.xml: the build failed: build {build_id} is failed\n" in result.err

    def test_still_building_at_the_deadline_ends_with_7_and_says_how_to_go_on(
        self, serve: Callable[..., Api], submit: Run, web: str
    ) -> None:
        now = 0.0
        api = serve(speed=1, clock=lambda: now)
        result = submit(web, "--timeout", "0.9", "--organization", "sandbox")
        build_id = api.sandbox.builds[0].id
        assert (result.code, result.out) == (7, f"web-1  building  {build_id}\n")
        assert f"error: web.xml: not started after 0.9 s: build {build_id} is pending" in result.err
        assert "do not submit it again" in result.err
        now = 100.0
        code, out = go_on(result.err)
        assert (code, out.split()[:3]) == (0, ["web-1", "started", "web-1.sandbox.katapult.cloud"])
        assert api.posts == [201]

    def test_a_refused_look_changes_nothing_about_the_create(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("permission_denied", at=Endpoint.BUILD)
        result = submit(web, "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["build_id"]) == (7, "building", api.sandbox.builds[0].id)
        assert one["error"]["code"] == "permission_denied"
        assert one["error"]["message"].startswith("the build goes on, but cannot be watched: ")

    def test_a_token_that_may_not_read_tasks_is_enough(
        self, serve: Callable[..., Api], submit: Run, web: str
    ) -> None:
        serve(scopes=("virtual_machines",))
        result = submit(web)
        assert (result.code, "%" in result.err.replace("100 %", "")) == (0, False)

    def test_json_of_a_started_machine(self, api: Api, submit: Run, folder: Path) -> None:
        vm = VM.from_spec(WEB).network("uk-lon-01-public", existing_ip("185.53.57.48"))
        (folder / "web.xml").write_text(vm.to_xml())
        result = submit("web.xml", "--annotation", "team=w\u00e9b", "--output-format", "json")
        (build,) = api.sandbox.builds
        (one,) = submissions(result.out)
        own = {"vmspec.submission": one["submission_id"], "vmspec.spec": one["annotations"]["vmspec.spec"]}
        assert one == {
            "path": "web.xml",
            "outcome": "created",
            "submission_id": one["submission_id"],
            "build_id": build.id,
            "task_id": build.task_id,
            "virtual_machine": {
                "id": build.machine_id,
                "hostname": "web-1",
                "fqdn": "web-1.sandbox.katapult.cloud",
                "state": "started",
                "addresses": ["198.19.0.10", "185.53.57.48"],
            },
            "annotations": {"team": "w\u00e9b", **own},
            "error": None,
        }
        assert re.fullmatch(UUID, one["submission_id"])

    def test_json_without_waiting(self, api: Api, submit: Run, web: str) -> None:
        (one,) = submissions(submit(web, "--no-wait", "--output-format", "json").out)
        assert (one["outcome"], one["build_id"]) == ("created", api.sandbox.builds[0].id)
        assert (one["virtual_machine"], one["error"]) == (None, None)


class TestSandbox:
    def test_needs_no_environment_and_heeds_none(self, run: Run, api: Api, web: str) -> None:
        result = run("submit", web, "--sandbox", "--no-wait")
        assert result.code == 0
        assert re.match(r"sandbox: http://127\.0\.0\.1:\d+/core/v1 on this machine", result.err)
        assert api.requests == []

    def test_the_first_example_is_started_within_seconds(self, process: Process) -> None:
        begin = time.monotonic()
        done = process("submit", TOP / "examples" / "web.yaml", "--sandbox", env={"KATAPULT_API_KEY": ""})
        assert (done.returncode, time.monotonic() - begin < 10) == (0, True)
        assert re.fullmatch(
            r"web-1  started   web-1\.sandbox\.katapult\.cloud  198\.19\.0\.10  \d s\n", done.stdout.decode()
        )

    def test_says_what_to_install_where_it_cannot_run(self, web: str) -> None:
        hidden = "import sys; sys.modules['uvicorn'] = None; "
        done = subprocess.run(
            [sys.executable, "-P", "-c", hidden + ENTRY, "submit", web, "--sandbox"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith("pip install 'vmspec[sandbox]'\n")


class TestInterruption:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_while_waiting_says_what_is_known_and_how_to_go_on(
        self, serve: Callable[..., Api], web: str, number: signal.Signals
    ) -> None:
        now = 0.0
        api = serve(speed=1, clock=lambda: now)
        child = Child("submit", web, "--poll", "0.01")
        child.read_until("pending")
        code, out, err = child.end(number)
        (build,) = api.sandbox.builds
        (submission_id,) = [one.value for one in build.annotations if one.key == "vmspec.submission"]
        assert (code, out) == (130, f"web-1  building  {build.id}\n")
        assert "error: web.xml: interrupted; the build goes on\n" in err
        assert f"submission {submission_id}, build {build.id}, hostname web-1\n" in err
        assert "do not submit it again" in err
        now = 100.0
        assert go_on(err)[0] == 0
        assert api.posts == [201]

    def test_json_tells_the_same_of_each(self, serve: Callable[..., Api], folder: Path) -> None:
        """Some are built, the answers to those sent after them never come, the rest is not sent.

        Eight are sent at a time: where a ninth arrives, the answer to one was read.
        """
        for number in range(20):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        api = serve(speed=0.001)
        held, go = threading.Event(), threading.Event()

        def hold_the_ninth(method: str) -> None:
            if len(api.posts) == 9 and method == "POST":
                held.set()
                go.wait(30)

        api.during.append(hold_the_ninth)
        child = Child("submit", ".", "--output-format", "json")
        try:
            assert held.wait(30)
            code, out, err = child.end(signal.SIGINT)
        finally:
            go.set()
        told = submissions(out)
        assert code == 130
        building = [one["build_id"] for one in told if one["outcome"] == "building"]
        assert building
        assert {*building} <= {build.id for build in api.sandbox.builds}
        unknown = [one for one in told if one["outcome"] == "unknown"]
        assert 1 <= len(unknown) <= 8
        for one in unknown:
            assert "a machine may have been made" in one["error"]["message"]
            assert f"do not submit it again before submission {one['submission_id']}" in err
        left = [one["error"]["message"] for one in told if one["outcome"] == "not_sent"]
        assert left == ["interrupted before it was sent"] * (20 - len(building) - len(unknown))

    def test_before_anything_is_sent(self, api: Api, folder: Path) -> None:
        os.mkfifo(folder / "web.xml")
        child = Child("submit", "web.xml")
        with (folder / "web.xml").open("wb"):  # comes back as soon as the command reads
            assert child.end(signal.SIGINT) == (130, "", "error: interrupted; nothing was sent\n")
        assert api.requests == []


class TestTerminal:
    def test_progress_is_bars_and_the_result_stays_clean(self, api: Api, web: str) -> None:
        code, out, shown = on_terminal("submit", web, "--poll", "0.01", env={"TERM": "xterm"})
        assert (code, out.count("\n"), "\x1b" in out) == (0, 1, False)
        assert "━" in shown
        assert out.startswith("web-1  started")

    def test_of_several_there_is_a_bar_for_all(self, api: Api, web: str, folder: Path) -> None:
        for number in range(20):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        (folder / web).unlink()
        code, out, shown = on_terminal("submit", ".", "--poll", "0.01", env={"TERM": "xterm"})
        assert (code, out.count("\n")) == (0, 20)
        assert "of 20" in shown
        assert "20 created" in shown

    def test_without_colours_where_none_are_wanted(self, api: Api, web: str) -> None:
        _, _, shown = on_terminal("submit", web, "--poll", "0.01", env={"TERM": "xterm", "NO_COLOR": "1"})
        assert "━" in shown
        assert re.findall(r"\x1b\[[\d;]*m", shown) == []

    def test_a_dumb_terminal_gets_lines(self, api: Api, web: str) -> None:
        code, _, shown = on_terminal("submit", web, "--poll", "0.01", env={"TERM": "dumb"})
        assert (code, "\x1b" in shown) == (0, False)

    def test_words_of_the_api_do_not_steer_it(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("validation_error", detail={"errors": ["\x1b[2Jred\u202e"]})
        result = submit(web)
        assert "\\x1b[2Jred\\u202e" in result.err
        assert "\x1b" not in result.err + result.out


class TestSecrets:
    TOKEN = "canary-token-5d41402abc4b2a76"
    SECRETS = ("canary-option-value", "canary-user-data", "canary user data 2")

    @pytest.fixture
    def secretive(self, folder: Path) -> str:
        option, first, second = self.SECRETS
        vm = VM.from_spec(WEB).option("password", option)
        vm = vm.cloud_init(f"#cloud-config\npassword: {first}\nfqdn: {second}\n")
        (folder / "web.xml").write_text(vm.to_xml())
        return "web.xml"

    @pytest.mark.parametrize("output", [[], ["--output-format", "json"], ["--no-wait"]])
    @pytest.mark.parametrize(
        "code",
        [None, "failed", "service_unavailable", "validation_error", "invalid_spec_xml", "rate_limit_reached"],
    )
    def test_appear_in_no_output(
        self,
        serve: Callable[..., Api],
        submit: Run,
        secretive: str,
        code: str | None,
        output: list[str],
    ) -> None:
        api = serve(token=self.TOKEN)
        spoken = {"errors": ["Option " + " and ".join((*self.SECRETS, self.TOKEN)) + " is invalid"]}
        if code == "failed":
            api.sandbox.fail_next_build()
        elif code is not None:
            api.sandbox.refuse_next(code, at=Endpoint.CREATE, detail=spoken)
        limit = ["--timeout", "0.9"] if code == "rate_limit_reached" else []  # no time for a second try
        result = submit(secretive, *limit, *output)
        passwords = [build.root_password for build in api.sandbox.builds]
        leaked = [text for text in (*self.SECRETS, self.TOKEN, *passwords) if text in result.out + result.err]
        assert leaked == []
        assert api.posts

    def test_appear_not_where_the_document_is_wrong(self, submit: Run, api: Api, secretive: str) -> None:
        path = Path(secretive)
        path.write_text(path.read_text().replace("Resources", "Resorces"))
        for output in ([], ["--output-format", "json"]):
            result = submit(secretive, *output)
            assert result.code == 1
            assert [text for text in self.SECRETS if text in result.out + result.err] == []
