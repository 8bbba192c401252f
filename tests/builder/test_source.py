"""The source of a spec's chain: it evaluates to the spec, and is laid out as ruff lays it out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

import vmspec
from vmspec import (
    VM,
    VirtualMachineSpec,
    backup_policy,
    existing_ip,
    new_ipv4,
    new_ipv6,
    to_python,
)
from vmspec.builder.source import to_module
from vmspec.model import Schedule, SystemDisk
from vmspec.testing import specs

NAMES = {name: getattr(vmspec, name) for name in vmspec.__all__}

WEB = (
    VM("web-1")
    .description("A web server of the shop, which has a rather long description that does not fit")
    .data_center("London", by="name")
    .package("rock-3")
    .template("templates/ubuntu-22-04", version=3, install_agent=True, locale='"en"')
    .option("root-password", "1")
    .cloud_init("#cloud-config\npackages:\n  - nginx\n" + "  - a-package-with-a-name-to-make-it-long\n")
    .disk(20, name="System", speed="nvme")
    .disk(100, name="Data", file_system_type="xfs", backup=backup_policy(retention=7, every="daily", at=0))
    .network(
        "uk-lon-01-public",
        new_ipv4(),
        new_ipv6("2001:db8::/64"),
        existing_ip("185.53.57.48"),
        existing_ip("ip_Q3k1LZddqvzMH21b"),
        speed_profile="1gbps",
    )
    .virtual_network("vnet_gVRkZdSKczfNg34P")
    .authorize(users=["ada@example.org", "user_Q3k1LZddqvzMH21b"], ssh_keys="all")
    .backup(retention=4, every="weekly", frequency=1)
    .tags("web", "public")
    .spec
)

WEB_SOURCE = """\
from vmspec import VM, backup_policy, existing_ip, new_ipv4, new_ipv6

spec = (
    VM("web-1")
    .description(
        "A web server of the shop, which has a rather long description that does not fit"
    )
    .data_center("London", by="name")
    .package("rock-3")
    .template("templates/ubuntu-22-04", version=3, install_agent=True, locale='"en"')
    .option("root-password", "1")
    .cloud_init(
        "#cloud-config\\n"
        "packages:\\n"
        "  - nginx\\n"
        "  - a-package-with-a-name-to-make-it-long\\n"
    )
    .disk(20, name="System", speed="nvme")
    .disk(
        100,
        name="Data",
        file_system_type="xfs",
        backup=backup_policy(retention=7, every="daily", at=0),
    )
    .network(
        "uk-lon-01-public",
        new_ipv4(),
        new_ipv6("2001:db8::/64"),
        existing_ip("185.53.57.48"),
        existing_ip("ip_Q3k1LZddqvzMH21b"),
        speed_profile="1gbps",
    )
    .virtual_network("vnet_gVRkZdSKczfNg34P")
    .authorize(users=["ada@example.org", "user_Q3k1LZddqvzMH21b"], ssh_keys="all")
    .backup(retention=4, every="weekly", frequency=1)
    .tags("web", "public")
    .build()
)
"""


@given(specs())
def test_source_evaluates_to_the_spec(spec: VirtualMachineSpec) -> None:
    assert eval(to_python(spec), dict(NAMES)) == spec


@given(specs())
def test_module_assigns_the_spec(spec: VirtualMachineSpec) -> None:
    names: dict[str, object] = {}
    exec(to_module(spec), names)
    assert names["spec"] == spec


def test_chain_is_what_a_person_writes() -> None:
    assert to_module(WEB) == WEB_SOURCE
    assert to_python(VM("web-1").zone("lon-zone-4").spec) == 'VM("web-1").zone("lon-zone-4").spec'


def test_chain_with_errors_ends_without_build() -> None:
    assert to_python(VirtualMachineSpec()) == "VM().spec"


def test_parts_that_no_step_makes_are_data_at_the_start() -> None:
    policy = vmspec.model.BackupPolicy(schedule=Schedule())
    spec = VirtualMachineSpec(
        hostname="web-1", system_disks=(SystemDisk(name="Data"),), backup_policies=(policy,), tags=("a",)
    )
    assert to_python(spec) == (
        "(\n"
        "    VM.from_data(\n"
        "        {\n"
        '            "system_disks": [{"name": "Data"}],\n'
        '            "hostname": "web-1",\n'
        '            "backup_policies": [{"schedule": {}}],\n'
        "        }\n"
        "    )\n"
        '    .tags("a")\n'
        "    .spec\n"
        ")"
    )


def test_specs_only_are_accepted() -> None:
    with pytest.raises(TypeError, match=r"got a VM; call \.build\(\)"):
        to_python(VM("web-1"))  # type: ignore[arg-type]


@pytest.mark.skipif(shutil.which("ruff") is None, reason="ruff is not installed")
def test_ruff_changes_nothing(tmp_path: Path) -> None:
    drawn: list[VirtualMachineSpec] = []

    @given(specs())
    def draw(spec: VirtualMachineSpec) -> None:
        drawn.append(spec)

    draw()
    for number, spec in enumerate([WEB, VM("x" * 120).spec, *drawn]):
        (tmp_path / f"expression_{number}.py").write_text(to_python(spec) + "\n", encoding="utf-8")
        (tmp_path / f"module_{number}.py").write_text(to_module(spec), encoding="utf-8")
    for command in (["format", "--diff"], ["check", "--select", "E,F,I,UP", "--ignore", "E501,F821"]):
        done = subprocess.run(
            ["ruff", *command, "--isolated", "--no-cache", tmp_path], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout
