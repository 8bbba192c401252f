"""Asking rules: a crash is a finding, a taken code is refused, and shortcuts change nothing."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from vmspec import Finding, Severity, VirtualMachineSpec, loads, validate
from vmspec.model.elements import (
    AuthorizedKeys,
    CloudInit,
    DiskTemplate,
    IPAddressAllocation,
    NetworkInterface,
    Option,
    Resources,
    SystemDisk,
)
from vmspec.model.values import (
    DataCenter,
    IPAddress,
    Network,
    Package,
    SharedDisk,
    Subnet,
    Template,
    User,
    Zone,
)
from vmspec.testing import specs
from vmspec.validation.rules import QUESTIONS, RULES, Evidence, Problem, Questions, Rule
from vmspec.validation.rules.answers import findings_of
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
    assert "VMS299" not in {finding.code for finding in validate(spec).findings}


def choice(*values: object) -> st.SearchStrategy[object]:
    """The first is the usual one, and drawn half of the time."""
    return st.sampled_from([values[0]] * len(values) + [*values])


def some(*items: object) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(items), max_size=2).map(tuple)


IP, OTHER_IP = IPAddress("ip_zE2hXn9WbQ6sTl0M"), IPAddress("185.53.57.48", by="address")
PACKAGE, TEMPLATE = Package("rock-3", by="permalink"), Template("a/b", by="permalink")
ALLOCATIONS = st.builds(
    IPAddressAllocation,
    type=choice("new", "existing", None),
    version=choice(4, 6, None),
    ip_address=choice(None, IP, OTHER_IP, IPAddress("nowhere", by="address")),
    subnet=choice(None, Subnet("10.0.0.0/8", by="address")),
)
INTERFACES = st.builds(
    NetworkInterface,
    network=choice(Network("a", by="permalink"), None),
    ip_address_allocations=st.one_of(
        st.lists(ALLOCATIONS, max_size=2).map(tuple),
        some(IPAddressAllocation(type="existing", ip_address=IP)),
    ),
)
NEARLY_USUAL = st.builds(
    VirtualMachineSpec,
    data_center=choice(DataCenter("a", by="permalink"), None),
    zone=choice(None, Zone("a", by="permalink")),
    resources=choice(
        Resources(package=PACKAGE),
        None,
        Resources(),
        Resources(package=PACKAGE, memory=1),
        Resources(memory=1),
    ),
    disk_template=choice(
        DiskTemplate(template=TEMPLATE), None, DiskTemplate(template=TEMPLATE, options=(Option(key="a"),) * 2)
    ),
    cloud_init=choice(None, CloudInit(user_data="a")),
    system_disks=some(SystemDisk(size=10), SystemDisk(), SystemDisk(size=9), SystemDisk(size=10, name="a ")),
    shared_disks=choice((), (SharedDisk("a", by="name"),) * 2),
    network_interfaces=st.lists(INTERFACES, max_size=2).map(tuple),
    hostname=choice("web-1", None, "", "Web", "-a", "a-", "a.b", "1", "ö", "a" * 63, "a" * 64, " a", "-"),
    hostname_type=choice(None, "random"),
    name=choice("Web", None, "", " a", "a\n"),
    authorized_keys=choice(
        AuthorizedKeys(all_users=True),
        None,
        AuthorizedKeys(),
        AuthorizedKeys(all_users=True, ssh_keys=("a",)),
        AuthorizedKeys(all_ssh_keys=True, ssh_keys=("a",)),
        AuthorizedKeys(users=(User("user_Ob5Xs7TgJq3Ea0Pc"),) * 2),
    ),
    tags=choice((), ("a",), ("a", "a"), ("",), ("a ",)),
)
"""Specs that shortcuts are made for, and such as are next to them."""


@given(st.one_of(specs(), NEARLY_USUAL))
@settings(max_examples=500)
def test_the_quick_pass_finds_what_the_thorough_one_does(spec: VirtualMachineSpec) -> None:
    idle = not [*QUESTIONS.answers(spec)]
    assert QUESTIONS.are_idle(spec) is idle
    assert QUESTIONS.are_idle(spec) is idle, "asked again, about lookups that are known by now"
    assert Questions(RULES).are_idle(spec) is idle, "without shortcuts"


def test_a_crash_in_a_rule_is_a_finding_and_not_the_end() -> None:
    spec = VirtualMachineSpec(system_disks=(SystemDisk(), SystemDisk(speed="nvme")))
    questions = Questions([a_rule("VMS901", crashing), a_rule("VMS902", too_fast)])
    assert not questions.are_idle(spec)
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
