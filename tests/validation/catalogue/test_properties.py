"""Properties of the rules about a catalogue, over drawn specs with catalogues made for them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.catalogues import catalogue_for, lookups_in
from vmspec import VirtualMachineSpec, dumps, validate
from vmspec.catalogue import KINDS, Catalogue, PolicyLimits
from vmspec.codes import RULE_CRASHED
from vmspec.documents import FORMATS
from vmspec.documents.formats import open_document
from vmspec.findings import Finding
from vmspec.model.schema import Lookup
from vmspec.model.values import TemplateVersion
from vmspec.testing.strategies import specs
from vmspec.validation.catalogue import RULES, rules_for
from vmspec.validation.catalogue.fast import fast_check


def about(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.code in RULES]


@given(specs())
def test_spec_of_the_catalogues_own_entries_has_no_finding(spec: VirtualMachineSpec) -> None:
    assert about(validate(spec, catalogue=catalogue_for(spec)).findings) == []


@given(specs())
def test_catalogue_of_unknown_kinds_objects_to_nothing(spec: VirtualMachineSpec) -> None:
    assert about(validate(spec, catalogue=Catalogue()).findings) == []


def without(catalogue: Catalogue, lookup: Lookup, *, misspelt: bool) -> Catalogue:
    """Return a catalogue without the entry of a lookup, or with another value in it."""
    name = KINDS[type(lookup)]
    kept = [entry for entry in getattr(catalogue, name) if entry is not catalogue.find(lookup)]
    if misspelt:
        kept.append(evolve(catalogue.find(lookup), **{lookup.by: f"{lookup.value}~"}))
    return evolve(catalogue, **{name: tuple(kept)})


@pytest.mark.parametrize("misspelt", [False, True], ids=["removed", "misspelt"])
@given(data=st.data())
def test_missing_entry_is_one_finding_on_its_line_in_each_format(misspelt: bool, data: st.DataObject) -> None:
    spec = data.draw(specs())
    places = [item for item in lookups_in(spec) if not isinstance(item[1], TemplateVersion)]
    assume(places)
    _, lookup = data.draw(st.sampled_from(places))
    catalogue = without(catalogue_for(spec), lookup, misspelt=misspelt)
    expected = [path for path, other in places if catalogue.find(other) is None]
    assert expected
    for format in FORMATS:
        text = dumps(spec, format)
        document = open_document(text, format)
        report = validate(text, format, catalogue=catalogue)
        found = about(report.findings)
        assert [item.code for item in found] == ["VMS411"] * len(expected)
        assert {(item.path, item.line, item.column) for item in found} == {
            (path, *document.position_of(path)) for path in expected
        }
        assert not any(item.path in expected for item in report.findings if item.code not in RULES)


@given(specs(), st.data())
def test_missing_tag_is_one_finding_on_its_line(spec: VirtualMachineSpec, data: st.DataObject) -> None:
    assume(spec.tags)
    tag = data.draw(st.sampled_from(spec.tags))
    catalogue = catalogue_for(spec)
    catalogue = evolve(catalogue, tags=tuple(name for name in catalogue.tags or () if name != tag))
    expected = [f"tags[{index}]" for index, name in enumerate(spec.tags) if name == tag]
    for format in FORMATS:
        found = about(validate(dumps(spec, format), format, catalogue=catalogue).findings)
        assert [(item.code, item.path) for item in found] == [("VMS412", path) for path in expected]


@st.composite
def changed_catalogues(draw: st.DrawFn) -> tuple[VirtualMachineSpec, Catalogue]:
    """A spec, and a catalogue that may lack some of what it refers to, or know less."""
    spec = draw(specs())
    catalogue = catalogue_for(spec)
    changes: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from([*KINDS.values(), "tags", "ssh_keys"]), max_size=3)):
        changes[name] = draw(st.sampled_from([None, ()]))
    if draw(st.booleans()):
        sizes = st.none() | st.integers(0, 60)
        changes["policy_limits"] = draw(
            st.builds(
                PolicyLimits,
                maximum_virtual_machine_memory=sizes,
                maximum_disk_space=sizes,
                maximum_disk_size=sizes,
                minimum_disk_size=sizes,
            )
        )
    return spec, evolve(catalogue, **changes)


@given(changed_catalogues())
def test_fast_check_accepts_only_specs_without_findings(case: tuple[VirtualMachineSpec, Catalogue]) -> None:
    spec, catalogue = case
    if fast_check(catalogue)(spec):
        assert [result for result in rules_for(catalogue).run(spec) if result[0].code in RULES] == []


@given(changed_catalogues())
def test_rules_about_a_catalogue_never_raise(case: tuple[VirtualMachineSpec, Catalogue]) -> None:
    spec, catalogue = case
    findings = validate(spec, catalogue=catalogue).findings
    assert [finding for finding in findings if finding.code == RULE_CRASHED] == []
