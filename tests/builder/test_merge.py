"""Variants of a base: merging an override, removing and replacing parts."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given

from vmspec import VM, DocumentError, SpecError, VirtualMachineSpec, dump, dumps, new_ipv4
from vmspec.documents.data.json_writer import to_plain
from vmspec.model import DataCenter, Package, Resources, SystemDisk, Zone
from vmspec.testing import specs

BASE = (
    VM("base")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", version=3, install_agent=True, keymap="gb")
    .disk(20, name="System", speed="nvme")
    .disk(100, name="Data")
    .network("uk-lon-01-public", new_ipv4())
    .virtual_network("vnet_gVRkZdSKczfNg34P")
    .authorize(users="all", ssh_keys="all")
    .tags("web", "public")
)


def options_of(vm: VM) -> list[tuple[str, str]]:
    template = vm.spec.disk_template
    assert template is not None
    return [(option.key, option.value) for option in template.options]


@given(specs())
def test_empty_override_changes_nothing(spec: VirtualMachineSpec) -> None:
    assert VM.from_spec(spec).merged(VM()) == VM.from_spec(spec)


@given(specs(), specs())
def test_everything_that_an_override_says_is_in_the_result(a: Any, b: Any) -> None:
    merged = VM.from_spec(a).merged(VM.from_spec(b)).spec
    assert (merged.data_center, merged.zone) == (
        (b.data_center, b.zone) if b.data_center or b.zone else (a.data_center, a.zone)
    )
    for field in ("system_disks", "shared_disks", "network_interfaces", "backup_policies"):
        assert getattr(merged, field) == (getattr(b, field) or getattr(a, field))
    for field in ("name", "description", "group", "iso"):
        value = getattr(b, field)
        assert getattr(merged, field) == (getattr(a, field) if value is None else value)
    assert set(merged.tags) == {*a.tags, *b.tags}


def test_list_replaces_the_list() -> None:
    assert BASE.merged(VM().disk(40)).spec.system_disks == (SystemDisk(size=40),)
    assert len(BASE.merged(VM().network("private")).spec.network_interfaces) == 1


def test_tags_and_options_merge_by_name_and_key() -> None:
    override = VM().tags("public", "db").template("templates/ubuntu-22-04", keymap="us", user="ada")
    merged = BASE.merged(override)
    assert merged.spec.tags == ("web", "public", "db")
    assert options_of(merged) == [("install_agent", "true"), ("keymap", "us"), ("user", "ada")]


def test_elements_merge_by_field() -> None:
    flexible = VM().cpu(2).memory(4)
    assert flexible.merged(VM().memory(32)).spec.resources == Resources(memory=32, cpu_cores=2)


def test_version_goes_with_its_template() -> None:
    same = BASE.merged(VM().template("templates/ubuntu-22-04")).spec.disk_template
    other = BASE.merged(VM().template("templates/debian-12")).spec.disk_template
    assert same is not None
    assert same.version is not None
    assert other is not None
    assert other.version is None


def test_alternative_of_the_override_replaces_that_of_the_base() -> None:
    zone = BASE.merged(VM().zone("lon-zone-4")).spec
    assert (zone.zone, zone.data_center) == (Zone("lon-zone-4", by="permalink"), None)
    assert zone.resources == Resources(package=Package("rock-3", by="permalink"))
    assert BASE.merged(VM().cpu(4).memory(8)).spec.resources == Resources(memory=8, cpu_cores=4)
    keys = BASE.merged(VM().authorize(users=["ada@example.org"])).spec.authorized_keys
    assert keys is not None
    assert (keys.all_users, len(keys.users), keys.all_ssh_keys) == (None, 1, True)


def test_hostname_of_the_base_stays() -> None:
    assert BASE.merged(VM()).spec.hostname == "base"
    assert BASE.merged(VM("web-1")).spec.hostname == "web-1"


@pytest.mark.parametrize("suffix", ["xml", "json", "yaml"])
def test_base_and_override_are_partial_documents(tmp_path: Path, suffix: str) -> None:
    dump(VM().data_center("uk-lon-01").tags("base").spec, tmp_path / f"base.{suffix}")
    dump(VM("web-1").package("rock-3").tags("web").spec, tmp_path / f"web.{suffix}")
    web = VM.load(tmp_path / f"base.{suffix}").merged(VM.load(str(tmp_path / f"web.{suffix}"))).spec
    assert web.data_center == DataCenter("uk-lon-01", by="permalink")
    assert (web.hostname, web.tags) == ("web-1", ("base", "web"))


def test_document_with_mistakes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("tag: [a]\n")
    with pytest.raises(DocumentError, match='1:1: error VMS102 the spec has no key "tag"'):
        VM.load(tmp_path / "base.yaml")
    with pytest.raises(OSError, match="No such file"):
        VM.load(tmp_path / "missing.yaml")


@given(specs())
def test_plain_data_of_a_spec_makes_the_same_vm(spec: VirtualMachineSpec) -> None:
    data = to_plain(spec)
    assert VM.from_data(data) == VM.from_data(MappingProxyType(data)) == VM.from_spec(spec)


def test_all_mistakes_in_data_are_told() -> None:
    with pytest.raises(SpecError) as caught:
        VM.from_data({"hostname": "web-1", "tag": ["a"], "system_disks": [{"size": "x"}]})
    assert str(caught.value) == (
        'web-1: the spec has no key "tag"; did you mean tags?; '
        "system_disks[0].size is a string; it is an integer from 1 (GB)"
    )
    for data in ([], {"a": float("nan")}, {1: {}}, {"tags": ("\ud800",)}, {"a": {"b": object()}}):
        with pytest.raises(SpecError):
            VM.from_data(data)  # type: ignore[arg-type]


def test_parts_are_removed() -> None:
    assert [disk.name for disk in BASE.without_disk(0).spec.system_disks] == ["Data"]
    assert [disk.name for disk in BASE.without_disk("Data").spec.system_disks] == ["System"]
    assert BASE.without_network(0).spec.network_interfaces == BASE.spec.network_interfaces[1:]
    assert BASE.without_tags("web").spec.tags == ("public",)
    assert BASE.without_tags("web", "public").spec.tags == ()
    assert options_of(BASE.without_option("install_agent")) == [("keymap", "gb")]


def test_replaced_disk_keeps_the_rest() -> None:
    replaced = BASE.replace_disk("System", 40, file_system_type="xfs").spec.system_disks
    assert replaced == (
        SystemDisk(name="System", size=40, speed="nvme", file_system_type="xfs"),
        BASE.spec.system_disks[1],
    )
    assert BASE.replace_disk(1, name="Store").spec.system_disks[1] == SystemDisk(name="Store", size=100)


def test_disk_by_a_name_that_two_have_is_refused() -> None:
    with pytest.raises(SpecError, match='base: 2 disks have the name "Data"; write the index'):
        BASE.disk(5, name="Data").without_disk("Data")


def test_second_option_of_a_key_replaces_the_first() -> None:
    vm = BASE.option("install_agent", False).option("new", 1)
    assert options_of(vm) == [("install_agent", "false"), ("keymap", "gb"), ("new", "1")]


def test_variant_is_of_the_class_of_its_base() -> None:
    class Machine(VM):
        def small(self) -> Machine:
            return self.package("rock-1")

    web = Machine("web-1").small().merged(VM().tags("web")).without_tags("web")
    assert type(web) is Machine
    assert dumps(web.spec) == dumps(VM("web-1").package("rock-1").spec)
