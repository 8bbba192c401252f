"""``vmspec submit`` against the sandbox: requests, results and exit codes."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from vmspec import VM, dumps, existing_ip
from vmspec.sandbox import Endpoint

from ..support.api import UUID, Api, Time, losing, submissions
from ..support.command_line import WEB, WEB_XML, Run
from ..support.processes import follow_advice


class TestSingleFile:
    def test_result_line_has_name_state_address_and_time(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web)
        assert result.code == 0
        assert re.fullmatch(
            r"web-1  started   web-1\.sandbox\.katapult\.cloud  198\.19\.0\.10  \d s\n", result.out
        )

    def test_spec_is_sent_once_as_canonical_xml(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "web.yaml").write_text(dumps(WEB, "yaml"))
        assert submit("web.yaml").code == 0
        assert api.posts == [201]
        assert [build.sent for build in api.sandbox.builds] == [WEB]

    def test_build_id_is_printed_on_standard_error(self, api: Api, submit: Run, web: str) -> None:
        (build_id,) = re.findall(r"^web-1  created   (vmbuild_\w{16})$", submit(web).err, re.M)
        assert [build.id for build in api.sandbox.builds] == [build_id]

    def test_progress_has_a_line_for_each_state(
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

    def test_annotations_are_sent(self, api: Api, submit: Run, web: str) -> None:
        assert submit(web, "--annotation", "team=a=b", "--annotation", "seen").code == 0
        (build,) = api.sandbox.builds
        assert {("team", "a=b"), ("seen", "")} <= {(one.key, one.value) for one in build.annotations}

    def test_document_is_read_from_standard_input(self, api: Api, submit: Run) -> None:
        assert submit("-", stdin=dumps(WEB, "json").encode()).code == 0
        assert [build.hostname for build in api.sandbox.builds] == ["web-1"]

    def test_no_wait_ends_after_the_create(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "--no-wait")
        assert (result.code, result.out) == (0, f"web-1  created   {api.sandbox.builds[0].id}\n")
        assert [method for method, _, _ in api.requests] == ["POST"]

    def test_hostname_made_up_by_the_api_is_shown(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "any.yaml").write_text(dumps(WEB, "yaml").replace("hostname: web-1\n", ""))
        result = submit("any.yaml")
        hostname = api.sandbox.builds[0].hostname
        assert result.out.startswith(f"{hostname}  started   {hostname}.sandbox.katapult.cloud")


class TestSeveralFiles:
    def test_results_are_in_the_order_of_the_command_line(self, api: Api, submit: Run, folder: Path) -> None:
        for number in (3, 1, 2):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        result = submit("3.xml", "1.xml", "2.xml")
        assert result.code == 0
        assert [line.split()[0] for line in result.out.splitlines()] == ["web-3", "web-1", "web-2"]
        assert sorted(build.hostname for build in api.sandbox.builds) == ["web-1", "web-2", "web-3"]
        assert api.posts == [201, 201, 201]

    def test_all_specs_of_a_folder_are_sent(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "deep").mkdir()
        (folder / "a.yaml").write_text(dumps(WEB, "yaml"))
        (folder / "deep" / "b.json").write_text(dumps(WEB, "json").replace("web-1", "web-2"))
        (folder / "pom.xml").write_text("<project/>")
        assert submit(".").code == 0
        assert api.posts == [201, 201]

    def test_outcomes_are_independent(self, api: Api, submit: Run, folder: Path) -> None:
        for number in (1, 2, 3, 4):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        api.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
        api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
        api.sandbox.fail_next_build()
        result = submit("--output-format", "json", ".")
        outcomes = [one["outcome"] for one in submissions(result.out)]
        assert sorted(outcomes) == ["created", "failed", "refused", "unknown"]
        assert (result.code, sorted(api.posts)) == (6, [201, 201, 422, 503])

    def test_suspended_organization_ends_the_batch(self, api: Api, submit: Run, folder: Path) -> None:
        for number in range(40):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        api.sandbox.refuse_next("organization_suspended", at=Endpoint.CREATE, times=40)
        result = submit(".")
        assert (result.code, 2 <= len(api.posts) < 20) == (3, True)
        lines = [line for line in result.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 3
        assert ".xml: refused: The organization is suspended. (" in lines[0]
        assert lines[1].startswith(f"error: {len(api.posts) - 1} more for the same reason: ")
        assert lines[2].startswith(f"error: {40 - len(api.posts)} specs were not sent: ")

    def test_max_failures_stops_sending(self, api: Api, submit: Run, folder: Path) -> None:
        for number in range(30):
            (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
        api.sandbox.refuse_next("validation_error", at=Endpoint.CREATE, times=30)
        result = submit(".", "--max-failures", "2")
        assert result.code == 3
        assert 2 <= len(api.posts) < 10
        not_sent = 30 - len(api.posts)
        assert f"error: {not_sent} specs were not sent: " in result.err
        assert f"error: {len(api.posts) - 1} more for the same reason: " in result.err


class TestRefused:
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("invalid_spec_xml", "The XML is not a valid spec; 1:21"),
            ("missing_api_token", "The request has no bearer token."),
            ("invalid_api_token", "The API token does not exist or has expired."),
            ("scope_not_granted", "The API token lacks the scope for this."),
            ("permission_denied", "The API token may not do this."),
            ("organization_suspended", "The organization is suspended."),
            ("organization_not_activated", "The organization is not activated yet."),
            ("unauthorized_network_for_api_token", "The API token may not be used from this network."),
            ("organization_not_found", "No organization matches."),
            ("validation_error", "The machine cannot be made; Hostname is invalid"),
        ],
    )
    def test_exit_code_is_3_with_the_message_of_the_api(
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

    def test_refusal_is_printed(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("organization_suspended", at=Endpoint.CREATE)
        result = submit(web)
        assert (result.code, result.out) == (3, "web-1  refused\n")
        assert result.err.startswith("error: web.xml: refused: The organization is suspended. (")

    def test_rate_limit_until_the_deadline_is_not_sent(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("rate_limit_reached", at=Endpoint.CREATE, times=9)
        result = submit(web, "--timeout", "0.9")
        assert (result.code, result.out, api.posts) == (4, "web-1  not sent\n", [429])


class TestUnknown:
    def test_exit_code_is_6_with_a_warning_not_to_repeat(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
        result = submit(web)
        (submission_id,) = re.findall(f"^web-1  unknown   submission ({UUID})$", result.out, re.M)
        assert (result.code, api.posts) == (6, [503])
        assert "a machine may have been made" in result.err
        assert f"do not submit it again before submission {submission_id} has been looked up" in result.err

    def test_printed_command_finds_it(self, serve: Callable[..., Api], submit: Run, web: str) -> None:
        """The answer to the create is lost, and its machine appears late."""
        time = Time()
        api = serve(speed=1, clock=time)
        with losing(api.running.url) as url:
            result = submit(web, "--api-url", url)
            assert (result.code, len(api.sandbox.builds)) == (6, 1)
            assert follow_advice(result.err) == (6, result.out)
            time.now = 100.0
            assert follow_advice(result.err) == (
                0,
                "web-1  started   web-1.sandbox.katapult.cloud  198.19.0.10\n",
            )
        assert api.posts == [201]

    def test_json_has_ids_annotations_and_error(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
        (one,) = submissions(submit(web, "--annotation", "team=web", "--output-format", "json").out)
        assert (one["outcome"], one["build_id"], one["error"]["code"]) == (
            "unknown",
            None,
            "service_unavailable",
        )
        assert one["annotations"]["vmspec.submission"] == one["submission_id"]
        assert one["annotations"]["team"] == "web"


class TestCreated:
    def test_failed_build_exits_with_5(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.fail_next_build()
        result = submit(web)
        build_id = api.sandbox.builds[0].id
        assert (result.code, result.out) == (5, f"web-1  failed    {build_id}\n")
        assert f"error: web.xml: the build failed: build {build_id} is failed\n" in result.err

    def test_deadline_exits_with_7_and_prints_how_to_wait_on(
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
        code, out = follow_advice(result.err)
        assert (code, out.split()[:3]) == (0, ["web-1", "started", "web-1.sandbox.katapult.cloud"])
        assert api.posts == [201]

    def test_refused_poll_does_not_change_the_outcome(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("permission_denied", at=Endpoint.BUILD)
        result = submit(web, "--output-format", "json")
        (one,) = submissions(result.out)
        assert (result.code, one["outcome"], one["build_id"]) == (7, "building", api.sandbox.builds[0].id)
        assert one["error"]["code"] == "permission_denied"
        assert one["error"]["message"].startswith("the build goes on, but cannot be watched: ")

    def test_token_without_the_scope_for_tasks_is_enough(
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
            "new": True,
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


class TestUntilSSH:
    @pytest.fixture
    def local(self, folder: Path) -> str:
        """Write a spec of a machine with the address of this host."""
        vm = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/ubuntu-22-04")
        (folder / "web.xml").write_text(vm.network("uk-lon-01-public", existing_ip("127.0.0.1")).to_xml())
        return "web.xml"

    def test_machine_is_waited_for_until_ssh_answers(self, api: Api, submit: Run, local: str) -> None:
        with socket.socket() as probe:
            is_answered = probe.connect_ex(("127.0.0.1", 22)) == 0
        result = submit(local, "--until", "ssh", "--timeout", "2")
        assert result.code == (0 if is_answered else 7)
        assert is_answered or "error: web.xml: not reachable by SSH after 2 s: build " in result.err

    def test_no_wait_is_a_usage_error(self, api: Api, run: Run, web: str) -> None:
        assert (run("submit", web, "--until", "ssh", "--no-wait").code, api.requests) == (2, [])


class TestSecrets:
    TOKEN = "canary-token-5d41402abc4b2a76"
    SECRETS = ("canary-option-value", "canary-user-data", "canary user data 2")

    @pytest.fixture
    def secret_file(self, folder: Path) -> str:
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
    def test_secrets_are_in_no_output(
        self,
        serve: Callable[..., Api],
        submit: Run,
        secret_file: str,
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
        result = submit(secret_file, *limit, *output)
        passwords = [build.root_password for build in api.sandbox.builds]
        leaked = [text for text in (*self.SECRETS, self.TOKEN, *passwords) if text in result.out + result.err]
        assert leaked == []
        assert api.posts

    def test_secrets_of_an_invalid_spec_are_in_no_output(
        self, submit: Run, api: Api, secret_file: str
    ) -> None:
        path = Path(secret_file)
        path.write_text(path.read_text().replace("Resources", "Resorces"))
        for output in ([], ["--output-format", "json"]):
            result = submit(secret_file, *output)
            assert result.code == 1
            assert [text for text in self.SECRETS if text in result.out + result.err] == []

    def test_control_characters_from_the_api_are_escaped(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.refuse_next("validation_error", detail={"errors": ["\x1b[2Jred\u202e"]})
        result = submit(web)
        assert "\\x1b[2Jred\\u202e" in result.err
        assert "\x1b" not in result.err + result.out
