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
from vmspec.sandbox.catalogue.resources import Address, DataCenter, Package, SpeedProfile, Template
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


@pytest.mark.parametrize("template", Catalogue().templates, ids=lambda item: item.permalink)
def test_template_options_match_the_openapi_document(caller: Any, document: Any, template: Template) -> None:
    reply = caller.get(
        PATHS[Endpoint.TEMPLATE], ("disk_template_version[id]", template.version_id(template.newest))
    )

    assert reply.status == 200
    assert problems(document, Endpoint.TEMPLATE, reply) == []


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
