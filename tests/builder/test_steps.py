"""The builder."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmspec import (
    VM,
    InvalidSpecError,
    SpecError,
    backup_policy,
    dumps,
    existing_ip,
    loads,
    new_ipv4,
    new_ipv6,
    validate,
)
from vmspec.model.elements import IPAddressAllocation
from vmspec.model.values import (
    ISO,
    DataCenter,
    Group,
    IPAddress,
    Network,
    SharedDisk,
    Subnet,
    TemplateVersion,
    User,
    VirtualNetwork,
)
from vmspec.testing import specs

WEB = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", install_agent=True)
    .disk(20, name="System", speed="nvme")
    .network("uk-lon-01-public", new_ipv4(), existing_ip("ip_Q3k1LZddqvzMH21b"), speed_profile="1gbps")
    .virtual_network("vnet_gVRkZdSKczfNg34P")
    .authorize(users="all", ssh_keys="all")
    .backup(retention=7, every="daily", at=0)
    .tags("web", "public")
)

WEB_XML = """\
<?xml version="1.0"?>
<VirtualMachineSpec>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources>
    <Package by="permalink">rock-3</Package>
  </Resources>
  <DiskTemplate>
    <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
    <Option key="install_agent">true</Option>
  </DiskTemplate>
  <SystemDisks>
    <Disk>
      <Name>System</Name>
      <Size>20</Size>
      <Speed>nvme</Speed>
    </Disk>
  </SystemDisks>
  <NetworkInterfaces>
    <NetworkInterface>
      <Network by="permalink">uk-lon-01-public</Network>
      <SpeedProfile by="permalink">1gbps</SpeedProfile>
      <IPAddressAllocation type="new">
        <Version>4</Version>
      </IPAddressAllocation>
      <IPAddressAllocation type="existing">
        <IPAddress>ip_Q3k1LZddqvzMH21b</IPAddress>
      </IPAddressAllocation>
    </NetworkInterface>
    <NetworkInterface>
      <VirtualNetwork>vnet_gVRkZdSKczfNg34P</VirtualNetwork>
    </NetworkInterface>
  </NetworkInterfaces>
  <Hostname>
    <Hostname>web-1</Hostname>
  </Hostname>
  <AuthorizedKeys>
    <Users all="yes"/>
    <SSHKeys all="yes"/>
  </AuthorizedKeys>
  <BackupPolicies>
    <BackupPolicy>
      <Retention>7</Retention>
      <Schedule>
        <Interval>daily</Interval>
        <Time>0</Time>
      </Schedule>
    </BackupPolicy>
  </BackupPolicies>
  <Tags>
    <Tag>web</Tag>
    <Tag>public</Tag>
  </Tags>
</VirtualMachineSpec>
"""

METHODS: dict[str, Callable[[VM], VM]] = {
    "hostname": lambda vm: vm.hostname("db-1"),
    "random_hostname": VM.random_hostname,
    "name": lambda vm: vm.name("Database"),
    "description": lambda vm: vm.description(""),
    "tags": lambda vm: vm.tags("db"),
    "group": lambda vm: vm.group("web"),
    "data_center": lambda vm: vm.data_center("us-nyc-01"),
    "zone": lambda vm: vm.zone("lon-zone-4"),
    "package": lambda vm: vm.package("rock-6"),
    "cpu": lambda vm: vm.cpu(4),
    "memory": lambda vm: vm.memory(16),
    "template": lambda vm: vm.template("templates/debian-12", version=3),
    "option": lambda vm: vm.option("key", "value"),
    "cloud_init": lambda vm: vm.cloud_init("#cloud-config\n"),
    "iso": lambda vm: vm.iso("iso_gVRkZdSKczfNg34P"),
    "disk": lambda vm: vm.disk(100),
    "shared_disk": lambda vm: vm.shared_disk("data"),
    "backup": lambda vm: vm.backup(retention=1),
    "network": lambda vm: vm.network("uk-lon-01-public"),
    "virtual_network": lambda vm: vm.virtual_network("vnet_gVRkZdSKczfNg34P"),
    "authorize": lambda vm: vm.authorize(users=["bob@example.com"], ssh_keys=["ssh-ed25519 AAAA"]),
    "merged": lambda vm: vm.merged(VM("db-2").tags("merged")),
    "replace_disk": lambda vm: vm.replace_disk(0, size=50),
    "without_disk": lambda vm: vm.without_disk(0),
    "without_network": lambda vm: vm.without_network(0),
    "without_option": lambda vm: vm.without_option("install_agent"),
    "without_tags": lambda vm: vm.without_tags("web"),
    "apply": lambda vm: vm.apply(lambda other: other.tags("applied")),
}


def test_chain_becomes_canonical_xml():
    assert WEB.to_xml() == WEB_XML
    assert WEB.build() == loads(WEB_XML)


def test_every_method_is_tested():
    others = {"build", "to_xml", "from_spec", "from_data", "load", "spec"}
    assert {name for name in dir(VM) if not name.startswith("_")} - others == set(METHODS)


@given(specs(), st.sampled_from(sorted(METHODS)))
def test_methods_do_not_change_the_vm(spec: Any, method: str):
    vm = VM.from_spec(spec)
    before = dumps(spec)
    try:
        other = METHODS[method](vm)
    except SpecError:
        assert method == "option" or method.startswith(("without_", "replace_"))
    else:
        assert other is not vm
    assert vm.spec is spec
    assert dumps(vm.spec) == before


def test_methods_add_or_replace():
    methods = {name: method for name, method in METHODS.items() if not name.startswith("without_")}
    twice = {name: method(method(WEB)) for name, method in methods.items()}
    assert twice["disk"].spec.system_disks == (
        *WEB.spec.system_disks,
        *[METHODS["disk"](VM()).spec.system_disks[0]] * 2,
    )
    assert len(twice["shared_disk"].spec.shared_disks) == 2
    assert len(twice["network"].spec.network_interfaces) == 4
    assert len(twice["virtual_network"].spec.network_interfaces) == 4
    assert twice["tags"].spec.tags == ("web", "public", "db", "db")
    assert len(twice["backup"].spec.backup_policies) == 3
    assert twice["option"].spec.disk_template is not None
    assert [option.key for option in twice["option"].spec.disk_template.options] == [
        "install_agent",
        "key",
    ]
    adding = {"disk", "shared_disk", "network", "virtual_network", "tags", "backup", "apply"}
    for name in methods.keys() - adding:
        assert twice[name] == METHODS[name](WEB), name


@pytest.mark.parametrize(
    ("vm", "field", "expected"),
    [
        (
            VM().data_center("loc_UUhPmoCbpic6UX0Y"),
            "data_center",
            DataCenter("loc_UUhPmoCbpic6UX0Y", by="id"),
        ),
        (VM().data_center("uk-lon-01"), "data_center", DataCenter("uk-lon-01", by="permalink")),
        (VM().data_center("London", by="name"), "data_center", DataCenter("London", by="name")),
        (VM().data_center(DataCenter("London", by="name")), "data_center", DataCenter("London", by="name")),
        (VM().group("web"), "group", Group("web", by="name")),
        (VM().group("vmgrp_SXBM1sh5XTgPIVlP"), "group", Group("vmgrp_SXBM1sh5XTgPIVlP", by="id")),
        (VM().iso("anything"), "iso", ISO("anything", by="id")),
        (VM().shared_disk("data"), "shared_disks", (SharedDisk("data", by="name"),)),
    ],
)
def test_string_becomes_a_lookup(vm: VM, field: str, expected: object):
    assert getattr(vm.spec, field) == expected


def test_strings_in_lists_become_lookups():
    spec = (
        VM()
        .network("netw_gVRkZdSKczfNg34P")
        .virtual_network("x")
        .authorize(users=["a@b.example", "user_0123456789abcdef"])
        .spec
    )
    assert spec.network_interfaces[0].network == Network("netw_gVRkZdSKczfNg34P")
    assert spec.network_interfaces[1].virtual_network == VirtualNetwork("x")
    assert spec.authorized_keys is not None
    assert spec.authorized_keys.users == (
        User("a@b.example", by="email_address"),
        User("user_0123456789abcdef"),
    )
    assert spec.authorized_keys.all_users is None


def test_allocations():
    assert new_ipv4() == IPAddressAllocation(type="new", version=4)
    assert new_ipv6("sbnt_YrLWopCUkImX4wo9") == IPAddressAllocation(
        type="new", version=6, subnet=Subnet("sbnt_YrLWopCUkImX4wo9")
    )
    assert new_ipv4("10.0.0.0/24").subnet == Subnet("10.0.0.0/24", by="address")
    assert existing_ip("185.53.57.48").ip_address == IPAddress("185.53.57.48", by="address")
    assert existing_ip("ip_Q3k1LZddqvzMH21b").ip_address == IPAddress("ip_Q3k1LZddqvzMH21b")
    assert existing_ip("odd", by="id").ip_address == IPAddress("odd")


def test_template_versions_and_options():
    template = (
        VM().template("dtpl_gVRkZdSKczfNg34P", version=3, a=True, b=False, c=5, d="x").spec.disk_template
    )
    assert template is not None
    assert template.version == TemplateVersion("3", by="number")
    assert [(option.key, option.value) for option in template.options] == [
        ("a", "true"),
        ("b", "false"),
        ("c", "5"),
        ("d", "x"),
    ]
    by_id = VM().template("x", version="dtv_gVRkZdSKczfNg34P").spec.disk_template
    assert by_id is not None
    assert by_id.version == TemplateVersion("dtv_gVRkZdSKczfNg34P", by="id")


def test_backup_policy_of_a_disk():
    policy = backup_policy(retention=7, every="daily", at=2)
    assert VM().disk(20, backup=policy).spec.system_disks[0].backup_policies == (policy,)
    assert VM().disk(20, backup=[policy, policy]).spec.system_disks[0].backup_policies == (policy, policy)
    assert backup_policy(retention=30).schedule is None


def test_build_raises_all_findings():
    with pytest.raises(InvalidSpecError) as caught:
        VM("web").zone("lon-zone-4").data_center("uk-lon-01").cpu(4).template("templates/x").build()
    assert [(finding.code, finding.path, finding.line) for finding in caught.value.findings] == [
        ("VMS202", "data_center", None),
        ("VMS212", "resources.cpu_cores", None),
    ]


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (lambda: VM().disk(0), "SystemDisk.size is 0; it is at least 1 GB"),
        (lambda: VM().disk("20"), "SystemDisk.size is '20', not an integer; write 20"),  # type: ignore[arg-type]
        (
            lambda: VM("\0"),
            "VirtualMachineSpec.hostname contains the character U+0000, which XML does not allow",
        ),
        (lambda: VM().data_center(" x"), "DataCenter starts or ends with whitespace; write 'x'"),
        (lambda: VM().data_center(""), "DataCenter is empty; write its permalink, name or id"),
        (lambda: VM().data_center("x", by="slug"), "DataCenter.by is 'slug'; it is id, name or permalink"),  # type: ignore[arg-type]
        (lambda: VM().option("a", "b"), "an option belongs to a disk template; call template() first"),
        (
            lambda: VM().authorize(users="bob"),  # type: ignore[arg-type]
            "users is 'bob'; it is \"all\" or a list; write users=['bob']",
        ),
        (lambda: VM().disk(None), "size is None; leave the call out instead"),  # type: ignore[arg-type]
        (lambda: VM().name(None), "name is None; leave the call out instead"),  # type: ignore[arg-type]
        (lambda: VM().authorize(users=3), 'users is 3; it is "all" or a list'),  # type: ignore[arg-type]
        (lambda: VM().tags("a", 5), "tags[1] is of type int, not str"),  # type: ignore[arg-type]
    ],
)
def test_invalid_argument_is_rejected_at_once(method: Callable[[], VM], message: str):
    with pytest.raises(SpecError) as caught:
        method()
    assert str(caught.value) == message


def test_repr_hides_secrets():
    vm = VM().template("x", root_password="hunter2-canary").cloud_init("password: hunter2-canary")
    assert "hunter2-canary" not in repr(vm)
    assert "hunter2-canary" not in repr(vm.spec)


def test_vm_is_not_accepted_as_a_spec():
    with pytest.raises(TypeError, match=r"; call \.build\(\)$"):
        dumps(VM("a"), "json")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="for a VM, call"):
        validate(VM("a"))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        VM.from_spec(None)  # type: ignore[arg-type]


def test_unknown_engine_is_rejected():
    for source in (VM("a").spec, "<a/>", "{}"):
        with pytest.raises(ValueError, match="choose libxml2 or xmlschema"):
            validate(source, engine="saxon")  # type: ignore[arg-type]
