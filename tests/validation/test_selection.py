"""Selecting and ignoring findings, and changing their severity."""

from __future__ import annotations

import pytest

from vmspec import Finding, Severity
from vmspec.errors import ConfigurationError
from vmspec.validation.selection import Selection, apply

LOCATION = Finding("VMS201", "a", Severity.ERROR)
HOSTNAME = Finding("VMS231", "b", Severity.WARNING)
SMALL = Finding("VMS242", "c", Severity.WARNING)
GRAMMAR = Finding("VMS102", "d", Severity.ERROR)
UNREADABLE = Finding("VMS003", "e", Severity.ERROR)
ALL = (LOCATION, HOSTNAME, SMALL, GRAMMAR, UNREADABLE)


def test_default_selection_changes_nothing() -> None:
    assert apply(ALL, Selection()) == ALL
    assert Selection.of() == Selection()


def test_ignored_codes_are_left_out() -> None:
    assert apply(ALL, Selection.of(ignore=["small-disk", "vms201"])) == (HOSTNAME, GRAMMAR, UNREADABLE)


def test_only_selected_codes_remain_except_unreadable_and_grammar() -> None:
    assert apply(ALL, Selection.of(select=["VMS231", "unknown-name"])) == (HOSTNAME, GRAMMAR, UNREADABLE)
    assert apply(ALL, Selection.of(select=[])) == (GRAMMAR, UNREADABLE)
    assert apply(ALL, Selection.of(select=["VMS231"], ignore=["VMS231"])) == (GRAMMAR, UNREADABLE)


def test_severities_are_changed() -> None:
    selection = Selection.of(severity={"no-location": "warning", "VMS231": "error", "VMS242": "info"})
    severities = [finding.severity for finding in apply(ALL, selection)]
    assert severities == ["warning", "error", "info", "error", "error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"select": ["VMS24"]}, '"VMS24" is not a code or the name of a rule'),
        (
            {"ignore": ["smal-disk"]},
            '"smal-disk" is not a code or the name of a rule; did you mean small-disk?',
        ),
        ({"ignore": ["\x1b[31m"]}, '"\\x1b[31m" is not a code or the name of a rule'),
        ({"ignore": ["VMS102"]}, "VMS102 does not belong to a rule and always stays an error"),
        ({"severity": {"doctype": "info"}}, "VMS003 does not belong to a rule and always stays an error"),
        ({"severity": {"VMS231": "fatal"}}, '"fatal" is not a severity; choose error, warning or info'),
    ],
)
def test_unknown_and_fixed_codes_are_rejected(arguments: dict[str, list[str]], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Selection.of(**arguments)
    assert str(caught.value).startswith(message)
