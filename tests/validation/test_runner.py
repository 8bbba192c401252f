"""Asking rules: a crash is a finding, a taken code is refused, and known lookups change no answer."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given

from vmspec import Finding, Severity, VirtualMachineSpec, loads, validate
from vmspec.model.elements import SystemDisk
from vmspec.testing import specs
from vmspec.validation.rules import RULE_SET, RULES, Evidence, Problem, Rule, RuleSet
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
    assert [said for _, _, said in RULE_SET.answers(spec) if isinstance(said, Exception)] == []
    assert "VMS299" not in {finding.code for finding in validate(spec).findings}


@given(specs())
def test_rules_answer_the_same_when_they_are_asked_again(spec: VirtualMachineSpec) -> None:
    answers = RuleSet(RULES).answers(spec)
    assert RULE_SET.answers(spec) == answers
    assert RULE_SET.answers(spec) == answers, "about lookups that are known by now"


def test_a_crash_in_a_rule_is_a_finding_and_not_the_end() -> None:
    spec = VirtualMachineSpec(system_disks=(SystemDisk(), SystemDisk(speed="nvme")))
    questions = RuleSet([a_rule("VMS901", crashing), a_rule("VMS902", too_fast)])
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
