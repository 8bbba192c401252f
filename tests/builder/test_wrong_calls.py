"""Wrong calls of newcomers: each is answered with the hostname, the argument, and what to write instead."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vmspec import VM, InvalidSpecError, SpecError, SpecWarning, backup_policy, existing_ip, new_ipv4
from vmspec.model import DataCenter, IPAddress, Zone

WEB: Any = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", install_agent=True)
    .disk(20, name="System")
    .disk(100, name="Data")
    .network("uk-lon-01-public", new_ipv4())
    .authorize(users="all", ssh_keys="all")
    .tags("web", "public")
)
"""A VM without findings; Any, because type checkers would reject most of these calls."""

START: Any = VM("web-1")


def returns_nothing(vm: VM) -> None:
    vm.tags("monitored")


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "size as text": (lambda: WEB.disk("20"), "size is '20', not an integer; write 20"),
    "size with unit": (lambda: WEB.disk("20GB"), "size is '20GB', not an integer; write 20"),
    "size with unit and space": (lambda: WEB.disk("20 GB"), "size is '20 GB', not an integer; write 20"),
    "size as float": (lambda: WEB.disk(20.0), "size is 20.0, not an integer; write 20"),
    "size of zero": (lambda: WEB.disk(0), "size is 0; it is at least 1 GB"),
    "negative size": (lambda: WEB.disk(-20), "size is -20; it is at least 1 GB"),
    "size in bytes": (lambda: WEB.disk(20 * 1024**3), "it is at most 999999999 GB"),
    "size of None": (lambda: WEB.disk(None), "size is None; leave the call out"),
    "disk without size": (lambda: WEB.disk(), "disk() needs size; write disk(size)"),
    "name before size": (lambda: WEB.disk("Data", 100), "takes size only; give name=..., speed=..."),
    "disk name by position": (lambda: WEB.disk(20, "Data"), "takes size only; give name=..., speed=..."),
    "disk of a dict": (lambda: WEB.disk({"size": 20}), "size is {'size': 20}, not an integer"),
    "misspelt speed": (lambda: WEB.disk(20, sped="nvme"), "no argument 'sped'; did you mean speed?"),
    "type for speed": (lambda: WEB.disk(20, type="ssd"), "no argument 'type'; its arguments are size, name"),
    "unknown speed": (lambda: WEB.disk(20, speed="hdd"), "speed is 'hdd'; it is nvme or ssd"),
    "speed in capitals": (lambda: WEB.disk(20, speed="SSD"), "speed is 'SSD'; it is nvme or ssd"),
    "filesystem": (lambda: WEB.disk(20, filesystem="xfs"), "did you mean file_system_type?"),
    "unknown file system": (lambda: WEB.disk(20, file_system_type="ntfs"), "it is ext4 or xfs"),
    "number for disk name": (lambda: WEB.disk(20, name=1), "name is of type int, not str"),
    "number for IO profile": (lambda: WEB.disk(20, io_profile=100), "write its permalink or id"),
    "word for backup": (lambda: WEB.disk(20, backup="daily"), "write backup_policy(every='daily')"),
    "True for backup": (lambda: WEB.disk(20, backup=True), "backup is of type bool; write backup_policy("),
    "number for backup": (lambda: WEB.disk(20, backup=7), "backup is of type int; write backup_policy("),
    "dict for backup": (lambda: WEB.disk(20, backup={"retention": 7}), "write backup_policy("),
    "list of words": (lambda: WEB.disk(20, backup=["daily"]), "write backup_policy("),
    "uncalled backup policy": (lambda: WEB.disk(20, backup=backup_policy), "write backup_policy("),
    "disk by wrong name": (lambda: WEB.without_disk("data"), 'no disk \'data\'; write "System" or "Data"'),
    "disk by wrong index": (lambda: WEB.without_disk(2), "no disk 2; write an index from 0 to 1"),
    "disk by negative index": (lambda: WEB.without_disk(-1), "no disk -1; write an index from 0 to 1"),
    "disk of a VM without": (lambda: START.without_disk(0), "it has no disk 0; leave the call out"),
    "disk by None": (lambda: WEB.without_disk(None), "disk is of type NoneType; write its index"),
    "replaced disk": (lambda: WEB.replace_disk("Dta", 5), 'no disk \'Dta\'; write "System" or "Data"'),
    "replaced size": (lambda: WEB.replace_disk("Data", size="5"), "size is '5', not an integer; write 5"),
    "replaced without disk": (lambda: WEB.replace_disk(size=5), "replace_disk() needs disk; write"),
    "data center of None": (lambda: WEB.data_center(None), "DataCenter is of type NoneType, not str"),
    "empty data center": (lambda: WEB.data_center(""), "DataCenter is empty; write its permalink, name or"),
    "blank data center": (lambda: WEB.data_center(" "), "DataCenter is empty; write its permalink, name"),
    "data center with space": (lambda: WEB.data_center("uk-lon-01 "), "whitespace; write 'uk-lon-01'"),
    "data center by slug": (lambda: WEB.data_center("x", by="slug"), "'slug'; it is id, name or permalink"),
    "data center of number": (lambda: WEB.data_center(1), "of type int, not str; write its permalink"),
    "zone as data center": (lambda: WEB.data_center(Zone("zone_1")), "DataCenter is of type Zone, not str"),
    "by twice": (lambda: WEB.data_center(DataCenter("x"), by="name"), "by='name' given with a DataCenter"),
    "id keyword": (lambda: WEB.data_center(id="loc_1"), "no argument 'id'; its arguments are data_center"),
    "zone by name": (lambda: WEB.zone("London", by="name"), "Zone.by is 'name'; it is id or permalink"),
    "package of a number": (lambda: WEB.package(3), "Package is of type int, not str; write its permalink"),
    "package of two": (lambda: WEB.package("rock", 3), "takes package only; give by=... by name"),
    "cores as text": (lambda: WEB.cpu("4"), "cpu_cores is '4', not an integer; write 4"),
    "cores as float": (lambda: WEB.cpu(1.5), "cpu_cores is 1.5, not an integer"),
    "no cores": (lambda: WEB.cpu(0), "cpu_cores is 0; it is at least 1"),
    "True for cores": (lambda: WEB.cpu(True), "cpu_cores is True, not an integer"),
    "memory with unit": (lambda: WEB.memory("16GB"), "memory is '16GB', not an integer; write 16"),
    "memory keyword": (lambda: WEB.memory(gb=16), "no argument 'gb'; its arguments are gigabytes"),
    "template of None": (lambda: WEB.template(None), "Template is of type NoneType, not str; write its"),
    "template version": (lambda: WEB.template("t", version=0), "TemplateVersion is '0'"),
    "template version word": (lambda: WEB.template("t", version="latest one"), "a version number such as 3"),
    "template version float": (lambda: WEB.template("t", version=3.5), "version is of type float; write its"),
    "options as dict": (lambda: WEB.template("t", options={"a": 1}), "option 'options' is of type dict"),
    "options by position": (lambda: WEB.template("t", {"a": 1}), "takes template only; give by=..."),
    "option without template": (lambda: START.option("a", "b"), "call template() first"),
    "option of None": (lambda: WEB.option("a", None), "option 'a' is of type NoneType; it is a str"),
    "option without value": (lambda: WEB.option("a"), "option() needs value; write option(key, value)"),
    "option by keyword": (lambda: WEB.option(agent=True), "no argument 'agent'; its arguments are key"),
    "unknown option": (lambda: WEB.without_option("agent"), 'no option \'agent\'; write "install_agent"'),
    "user data of None": (lambda: WEB.cloud_init(None), "user_data is None; leave the call out"),
    "user data as dict": (lambda: WEB.cloud_init({"packages": []}), "user_data is of type dict, not str"),
    "user data as bytes": (lambda: WEB.cloud_init(b"#cloud-config"), "user_data is of type bytes, not str"),
    "ISO of a path": (lambda: WEB.iso(Path("a.iso")), "ISO is of type PosixPath, not str; write its id"),
    "address without call": (lambda: WEB.network("n", new_ipv4), "of type function; write new_ipv4()"),
    "address as text": (lambda: WEB.network("n", "10.0.0.1"), "write existing_ip('10.0.0.1')"),
    "address as lookup": (lambda: WEB.network("n", IPAddress("ip_1")), "write existing_ip('ip_1')"),
    "address of None": (lambda: WEB.network("n", None), "address 1 is of type NoneType; write new_ipv4()"),
    "list of addresses": (lambda: WEB.network("n", [new_ipv4()]), "write *addresses, with a star"),
    "second address": (lambda: WEB.network("n", new_ipv4(), 4), "address 2 is of type int; write new_ipv4()"),
    "network of None": (lambda: WEB.network(None), "Network is of type NoneType, not str; write its"),
    "no network": (lambda: WEB.network(), "network() needs network; write network(network)"),
    "network speed": (lambda: WEB.network("n", speed="1gbps"), "did you mean speed_profile?"),
    "network ip": (lambda: WEB.network("n", ip=existing_ip("1.2.3.4")), "no argument 'ip'; its arguments"),
    "speed of a number": (lambda: WEB.network("n", speed_profile=1), "SpeedProfile is of type int, not str"),
    "virtual network": (lambda: WEB.virtual_network("vnet_1", by="id"), "no argument 'by'; its arguments"),
    "network by name": (lambda: WEB.without_network("public"), "network is of type str; write its index"),
    "network by index": (lambda: WEB.without_network(1), "no network 1; write an index from 0 to 0"),
    "one user as text": (lambda: WEB.authorize(users="a@b.example"), "write users=['a@b.example']"),
    "one key as text": (lambda: WEB.authorize(ssh_keys="ssh-rsa A"), "write ssh_keys=['ssh-rsa A']"),
    "users of True": (lambda: WEB.authorize(users=True), 'users is True; it is "all" or a list'),
    "users by position": (lambda: WEB.authorize("all"), "no argument without a name; give users="),
    "keys as bytes": (lambda: WEB.authorize(ssh_keys=[b"ssh-rsa"]), "ssh_keys holds a bytes"),
    "keys": (lambda: WEB.authorize(keys="all"), "no argument 'keys'; did you mean ssh_keys?"),
    "users of numbers": (lambda: WEB.authorize(users=[1]), "User is of type int, not str; write its email"),
    "tags as list": (
        lambda: WEB.tags(["a", "b"]),
        'tags holds a list; write .tags("a", "b"), or .tags(*tags) with a star',
    ),
    "tag of a number": (lambda: WEB.tags("a", 5), "tags[1] is of type int, not str"),
    "unknown tag": (lambda: WEB.without_tags("pubic"), 'no tag \'pubic\'; write "web" or "public"'),
    "interval": (lambda: WEB.backup(every="day"), "it is hourly, daily, weekly or monthly"),
    "hour as text": (lambda: WEB.backup(every="daily", at="2"), "time is '2', not an integer; write 2"),
    "time of day": (lambda: WEB.backup(every="daily", at="02:00"), "time is '02:00', not an integer"),
    "retention of none": (lambda: WEB.backup(retention=0), "retention is 0; it is at least 1"),
    "backup by position": (lambda: WEB.backup("daily"), "no argument without a name; give retention=..."),
    "interval keyword": (lambda: WEB.backup(interval="daily"), "no argument 'interval'; its arguments are"),
    "name of None": (lambda: WEB.name(None), "name is None; leave the call out"),
    "description": (lambda: WEB.description(["a"]), "description is of type list, not str"),
    "hostname of None": (lambda: WEB.hostname(None), "hostname is None; leave the call out"),
    "hostname of a number": (lambda: WEB.hostname(1), "hostname is of type int, not str"),
    "random hostname": (lambda: WEB.random_hostname("web"), "takes no arguments"),
    "function without return": (lambda: WEB.apply(returns_nothing), "returned a NoneType; it must return"),
    "called function": (lambda: WEB.apply(WEB.tags("a")), "takes a function, not a VM; write apply("),
    "override as dict": (lambda: WEB.merged({"tags": ["a"]}), "of type dict; write VM.from_data(data)"),
    "override as path": (lambda: WEB.merged("base.yaml"), "override is of type str; write VM.load(path)"),
    "override as spec": (lambda: WEB.merged(WEB.spec), "write VM.from_spec(spec)"),
    "fail_on": (lambda: WEB.build(fail_on="warn"), "fail_on is 'warn'; it is error, warning or info"),
    "disks": (lambda: WEB.disks(20), "VM has no step 'disks'; write disk(size), once for each"),
    "tag": (lambda: WEB.tag("web"), "VM has no step 'tag'; write tags(name)"),
    "image": (lambda: WEB.image("ubuntu"), "VM has no step 'image'; write template(name)"),
    "ram": (lambda: WEB.ram(16), "VM has no step 'ram'; write memory(gigabytes)"),
    "region": (lambda: WEB.region("london"), "VM has no step 'region'; write data_center(name)"),
    "add_disk": (lambda: WEB.add_disk(20), "VM has no step 'add_disk'; write disk"),
    "datacenter": (lambda: WEB.datacenter("x"), "VM has no step 'datacenter'; write data_center"),
    "to_yaml": (lambda: WEB.to_yaml(), 'VM has no step \'to_yaml\'; write build(), and dumps(spec, "yaml")'),
    "data": (lambda: VM.from_data({"hostname": "web-1", "tag": ["a"]}), 'no key "tag"; did you mean tags?'),
    "data of objects": (lambda: VM.from_data({"hostname": "web-1", "tags": {"a"}}), "write dicts, lists"),
}  # fmt: skip
"""Calls that raise, and a part of their message."""

WARNED: dict[str, tuple[Callable[[], object], str]] = {
    "small disk": (lambda: WEB.disk(5).build(), "system_disks[2].size: warning VMS242"),
    "dots in hostname": (lambda: WEB.merged(VM("web-1.example")).build(), "hostname: warning VMS232"),
    "hostname in capitals": (lambda: WEB.merged(VM("WEB-1")).build(), "hostname: warning VMS231"),
    "template without folder": (lambda: WEB.template("ubuntu").build(), "warning VMS221"),
    "tag twice": (lambda: WEB.tags("web").build(), "warning VMS237"),
    "hour too late": (lambda: WEB.backup(every="daily", at=24).build(), "warning VMS282"),
    "network by name": (lambda: WEB.virtual_network("my-net").build(), "warning VMS292"),
    "package beside cores": (lambda: WEB.cpu(4).build(), "warning VMS213"),
    "placeholder": (lambda: WEB.name("${NAME}").build(), "warning VMS293"),
    "no template": (lambda: START.data_center("x").package("y").build(), "warning VMS224"),
}
"""Chains that are built, and a part of their warning."""

INVALID: dict[str, tuple[Callable[[], object], str]] = {
    "no location": (lambda: START.package("rock-3").build(), "error VMS201"),
    "two locations": (lambda: WEB.zone("lon-zone-4").build(), "error VMS202"),
    "no resources": (lambda: START.data_center("uk-lon-01").build(), "error VMS211"),
    "cores alone": (lambda: START.data_center("uk-lon-01").cpu(4).build(), "error VMS212"),
    "address twice": (
        lambda: WEB.network("n", existing_ip("192.0.2.1"), existing_ip("192.0.2.1")).build(),
        "error VMS269",
    ),
    "not an address": (lambda: WEB.network("n", existing_ip("10.0.0")).build(), "error VMS266"),
    "warning as error": (lambda: WEB.disk(5).build(fail_on="warning"), "warning VMS242"),
}
"""Chains that are not built, and a part of their error."""


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_call_is_refused_at_once(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises((SpecError, TypeError, AttributeError)) as caught:
        call()
    assert str(caught.value).startswith("web-1: ")
    assert str(caught.value).count("web-1: ") == 1
    assert message in str(caught.value)


@pytest.mark.parametrize("name", WARNED)
def test_doubtful_call_warns_on_the_line_of_the_caller(name: str) -> None:
    call, message = WARNED[name]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    found = [warning for warning in caught if message in str(warning.message)]
    assert [warning.category for warning in found] == [SpecWarning]
    assert str(found[0].message).lower().startswith("web-1")
    assert found[0].filename == __file__
    assert "build()" in Path(__file__).read_text(encoding="utf-8").splitlines()[found[0].lineno - 1]


@pytest.mark.parametrize("name", INVALID)
def test_invalid_machine_is_named(name: str) -> None:
    call, message = INVALID[name]
    with pytest.raises(InvalidSpecError) as caught:
        call()
    assert caught.value.hostname == "web-1"
    assert all(line.startswith("web-1: ") for line in str(caught.value).splitlines())
    assert message in str(caught.value)


def test_each_finding_below_the_limit_is_one_warning() -> None:
    vm = WEB.disk(5).tags("web").cpu(2).memory(4)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spec = vm.build()
    assert spec == vm.spec
    assert [str(warning.message).split()[3] for warning in caught] == ["VMS237", "VMS213", "VMS242"]


def test_warning_of_to_xml_names_the_line_of_the_caller() -> None:
    with pytest.warns(SpecWarning) as caught:
        WEB.disk(5).to_xml()
    assert caught[0].filename == __file__


def test_fail_on_info_raises_for_every_finding() -> None:
    flexible = VM("web-1").data_center("uk-lon-01").cpu(2).memory(4).template("templates/ubuntu-22-04")
    for fail_on in ("error", "warning"):
        with pytest.warns(SpecWarning, match=r"web-1: resources\.memory: info VMS214"):
            flexible.build(fail_on=fail_on)  # type: ignore[arg-type]
    with pytest.raises(InvalidSpecError, match=r"web-1: resources\.memory: info VMS214"):
        flexible.build(fail_on="info")


def test_hostname_with_control_characters_is_escaped() -> None:
    with pytest.raises(SpecError, match=r"^web\\x9b2J: SystemDisk.size is 0"):
        VM("web\x9b2J").disk(0)


def test_error_of_a_function_names_the_machine_once() -> None:
    with pytest.raises(SpecError) as caught:
        VM("web-1").apply(lambda vm: vm.apply(lambda inner: inner.disk(0)))
    assert str(caught.value) == "web-1: SystemDisk.size is 0; it is at least 1 GB"


def test_type_error_of_a_function_is_not_changed() -> None:
    def broken(vm: VM) -> VM:
        raise TypeError("broken")

    with pytest.raises(TypeError, match=r"^broken$"):
        VM("web-1").apply(broken)
