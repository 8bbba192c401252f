"""The sandbox compared with the vendor's OpenAPI document and recorded traffic.

They are not part of the project, so these tests run only if they lie beside the checkout.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from vmspec.documents import loads
from vmspec.sandbox import Catalogue, Endpoint
from vmspec.sandbox.catalogue import Address, DataCenter, Package, SpeedProfile, Template
from vmspec.sandbox.refusals import CODES

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


RECORDED = sorted((DATA / "recorded").glob("*.json"))


UNDOCUMENTED = (
    "route_not_found",
    "request_too_large",
    "invalid_json_body",
    "missing_required_argument",
    "invalid_argument",
)


PATHS = {endpoint: re.sub("[{}]", "", endpoint.value.path) for endpoint in Endpoint}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the vendor's documents are not here")


@pytest.fixture(scope="module")
def document() -> Any:
    """Return the OpenAPI document, with ``nullable`` as in JSON Schema."""

    def translated(node: Any) -> Any:
        if isinstance(node, list):
            return [translated(item) for item in node]
        if not isinstance(node, dict):
            return node
        new = {key: translated(item) for key, item in node.items()}
        return {"anyOf": [new, {"type": "null"}]} if new.pop("nullable", False) is True else new

    return translated(json.loads((DATA / "katapult-core-openapi.json").read_text()))


def problems(document: Any, endpoint: Endpoint, reply: Any) -> list[str]:
    """Return the schema violations of a reply; the document describes errors without their ``error`` key."""
    validators = pytest.importorskip("jsonschema")
    method = endpoint.value.method.lower()
    response = document["paths"][PATHS[endpoint]][method]["responses"][str(reply.status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"]["application/json"]["schema"]
    validator = validators.Draft202012Validator({"components": document["components"], **schema})
    content = reply.json if reply.status < 400 else reply.json["error"]
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


FULL = """
<VirtualMachineSpec>
  <Zone by="permalink">lon-zone-4</Zone><DataCenter by="name">Amsterdam</DataCenter>
  <Resources><Package>vmpkg_unheardofunheard</Package><Memory>4</Memory></Resources>
  <NetworkInterfaces>
    <NetworkInterface>
      <Network by="permalink">uk-lon-01-public</Network>
      <IPAddressAllocation type="new"><Version>6</Version></IPAddressAllocation>
      <IPAddressAllocation type="new"><Subnet>sbnt_unheardofunheard</Subnet></IPAddressAllocation>
      <IPAddressAllocation type="existing"><IPAddress>ip_unheardofunheard</IPAddress></IPAddressAllocation>
      <IPAddressAllocation type="existing">
        <IPAddress by="address">not an address</IPAddress>
      </IPAddressAllocation>
      <IPAddressAllocation/>
    </NetworkInterface>
    <NetworkInterface><VirtualNetwork>vnet_unheardofunheard</VirtualNetwork></NetworkInterface>
  </NetworkInterfaces>
  <Description>All at once</Description>
  <Group by="name">Fronts</Group>
  <Tags><Tag>web</Tag></Tags>
  <ISO>iso_unheardofunheard</ISO>
</VirtualMachineSpec>
"""


@pytest.mark.parametrize("age", [0, 2, 10, 38, 40, 50])
@pytest.mark.parametrize("xml", [None, FULL, "<VirtualMachineSpec/>"])
def test_answers_match_the_openapi_document(caller: Any, document: Any, age: float, xml: str) -> None:
    created = caller.create(xml or caller.web_xml, annotations=[{"key": "a", "value": "b"}, {"key": "c"}])
    caller.clock.advance(age)
    build = caller.build(created.json["build"]["id"])
    machine = build.json["virtual_machine_build"]["virtual_machine"]
    replies = [
        (Endpoint.CREATE, created),
        (Endpoint.BUILD, build),
        (Endpoint.TASK, caller.task(created.json["task"]["id"])),
        (Endpoint.MACHINES, caller.machines()),
        (Endpoint.MACHINE, caller.machine(id=machine["id"] if machine else "vm_none")),
    ]

    assert [problems(document, endpoint, reply) for endpoint, reply in replies] == [[]] * 5


def test_failed_build_matches_the_openapi_document(caller: Any, document: Any) -> None:
    caller.sandbox.fail_next_build()
    created = caller.created()
    caller.clock.advance(50)

    assert problems(document, Endpoint.BUILD, caller.build(created["build"]["id"])) == []
    assert problems(document, Endpoint.TASK, caller.task(created["task"]["id"])) == []


RECORDED_KEYS = {"uuid", "suspended", "suspended_at", "subnet"}
"""Keys of recorded answers that the document does not list."""
READS = [endpoint for endpoint in Endpoint if endpoint.value.method == "GET"]


@pytest.mark.parametrize("endpoint", READS, ids=lambda endpoint: endpoint.name)
def test_every_read_matches_the_openapi_document(caller: Any, document: Any, endpoint: Endpoint) -> None:
    """The answer is valid, and has no key that the document does not list."""
    caller.started(FULL, a="b")
    deleted = caller.started()
    caller.call("DELETE", "/virtual_machines/_", virtual_machine={"id": deleted})
    reply = caller.get(PATHS[endpoint], ("organization[sub_domain]", "sandbox"), *lookups(caller, deleted))

    assert reply.status == 200, reply.json
    assert problems(document, endpoint, reply) == []
    undocumented = keys(reply.json) - documented(document, endpoint)
    assert {key for key in undocumented if not RECORDED_KEYS & set(key.split("."))} == set()


def lookups(caller: Any, deleted: str) -> list[tuple[str, str]]:
    """Return a lookup of each kind of resource."""
    catalogue, build = caller.sandbox.catalogue, caller.sandbox.builds[0]
    ids = {
        "virtual_machine_build": build.id,
        "task": build.task_id,
        "virtual_machine": build.machine_id,
        "data_center": catalogue.data_centers[0].id,
        "zone": catalogue.zones[0].id,
        "virtual_machine_package": catalogue.packages[0].id,
        "disk_template": catalogue.templates[0].id,
        "disk_template_version": catalogue.templates[-1].version_id(1),
        "network": catalogue.networks[0].id,
        "virtual_network": catalogue.virtual_networks[0].id,
        "ip_address": build.addresses[0][0].id,
        "virtual_machine_group": catalogue.groups[0].id,
        "gpu_type": catalogue.gpu_types[0].id,
        "disk": caller.get(f"/virtual_machines/{build.machine_id}/disks").json["disks"][0]["disk"]["id"],
        "tag": caller.get(f"/organizations/{catalogue.organization_id}/tags").json["tags"][0]["id"],
        "virtual_machine_network_interface": caller.get(
            f"/virtual_machines/{build.machine_id}/network_interfaces"
        ).json["virtual_machine_network_interfaces"][0]["id"],
    }
    return [*((f"{name}[id]", value) for name, value in ids.items()), ("trash_object[object_id]", deleted)]


def documented(document: Any, endpoint: Endpoint) -> set[str]:
    """Return the paths of all keys that the document lists for an answer, to a depth of eight."""
    response = document["paths"][PATHS[endpoint]]["get"]["responses"]["200"]
    found: set[str] = set()

    def walk(node: Any, at: str, depth: int) -> None:
        if depth > 8:
            return
        if "$ref" in node:
            walk(document["components"]["schemas"][node["$ref"].rpartition("/")[2]], at, depth)
        for inner in (item for key in ("allOf", "anyOf", "oneOf") for item in node.get(key, ())):
            walk(inner, at, depth)
        for key, inner in node.get("properties", {}).items():
            found.add(f"{at}.{key}")
            walk(inner, f"{at}.{key}", depth + 1)
        if "items" in node:
            walk(node["items"], f"{at}[]", depth)

    walk(response["content"]["application/json"]["schema"], "", 0)
    return found


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        (Endpoint.START, {}),
        (Endpoint.STOP, {}),
        (Endpoint.SHUTDOWN, {}),
        (Endpoint.CHANGE, {"properties": {"name": "new"}}),
        (Endpoint.DELETE, {}),
    ],
)
def test_actions_match_the_openapi_document(
    caller: Any, document: Any, endpoint: Endpoint, body: Any
) -> None:
    machine = {"virtual_machine": {"id": caller.started()}}
    reply = caller.call(endpoint.value.method, PATHS[endpoint], **machine, **body)
    assert reply.status == 200
    assert problems(document, endpoint, reply) == []


@pytest.mark.parametrize("endpoint", [Endpoint.PURGE, Endpoint.RESTORE])
def test_trash_actions_match_the_openapi_document(caller: Any, document: Any, endpoint: Endpoint) -> None:
    machine_id = caller.started()
    caller.call("DELETE", "/virtual_machines/_", virtual_machine={"id": machine_id})
    reply = caller.call(endpoint.value.method, PATHS[endpoint], trash_object={"object_id": machine_id})
    assert reply.status == 200
    assert problems(document, endpoint, reply) == []
    again = caller.call(endpoint.value.method, PATHS[endpoint], trash_object={"object_id": machine_id})
    assert again.status == 404
    assert problems(document, endpoint, again) == []


@pytest.mark.parametrize("endpoint", Endpoint, ids=lambda endpoint: endpoint.name)
def test_scopes_match_the_openapi_document(document: Any, endpoint: Endpoint) -> None:
    operation = document["paths"][PATHS[endpoint]][endpoint.value.method.lower()]
    schemes = {name: scopes for item in operation.get("security", []) for name, scopes in item.items()}
    assert set(endpoint.value.scopes) == set(schemes.get("Authenticator", ()))


@pytest.mark.parametrize("code", [code for code in CODES if code not in UNDOCUMENTED])
def test_errors_match_the_openapi_document(caller: Any, document: Any, code: str) -> None:
    """Checked at each endpoint for which the document has the status and the code."""
    told = 0
    for endpoint, path in PATHS.items():
        caller.sandbox.refuse_next(code)
        reply = caller.send(endpoint.value.method, f"/core/v1{path}")
        responses = document["paths"][path][endpoint.value.method.lower()]["responses"]
        if str(reply.status) in responses and problems(document, endpoint, reply) == []:
            told += 1

    assert told >= 1


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_build_is_reproduced(make_caller: Any, path: Path) -> None:
    """The stored spec is equal byte for byte, and every answer has the same keys."""
    exchanges = json.loads(path.read_text())
    sent, answered = exchanges[0]["request"], exchanges[0]["response"]
    builds = [item["response"] for item in exchanges if "virtual_machine_build" in item["response"]]
    machine = exchanges[-1]["response"]
    caller = make_caller(catalogue=_catalogue(sent, builds[-1], machine["virtual_machine"]))
    created = caller.create(sent["xml"], organization=sent["organization"])
    caller.clock.advance(50)
    build = caller.build(created.json["build"]["id"])
    shown = caller.machine(id=build.json["virtual_machine_build"]["virtual_machine"]["id"])

    assert (created.status, created.json["hostname"]) == (201, answered["hostname"])
    recorded_xml = builds[-1]["virtual_machine_build"]["spec_xml"]
    assert build.json["virtual_machine_build"]["spec_xml"] == recorded_xml
    assert keys(created.json) == keys(answered)
    assert keys(build.json) == keys(builds[-1])
    assert keys(shown.json) == keys(machine)
    assert set(exchanges[0]["headers"]) - {"Date"} == set(created.headers)
    ours, theirs = shown.json["virtual_machine"], machine["virtual_machine"]
    for name in ("name", "hostname", "fqdn", "description", "state", "tag_names", "memory_in_gb"):
        assert ours[name] == theirs[name], name
    assert [(item["id"], item["address"]) for item in ours["ip_addresses"]] == [
        (item["id"], item["address"]) for item in theirs["ip_addresses"]
    ]


def keys(value: Any, at: str = "") -> set[str]:
    """Return the paths of all keys in an answer, with ``[]`` for the items of a list."""
    if isinstance(value, dict):
        return {path for key, item in value.items() for path in (f"{at}.{key}", *keys(item, f"{at}.{key}"))}
    return {path for item in value for path in keys(item, f"{at}[]")} if isinstance(value, list) else set()


def _catalogue(sent: Any, build: Any, machine: Any) -> Catalogue:
    """Return the catalogue that a recording needs."""
    spec = loads(build["virtual_machine_build"]["spec_xml"], "xml")
    place, package = machine["zone"]["data_center"], machine["package"]
    assert spec.disk_template is not None
    assert spec.disk_template.version is not None
    return Catalogue(
        sub_domain=sent["organization"]["sub_domain"],
        data_centers=(DataCenter(permalink=place["permalink"], name=place["name"], id=place["id"]),),
        packages=(Package(permalink=package["permalink"], id=package["id"], memory=package["memory_in_gb"]),),
        templates=(
            Template(
                permalink=spec.disk_template.template.value,
                newest=int(spec.disk_template.version.value),
            ),
        ),
        speed_profiles=tuple(
            SpeedProfile(permalink="1gbps", id=item.speed_profile.value)
            for item in spec.network_interfaces
            if item.speed_profile is not None
        ),
        addresses=tuple(Address(item["address"], item["id"]) for item in machine["ip_addresses"]),
        tags=tuple(machine["tag_names"]),
    )
