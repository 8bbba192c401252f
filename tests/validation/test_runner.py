"""Running rules: a crash becomes a finding, and codes and names are unique."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from vmspec import Finding, Severity, VirtualMachineSpec, loads, validate
from vmspec.model.elements import SystemDisk
from vmspec.testing import specs
from vmspec.validation import rules
from vmspec.validation.rules import RULE_SET, RULES, SUBJECTS, Evidence, Problem, Rule, RuleSet
from vmspec.validation.rules.registry import Problems, rule
from vmspec.validation.rules.runner import findings_of

from .documents import whole

SECRET = "hunter2"


class Broken:
    """A value that raises an exception whenever it is used."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(SECRET)


def disk_rule(code: str, check: object) -> Rule:
    name = f"name-of-{code}"
    return RULES[0]._replace(code=code, name=name, part=SystemDisk, check=check)


def too_fast(disk: SystemDisk) -> Problems:
    return [Problem("speed", "too fast")] if disk.speed == "nvme" else ()


def crashing(disk: SystemDisk) -> Problems:
    raise KeyError(SECRET)


@given(specs())
def test_no_rule_crashes_on_a_drawn_spec(spec: VirtualMachineSpec) -> None:
    assert [result for _, _, result in RULE_SET.run(spec) if isinstance(result, Exception)] == []
    assert "VMS299" not in {finding.code for finding in validate(spec).findings}


@given(specs())
def test_results_do_not_depend_on_earlier_specs(spec: VirtualMachineSpec) -> None:
    results = RuleSet(RULES).run(spec)
    assert RULE_SET.run(spec) == results
    assert RULE_SET.run(spec) == results


def test_crash_of_a_rule_is_a_finding_and_the_other_rules_still_run() -> None:
    spec = VirtualMachineSpec(system_disks=(SystemDisk(), SystemDisk(speed="nvme")))
    rule_set = RuleSet([disk_rule("VMS901", crashing), disk_rule("VMS902", too_fast)])
    message = "the rule VMS901 name-of-VMS901 crashed (KeyError)"
    hint = "this is a bug in vmspec; please report it"
    assert findings_of(rule_set.run(spec), None) == [
        Finding("VMS299", message, Severity.WARNING, "system_disks[0]", hint=hint),
        Finding("VMS299", message, Severity.WARNING, "system_disks[1]", hint=hint),
        Finding("VMS902", "too fast", RULES[0].severity, "system_disks[1].speed"),
    ]


def test_rule_is_skipped_where_its_field_is_absent() -> None:
    checked: list[SystemDisk] = []
    about_size = disk_rule("VMS901", lambda disk: checked.append(disk) or ())._replace(when_field="size")
    sized = SystemDisk(size=10)
    RuleSet([about_size]).run(VirtualMachineSpec(system_disks=(SystemDisk(name="Data"), sized)))
    assert checked == [sized]


def test_validate_survives_a_crash_and_hides_its_text() -> None:
    spec = loads(whole("<SystemDisks><Disk><Size>5</Size></Disk></SystemDisks>"))
    spec.__dict__["hostname"] = Broken()
    report = validate(spec)
    assert {finding.code for finding in report.findings} == {"VMS299", "VMS242"}
    assert report.ok
    assert SECRET not in repr(report.findings)
    messages = [finding.message for finding in report.findings]
    assert "the rule VMS231 hostname-in-capitals crashed (RuntimeError)" in messages


@pytest.mark.parametrize(("code", "name"), [("VMS201", "another-name"), ("VMS999", "no-location")])
def test_taken_code_or_name_is_rejected(code: str, name: str) -> None:
    register = rule(code, name, SystemDisk, severity=Severity.INFO, evidence=Evidence.LOGIC, source="a test")
    with pytest.raises(ValueError, match=f"there already is a rule {code} or {name}"):
        register(too_fast)


def test_codes_and_names_have_the_usual_form() -> None:
    for known in RULES:
        assert known.code.startswith("VMS2")
        assert len(known.code) == 6
        assert known.code[3:].isdecimal()
        assert known.name == known.name.lower()
        assert known.name.replace("-", "").isalpha()


def test_every_module_with_rules_is_listed() -> None:
    modules = {path.stem for path in Path(str(rules.__file__)).parent.glob("*.py")}
    assert modules - {"__init__", "registry", "runner"} == set(SUBJECTS)
