"""Asking rules: a crash is a finding, a taken code is refused, and shortcuts change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import pytest
from attrs import evolve
from hypothesis import given

from vmspec import Finding, Severity, VirtualMachineSpec, loads, validate
from vmspec.model.elements import (
    AuthorizedKeys,
    BackupPolicy,
    CloudInit,
    DiskTemplate,
    IPAddressAllocation,
    NetworkInterface,
    Option,
    Resources,
    Schedule,
    SystemDisk,
)
from vmspec.model.values import (
    ISO,
    DataCenter,
    IPAddress,
    Network,
    Package,
    SharedDisk,
    Subnet,
    Template,
    TemplateVersion,
    User,
    VirtualNetwork,
    Zone,
)
from vmspec.testing import specs
from vmspec.validation.rules import QUESTIONS, RULES, Evidence, Problem, Questions, Rule
from vmspec.validation.rules.answers import findings_of
from vmspec.validation.rules.asking import Answer
from vmspec.validation.rules.registry import Problems, rule

from .documents import whole

SECRET = "hunter2"


class Broken:
    """Stands where a text is expected, and fails whatever is asked of it."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(SECRET)


def a_rule(code: str, check: object) -> Rule:
    return evolve(RULES[0], code=code, name=f"name-of-{code}", of=SystemDisk, check=check)


def too_fast(disk: SystemDisk) -> Problems:
    return [Problem("speed", "too fast")] if disk.speed == "nvme" else ()


def crashing(disk: SystemDisk) -> Problems:
    raise KeyError(SECRET)


@given(specs())
def test_no_rule_raises_on_a_drawn_spec(spec: VirtualMachineSpec) -> None:
    assert [said for _, _, said in QUESTIONS.answers(spec) if isinstance(said, Exception)] == []
    assert "VMS299" not in {finding.code for finding in validate(spec).findings}


IP = IPAddress("ip_zE2hXn9WbQ6sTl0M")
PACKAGE, TEMPLATE = Package("rock-3", by="permalink"), Template("a/b", by="permalink")
NETWORK, USER = Network("a", by="permalink"), User("user_Ob5Xs7TgJq3Ea0Pc")
NEW = IPAddressAllocation(type="new", version=4)
EXISTING = IPAddressAllocation(type="existing", ip_address=IP)
SUBNET = Subnet("10.0.0.0/8", by="address")

PLAIN = VirtualMachineSpec(
    data_center=DataCenter("a", by="permalink"),
    resources=Resources(package=PACKAGE),
    disk_template=DiskTemplate(template=TEMPLATE),
    system_disks=(SystemDisk(size=10, name="Data"),),
    network_interfaces=(NetworkInterface(network=NETWORK, ip_address_allocations=(NEW,)),),
    hostname="web-1",
    name="Web",
    authorized_keys=AuthorizedKeys(all_users=True, all_ssh_keys=True),
)

STEPS_ASIDE: dict[str, tuple[object, ...]] = {
    "data_center": (None, DataCenter("a"), DataCenter("loc_Ob5Xs7TgJq3Ea0Pc", by="name")),
    "zone": (Zone("a", by="permalink"),),
    "resources": (
        None,
        Resources(),
        Resources(package=PACKAGE, memory=1),
        Resources(package=PACKAGE, cpu_cores=1),
        Resources(memory=1, cpu_cores=1),
    ),
    "disk_template": (
        None,
        DiskTemplate(template=TEMPLATE, options=(Option(key="a"),) * 2),
        DiskTemplate(template=TEMPLATE, version=TemplateVersion("3")),
        DiskTemplate(template=Template("a", by="permalink")),
    ),
    "cloud_init": (CloudInit(user_data="a"), CloudInit()),
    "iso": (ISO("iso_Yv2Ag9TkLm4Xe6Bn"), ISO("a")),
    "system_disks": tuple(
        (SystemDisk(size=10, name="Data"), disk)
        for disk in (SystemDisk(), SystemDisk(size=9), SystemDisk(size=10, name=" a"), SystemDisk(size=10))
    ),
    "shared_disks": ((SharedDisk("a", by="name"),) * 2, (SharedDisk("a", by="name"),)),
    "network_interfaces": (
        (),
        (NetworkInterface(),),
        (NetworkInterface(virtual_network=VirtualNetwork("vnet_Iw0CuB6gXe4SqH7t")),),
        (NetworkInterface(network=NETWORK, ip_address_allocations=(EXISTING,)),) * 2,
        *(
            (NetworkInterface(network=NETWORK, ip_address_allocations=allocations),)
            for allocations in (
                (NEW, NEW),
                (EXISTING, EXISTING),
                *(
                    (evolve(NEW, **more),)
                    for more in ({"version": None}, {"ip_address": IP}, {"subnet": SUBNET})
                ),
                (evolve(NEW, subnet=SUBNET, version=6),),
                *(
                    (evolve(EXISTING, **more),)
                    for more in ({"version": 4}, {"ip_address": None}, {"subnet": SUBNET})
                ),
                (IPAddressAllocation(version=4),),
            )
        ),
    ),
    "hostname": (None, "", "Web", "-a", "a-", "a.b", "1", "ö", "a" * 63, "a" * 64, " a", "-"),
    "hostname_type": ("random",),
    "name": (None, "", " a", "a\n"),
    "authorized_keys": (
        None,
        AuthorizedKeys(),
        AuthorizedKeys(all_users=True),
        AuthorizedKeys(all_users=True, users=(USER,)),
        AuthorizedKeys(all_ssh_keys=True, ssh_keys=("a",)),
        AuthorizedKeys(all_users=True, ssh_keys=("a", "a")),
        AuthorizedKeys(all_users=True, ssh_keys=("a ",)),
        AuthorizedKeys(all_ssh_keys=True, users=(USER, USER)),
    ),
    "backup_policies": ((BackupPolicy(schedule=Schedule()),), (BackupPolicy(),)),
    "tags": (("a",), ("a", "a"), ("",), ("a ",)),
}
"""Other values of fields, one at least for each rule: what a shortcut might overlook."""


def specs_around_a_plain_one() -> Iterator[VirtualMachineSpec]:
    """A plain spec, and it with one step or two aside."""
    steps = [(name, value) for name, values in STEPS_ASIDE.items() for value in values]
    for number in range(3):
        for chosen in combinations(steps, number):
            yield evolve(PLAIN, **dict(chosen))


WITHOUT_SHORTCUTS = Questions(RULES)


def in_one_order(answers: Iterable[Answer]) -> list[tuple[str, str, object]]:
    """Rules about one field are asked together, so they may answer before others of the same piece."""
    return sorted(((path, rule.code, said) for rule, path, said in answers), key=repr)


def test_shortcuts_overlook_nothing() -> None:
    found = set()
    for spec in specs_around_a_plain_one():
        answers = QUESTIONS.answers(spec)
        assert in_one_order(answers) == in_one_order(WITHOUT_SHORTCUTS.answers(spec)), spec
        found |= {rule.code for rule, *_ in answers}
    assert not QUESTIONS.answers(PLAIN)
    assert len(found) > len(RULES) / 2


@given(specs())
def test_shortcuts_change_no_answer(spec: VirtualMachineSpec) -> None:
    answers = in_one_order(WITHOUT_SHORTCUTS.answers(spec))
    assert in_one_order(QUESTIONS.answers(spec)) == answers
    assert in_one_order(QUESTIONS.answers(spec)) == answers, "asked again, about lookups known by now"


def test_a_crash_in_a_rule_is_a_finding_and_not_the_end() -> None:
    spec = VirtualMachineSpec(system_disks=(SystemDisk(), SystemDisk(speed="nvme")))
    questions = Questions([a_rule("VMS901", crashing), a_rule("VMS902", too_fast)])
    message = "the rule VMS901 name-of-VMS901 crashed (KeyError); the others were asked"
    hint = "please report it as a mistake in vmspec"
    assert findings_of(questions.answers(spec), None) == [
        Finding("VMS299", message, Severity.WARNING, "system_disks[0]", hint=hint),
        Finding("VMS299", message, Severity.WARNING, "system_disks[1]", hint=hint),
        Finding("VMS902", "too fast", RULES[0].severity, "system_disks[1].speed"),
    ]


def test_validate_goes_on_after_a_crash() -> None:
    spec = loads(whole("<SystemDisks><Disk><Size>5</Size></Disk></SystemDisks>"))
    spec.__dict__["hostname"] = Broken()
    report = validate(spec)
    codes = [finding.code for finding in report.findings]
    assert set(codes) == {"VMS299", "VMS242"}
    assert report.ok
    assert SECRET not in repr(report.findings)
    assert "VMS231 hostname-in-capitals crashed (RuntimeError)" in report.findings[0].message


@pytest.mark.parametrize(("code", "name"), [("VMS201", "another-name"), ("VMS999", "no-location")])
def test_a_code_or_name_that_is_taken_is_refused(code: str, name: str) -> None:
    register = rule(
        code, name, of=SystemDisk, severity=Severity.INFO, evidence=Evidence.LOGIC, source="a test"
    )
    with pytest.raises(ValueError, match=f"there is a rule {code} or {name} already"):
        register(too_fast)


def test_codes_have_the_form_of_a_rule() -> None:
    for known in RULES:
        assert known.code.startswith("VMS2")
        assert len(known.code) == 6
        assert known.code[3:].isdecimal()
        assert known.name == known.name.lower()
        assert known.name.replace("-", "").isalpha()
