"""Reading the catalogue from the API."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from vmspec import VM, existing_ip, validate
from vmspec.catalogue import Address, Catalogue, dump_catalogue, load_catalogue
from vmspec.catalogue.file import content_of
from vmspec.errors import InvalidApiTokenError, OrganizationNotFoundError, UnexpectedAnswerError
from vmspec.katapult import AsyncKatapult, Katapult, SQLiteJournal
from vmspec.sandbox import Catalogue as SandboxCatalogue
from vmspec.sandbox import Endpoint, Sandbox
from vmspec.sandbox import load_catalogue as load_sandbox_catalogue
from vmspec.sandbox.catalogue import Address as SandboxAddress
from vmspec.sandbox.catalogue import Group, Template, TemplateField
from vmspec.sandbox.catalogue import PolicyLimits as SandboxLimits
from vmspec.sandbox.faults import Foreign, Refusal
from vmspec.sandbox.routes import ALL_SCOPES
from vmspec.validation.catalogue.limits import Totals, usage_of

from .conftest import Connect

WEB = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", install_agent=True)
    .disk(20)
    .network("uk-lon-01-public", existing_ip("198.51.100.10"), speed_profile="1gbps")
    .group("Web servers")
    .tags("web", "public")
    .build()
)
KINDS = (
    *("data_centers", "zones", "packages", "disk_templates", "networks", "virtual_networks"),
    *("speed_profiles", "io_profiles", "ip_addresses", "groups", "tags", "users", "ssh_keys", "disks"),
    "policy_limits",
)


def test_catalogue_has_every_kind_that_the_api_lists(connect: Connect) -> None:
    api, katapult = connect()
    catalogue = katapult.catalogue()
    assert [kind for kind in KINDS if not getattr(catalogue, kind)] == []
    assert catalogue.unreadable == {"isos": "no_endpoint", "subnets": "no_endpoint"}
    assert (catalogue.api, catalogue.organization.sub_domain) == (api.url, "sandbox")
    assert validate(WEB, catalogue=catalogue).findings == ()
    assert api.sandbox.requests(Endpoint.CREATE) == 0


def test_async_client_reads_the_same(connect: Connect) -> None:
    api, katapult = connect()

    async def read() -> Catalogue:
        async with AsyncKatapult(
            token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
        ) as client:
            return await client.catalogue()

    assert asyncio.run(read()) == katapult.catalogue()


def test_taken_addresses_have_their_machine_and_free_ones_their_network(connect: Connect) -> None:
    _, katapult = connect()
    machine = katapult.wait(katapult.submit(WEB), poll_s=0.05)
    addresses = {address.address: address for address in katapult.catalogue().ip_addresses or ()}
    taken, free = addresses["198.51.100.10"], addresses["198.51.100.11"]
    assert (taken.allocation_id, taken.allocation_type) == (machine.id, "VirtualMachine")
    assert free == Address(id=free.id, address="198.51.100.11", network=free.network)
    assert free.network is not None


def test_missing_scopes_are_marked(connect: Connect) -> None:
    scopes = [
        scope for scope in ALL_SCOPES if not scope.startswith(("disk_templates", "organizations", "tags"))
    ]
    _, katapult = connect(Sandbox(scopes=scopes, rate_limit=60_000))
    catalogue = katapult.catalogue()
    assert (catalogue.tags, catalogue.disk_templates, catalogue.users) == (None, None, None)
    assert {name for name, code in catalogue.unreadable.items() if code == "scope_not_granted"} == {
        *("disk_templates", "organization", "policy_limits", "tags", "users")
    }
    assert catalogue.organization.sub_domain == "sandbox"
    assert validate(WEB, catalogue=catalogue).findings == ()


def test_all_pages_are_read_once(connect: Connect) -> None:
    tags = tuple(f"tag-{number:04}" for number in range(1500))
    groups = tuple(Group(name=f"Group {number}") for number in range(300))
    addresses = tuple(
        SandboxAddress(f"203.0.{number // 250}.{number % 250}", allocation_id="vm_A") for number in range(500)
    )
    api, katapult = connect(
        Sandbox(catalogue=SandboxCatalogue(tags=tags, groups=groups, addresses=addresses), rate_limit=1000)
    )
    catalogue = katapult.catalogue()
    assert sorted(catalogue.tags or ()) == sorted(tags)
    assert len(catalogue.groups or ()) == 300
    assert len(catalogue.ip_addresses or ()) == 500
    assert api.sandbox.requests(Endpoint.TAGS) == 15
    assert api.sandbox.requests(Endpoint.ADDRESSES) == 5
    assert api.sandbox.requests(Endpoint.ADDRESS) == 0
    assert api.sandbox.requests(status=429) == 0


def test_no_prefilled_password_is_kept(connect: Connect) -> None:
    fields = (
        TemplateField(name="password", type="Password", prefill="hunter2-hunter2"),
        TemplateField(name="keyboard", type="Keyboard", prefill="en-gb", required=True),
    )
    template = Template(permalink="templates/windows", fields=fields)
    _, katapult = connect(Sandbox(catalogue=SandboxCatalogue(templates=(template,))))
    catalogue = katapult.catalogue()
    assert "hunter2" not in repr(content_of(catalogue))
    assert catalogue.disk_templates is not None
    latest = catalogue.disk_templates[0].latest
    assert latest is not None
    assert [(option.name, option.required, option.prefill) for option in latest.options or ()] == [
        ("password", False, None),
        ("keyboard", True, "en-gb"),
    ]


def test_file_makes_a_sandbox_with_the_same_catalogue(connect: Connect, tmp_path: Path) -> None:
    _, katapult = connect()
    catalogue = katapult.catalogue()
    path = tmp_path / "katapult.json"
    dump_catalogue(catalogue, path)
    _, other = connect(Sandbox(catalogue=load_sandbox_catalogue(path), rate_limit=60_000))
    expected, found = content_of(load_catalogue(path)), content_of(other.catalogue())
    assert {name: found[name] for name in found if name != "api"} == {
        name: expected[name] for name in expected if name != "api"
    }


def test_lost_answer_is_asked_for_again(connect: Connect) -> None:
    api, katapult = connect()
    api.sandbox.order(Foreign(502), at=Endpoint.TAGS)
    assert katapult.catalogue().tags


def test_foreign_answers_end_in_an_error(connect: Connect) -> None:
    api, _ = connect()
    api.sandbox.order(Foreign(404, body="<html>"), at=Endpoint.ORGANIZATION, times=None)
    api.sandbox.order(Foreign(200), at=Endpoint.TAGS, times=None)
    now = [0.0]
    quick = Katapult(
        token=api.token,
        organization=api.organization,
        api_url=api.url,
        journal=SQLiteJournal(),
        clock=lambda: now[0],
        sleep=lambda seconds: now.append(now.pop() + seconds),
    )
    with quick, pytest.raises(UnexpectedAnswerError):
        quick.catalogue()


def test_refused_token_ends_it(connect: Connect) -> None:
    api, katapult = connect()
    api.sandbox.order(Refusal("invalid_api_token"), at=Endpoint.ZONES)
    with pytest.raises(InvalidApiTokenError):
        katapult.catalogue()


def test_unknown_organization_ends_it(connect: Connect) -> None:
    api, _ = connect()
    with (
        Katapult(
            token=api.token, organization="elsewhere", api_url=api.url, journal=SQLiteJournal()
        ) as katapult,
        pytest.raises(OrganizationNotFoundError),
    ):
        katapult.catalogue()


def test_current_catalogue_has_the_machines_that_exist(connect: Connect) -> None:
    _, katapult = connect()
    katapult.wait(katapult.submit(WEB), poll_s=0.05)
    in_use = katapult.current_catalogue().in_use
    assert in_use is not None
    assert (in_use.hostnames, in_use.machines) == ({"web-1"}, 1)


def test_current_catalogue_counts_what_existing_machines_use(connect: Connect) -> None:
    limits = SandboxLimits(maximum_virtual_machine_memory=64, maximum_disk_space=500)
    _, katapult = connect(Sandbox(speed=2000, catalogue=SandboxCatalogue(policy_limits=limits)))
    katapult.wait(katapult.submit(WEB), poll_s=0.05)
    catalogue = katapult.current_catalogue()
    assert catalogue.in_use is not None
    assert catalogue.in_use.memory_in_gb == 3
    assert (catalogue.in_use.disk_space_in_gb or 0) > 0
    large = VM("db-1").data_center("uk-lon-01").cpu(4).memory(62).disk(100).spec
    found = {finding.message for finding in Totals(catalogue).add(usage_of(large, catalogue))}
    assert found == {"with this spec there are 65 GB of memory; the organization may have 64"}


def test_use_that_the_token_may_not_read_is_not_counted(connect: Connect) -> None:
    api, katapult = connect()
    api.sandbox.order(Refusal("scope_not_granted"), at=Endpoint.POLICY, times=None)
    in_use = katapult.current_catalogue().in_use
    assert in_use is not None
    assert (in_use.machines, in_use.memory_in_gb, in_use.disk_space_in_gb) == (0, None, None)
