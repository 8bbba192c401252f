"""The sandbox as a plain object: its answers, and their times."""

from __future__ import annotations

import re
from typing import Any

from vmspec.sandbox import Answer, Catalogue, Request, Sandbox

ID = r"[A-Za-z0-9]{16}"


def test_create_answers_task_build_and_hostname(caller: Any) -> None:
    reply = caller.create(annotations=[{"key": "team", "value": "web"}, {"key": "bare"}])

    assert reply.status == 201
    content = reply.json
    assert content == {
        "task": {"id": content["task"]["id"], "name": "Build virtual machine", "status": "pending"},
        "build": content["virtual_machine_build"],
        "virtual_machine_build": {"id": content["build"]["id"], "state": "pending"},
        "hostname": "web-1",
        "annotations": [{"key": "team", "value": "web"}, {"key": "bare", "value": ""}],
    }
    assert re.fullmatch(f"task_{ID}", content["task"]["id"])
    assert re.fullmatch(f"vmbuild_{ID}", content["build"]["id"])


def test_every_answer_has_the_headers_of_the_api(caller: Any) -> None:
    replies = [caller.create(), caller.create("<nonsense"), caller.get("/nowhere")]

    assert [reply.headers["X-Ratelimit-Remaining"] for reply in replies] == ["999", "998", "997"]
    for reply in replies:
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.headers["X-Ratelimit-Permitted"] == "1000"
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", reply.headers["X-Request-Id"])
    assert len({reply.headers["X-Request-Id"] for reply in replies}) == 3


def test_build_proceeds_to_a_started_machine(caller: Any) -> None:
    created = caller.created()
    seen = []
    for age in (0, 1, 7.9, 8, 36.9, 37, 39, 43, 1000):
        caller.clock.now = 5000 + age
        build = caller.build(created["build"]["id"]).json["virtual_machine_build"]
        machine = build["virtual_machine"]
        task = caller.task(created["task"]["id"]).json["task"]
        seen.append((age, build["state"], machine and machine["state"], task["status"], task["progress"]))

    assert seen == [
        (0, "pending", None, "pending", 0),
        (1, "building", None, "running", 2),
        (7.9, "building", None, "running", 21),
        (8, "building", "stopped", "running", 21),
        (36.9, "building", "stopped", "running", 99),
        (37, "complete", "stopped", "completed", 100),
        (39, "complete", "starting", "completed", 100),
        (43, "complete", "started", "completed", 100),
        (1000, "complete", "started", "completed", 100),
    ]


def test_speed_shortens_a_build(make_caller: Any) -> None:
    caller = make_caller(speed=10)
    build_id = caller.created()["build"]["id"]
    caller.clock.advance(3.75)

    assert caller.build(build_id).json["virtual_machine_build"]["state"] == "complete"


def test_times_are_unix_times_in_whole_seconds(caller: Any) -> None:
    caller.clock.advance(2)
    created = caller.created()
    caller.clock.advance(100.5)

    build = caller.build(created["build"]["id"]).json["virtual_machine_build"]
    task = caller.task(created["task"]["id"]).json["task"]
    machine = caller.machine(id=build["virtual_machine"]["id"]).json["virtual_machine"]
    assert build["created_at"] == 1_700_000_002
    assert (task["created_at"], task["started_at"], task["finished_at"]) == (
        1_700_000_002,
        1_700_000_003,
        1_700_000_039,
    )
    assert machine["created_at"] == 1_700_000_010


def test_build_shows_its_machine_and_annotations(caller: Any) -> None:
    created = caller.created(team="web")
    caller.clock.advance(10)

    content = caller.build(created["build"]["id"]).json
    machine = content["virtual_machine_build"]["virtual_machine"]
    assert content["annotations"] == [{"key": "team", "value": "web"}]
    assert machine == {
        "id": machine["id"],
        "name": "web-1",
        "hostname": "web-1",
        "fqdn": "web-1.sandbox.katapult.cloud",
        "state": "stopped",
    }


def test_machine_is_found_by_id_and_fqdn_once_it_exists(caller: Any) -> None:
    created = caller.created(team="web")
    fqdn = "web-1.sandbox.katapult.cloud"
    assert caller.machine(fqdn=fqdn).error == (404, "virtual_machine_not_found", {})
    caller.clock.advance(50)

    by_fqdn = caller.machine(fqdn=fqdn)
    machine = by_fqdn.json["virtual_machine"]
    assert caller.machine(id=machine["id"]).json == by_fqdn.json
    assert by_fqdn.json["annotations"] == [{"key": "team", "value": "web"}]
    assert (machine["state"], machine["hostname"]) == ("started", created["hostname"])
    assert (machine["package"]["permalink"], machine["memory_in_gb"], machine["cpu_cores"]) == (
        "rock-3",
        3,
        1,
    )
    assert machine["zone"]["data_center"]["permalink"] == "uk-lon-01"
    assert machine["organization"]["sub_domain"] == "sandbox"
    assert [item["address"] for item in machine["ip_addresses"]] == ["198.19.0.10"]
    assert machine["ip_addresses"][0]["network"]["permalink"] == "uk-lon-01-public"


def test_each_machine_has_its_own_root_password(caller: Any) -> None:
    caller.created()
    caller.created()
    caller.clock.advance(50)

    ids = [row["id"] for row in caller.machines().json["virtual_machines"]]
    passwords = {caller.machine(id=item).json["virtual_machine"]["initial_root_password"] for item in ids}
    assert len(passwords) == 2
    assert all(re.fullmatch(ID, item) for item in passwords)


def test_machine_has_only_known_tags_in_catalogue_order(caller: Any) -> None:
    caller.created()
    caller.clock.advance(50)

    machine = caller.machine(fqdn="web-1.sandbox.katapult.cloud").json["virtual_machine"]
    assert machine["tag_names"] == ["web", "public"]
    assert [tag["name"] for tag in machine["tags"]] == ["web", "public"]


def test_random_hostname_is_generated(caller: Any) -> None:
    xml = "<VirtualMachineSpec><Hostname><Hostname type='random'/></Hostname></VirtualMachineSpec>"
    names = {caller.created(xml)["hostname"] for _ in range(3)}

    assert len(names) == 3
    assert all(re.fullmatch(r"sandbox-[a-z0-9]{8}", name) for name in names)


def test_flexible_resources_replace_a_package(caller: Any) -> None:
    caller.created(
        "<VirtualMachineSpec><Resources><Memory>16</Memory><CPUCores>4</CPUCores></Resources>"
        "<Hostname><Hostname>big</Hostname></Hostname></VirtualMachineSpec>"
    )
    caller.clock.advance(50)

    machine = caller.machine(fqdn="big.sandbox.katapult.cloud").json["virtual_machine"]
    assert (machine["package"], machine["memory_in_gb"], machine["cpu_cores"]) == (None, 16, 4)


def test_new_addresses_are_unique(caller: Any) -> None:
    both = caller.web_xml.replace(
        "</IPAddressAllocation>",
        "</IPAddressAllocation><IPAddressAllocation type='new'><Version>6</Version></IPAddressAllocation>",
    )
    caller.created(both)
    caller.created(both.replace("Web-1", "web-2"))
    caller.clock.advance(50)

    rows = caller.machines().json["virtual_machines"]
    assert [[item["address"] for item in row["ip_addresses"]] for row in rows] == [
        ["198.19.0.10", "2001:db8::b"],
        ["198.19.0.12", "2001:db8::d"],
    ]


def test_unknown_address_id_always_gets_the_same_address(caller: Any) -> None:
    xml = caller.web_xml.replace('type="new"', 'type="existing"').replace(
        "<Version>4</Version>", "<IPAddress>ip_abcdefghijklmnop</IPAddress>"
    )
    caller.created(xml)
    caller.created(xml)
    caller.clock.advance(50)

    first, second = caller.machines().json["virtual_machines"]
    assert first["ip_addresses"] == second["ip_addresses"]
    shown = caller.machine(id=first["id"]).json["virtual_machine"]["ip_addresses"][0]
    assert shown["id"] == "ip_abcdefghijklmnop"
    assert shown["address"].startswith("198.18.")


def test_template_version_lists_its_options(caller: Any) -> None:
    catalogue = Catalogue()
    windows = next(item for item in catalogue.templates if "windows" in item.permalink)
    reply = caller.get(
        "/disk_template_versions/disk_template_version/spec",
        ("disk_template_version[id]", windows.version_id(1)),
    )

    assert reply.status == 200
    assert reply.json["disk_template_version"] == {
        "id": windows.version_id(1),
        "number": 1,
        "stable": True,
        "size_in_gb": 10,
        "disk_template": {
            "id": windows.id,
            "name": "Windows Server 2022",
            "permalink": "templates/windows-2022",
        },
    }
    fields = reply.json["spec"]["fields"]
    assert [(item["name"], item["type"], item["required"], item["prefill"]) for item in fields] == [
        ("password", "Password", True, None),
        ("keyboard", "Keyboard", False, "en-gb"),
        ("time_zone", "Text", False, None),
        ("install_agent", "Boolean", False, "true"),
    ]


def test_next_build_can_fail(caller: Any) -> None:
    caller.sandbox.fail_next_build()
    failing, other = caller.created(), caller.created()
    caller.clock.advance(50)

    build = caller.build(failing["build"]["id"]).json["virtual_machine_build"]
    task = caller.task(failing["task"]["id"]).json["task"]
    assert (build["state"], build["virtual_machine"]) == ("failed", None)
    assert (task["status"], task["progress"]) == ("failed", 99)
    assert caller.build(other["build"]["id"]).json["virtual_machine_build"]["state"] == "complete"
    assert caller.machines().json["pagination"]["total"] == 1


def test_seed_makes_answers_reproducible(make_caller: Any) -> None:
    def told(seed: int) -> Any:
        caller = make_caller(seed=seed)
        created = caller.created()
        caller.clock.advance(50)
        reply = caller.machine(fqdn="web-1.sandbox.katapult.cloud")
        return created, reply.json, reply.headers["X-Request-Id"]

    assert told(7) == told(7)
    assert told(7) != told(8)


def test_builds_have_the_spec_as_sent_and_as_stored(caller: Any) -> None:
    caller.created(team="web")

    (build,) = caller.sandbox.builds
    assert build.sent.hostname == "Web-1"
    assert build.stored.hostname == "web-1"
    assert [(item.key, item.value) for item in build.annotations] == [("team", "web")]


def test_no_repr_shows_a_secret() -> None:
    sandbox = Sandbox(token="canary-token", seed=1)
    headers = (("Authorization", "Bearer canary-token"),)
    request = Request("GET", "/core/v1/tasks/task", (), headers, b"canary-body")
    sandbox.answer(request)

    shown = repr((sandbox, request, Answer(200, (), b"canary-body")))
    assert "canary" not in shown


def test_root_password_is_in_no_repr(caller: Any) -> None:
    caller.created()
    (build,) = caller.sandbox.builds

    assert build.root_password not in repr((build, caller.sandbox))
    assert len(build.root_password) == 16


def test_each_sandbox_has_its_own_token() -> None:
    assert Sandbox().token != Sandbox().token
