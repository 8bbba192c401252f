"""Which findings a user wants to see, and how much they matter."""

from __future__ import annotations

import pytest

from vmspec import Finding, Severity
from vmspec.errors import ConfigurationError
from vmspec.validation.selection import Selection, apply

LOCATION = Finding("VMS201", "a", Severity.ERROR)
HOSTNAME = Finding("VMS231", "b", Severity.WARNING)
SMALL = Finding("VMS242", "c", Severity.WARNING)
GRAMMAR = Finding("VMS102", "d", Severity.ERROR)
GATE = Finding("VMS003", "e", Severity.ERROR)
ALL = (LOCATION, HOSTNAME, SMALL, GRAMMAR, GATE)


def test_nothing_is_chosen_by_default() -> None:
    assert apply(ALL, Selection()) == ALL
    assert Selection.of() == Selection()


def test_what_is_ignored_is_left_out() -> None:
    assert apply(ALL, Selection.of(ignore=["small-disk", "vms201"])) == (HOSTNAME, GRAMMAR, GATE)


def test_only_what_is_selected_is_left_beside_gate_and_grammar() -> None:
    assert apply(ALL, Selection.of(select=["VMS231", "unknown-name"])) == (HOSTNAME, GRAMMAR, GATE)
    assert apply(ALL, Selection.of(select=[])) == (GRAMMAR, GATE)
    assert apply(ALL, Selection.of(select=["VMS231"], ignore=["VMS231"])) == (GRAMMAR, GATE)


def test_severities_are_changed() -> None:
    choice = Selection.of(severity={"no-location": "warning", "VMS231": "error", "VMS242": "info"})
    severities = [finding.severity for finding in apply(ALL, choice)]
    assert severities == ["warning", "error", "info", "error", "error"]


@pytest.mark.parametrize(
    ("words", "message"),
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
def test_what_there_is_not_is_refused(words: dict[str, list[str]], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Selection.of(**words)
    assert str(caught.value).startswith(message)
