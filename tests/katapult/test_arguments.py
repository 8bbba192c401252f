"""Calls that are wrong are told at once, in the words of the call, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from vmspec import VM, VirtualMachineSpec
from vmspec.errors import ConfigurationError, SubmissionError

from .support.doubles import Kind
from .support.site import KEY, XML, Site

SPEC = VM("web-1").data_center("uk-lon-01").package("rock-3").build()
ID = "0c0d6c2f-9e2e-4b6b-8f0e-0123456789ab"

KINDS: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], str]] = {
    "no spec": ("submit", (VM("x"),), {}, "expected a VirtualMachineSpec, got a VM; call .build()"),
    "key": ("submit", (XML, 5), {}, "a key is text, not an int"),
    "annotation": ("submit", (XML, KEY, {"a": 1}), {}, "'a' in annotations is text, not an int"),
    "name": ("submit", (XML, KEY, {1: "a"}), {}, "a name in annotations is text, not an int"),
    "annotations": (
        *("submit", (XML, KEY, ["a"]), {}),
        "annotations are a mapping from names to texts, not a list",
    ),
    "time": ("submit", (XML,), {"timeout_s": "5"}, "timeout_s is a number of seconds, not a str"),
    "no time": ("submit", (XML,), {"settle_s": None}, "settle_s is a number of seconds, not None"),
    "one for many": (
        *("submit_many", ("hello",), {}),
        "expected specs in a mapping or a list, got a str",
    ),
    "no spec of many": (
        *("submit_many", ([SPEC, VM("x")],), {}),
        "spec 2: expected a VirtualMachineSpec, got a VM; call .build() of a VM",
    ),
    "name of many": ("submit_many", ({1: SPEC},), {}, "the name of a spec is text, not an int"),
    "key of many": ("submit_many", ([SPEC], 5), {}, "a key is text, not an int"),
    "keys of many": ("submit_many", ([SPEC], {"1": 5}), {}, "'1' in keys is text, not an int"),
    "failures": (
        *("submit_many", ([SPEC],), {"max_failures": "1"}),
        "max_failures is a whole number, not a str",
    ),
    "nothing to wait for": (
        *("wait", (None,), {}),
        "what is waited for is a submission, or else the id of a build, which is text, not None",
    ),
    "nothing to look for": ("reconcile", (None,), {}, "a submission, or its id, is text, not None"),
    "nothing to abandon": ("abandon", (None,), {}, "a submission, or its id, is text, not None"),
    "build": ("build", (None,), {}, "the id of a build is text, not None"),
    "task": ("task", (None,), {}, "the id of a task is text, not None"),
    "machine": ("virtual_machine", (None,), {}, "the id or name of a machine is text, not None"),
    "machines": ("virtual_machines", ({"a": 1},), {}, "'a' in annotations is text, not an int"),
}

VALUES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], str]] = {
    "timeout": ("submit", (XML,), {"timeout_s": -5}, "timeout_s is -5; it is a number of seconds, 0 or more"),
    "settle": (
        *("submit", (XML,), {"settle_s": float("nan")}),
        "settle_s is nan; it is a number of seconds, 0 or more",
    ),
    "of many": (
        *("submit_many", ([SPEC],), {"poll_s": -0.5}),
        "poll_s is -0.5; it is a number of seconds, 0 or more",
    ),
    "waiting": (
        *("wait", ("vmbuild_1",), {"timeout_s": -1}),
        "timeout_s is -1; it is a number of seconds, 0 or more",
    ),
    "polling": ("wait", ("vmbuild_1",), {"poll_s": -1}, "poll_s is -1; it is a number of seconds, 0 or more"),
    "looking": ("reconcile", (ID, -1.0), {}, "settle_s is -1; it is a number of seconds, 0 or more"),
    "key of many": ("submit_many", ([SPEC], ""), {}, "the key is empty; leave it out, or give one"),
    "failures": (
        *("submit_many", ([SPEC],), {"max_failures": 0}),
        "max_failures is 0; it is 1 or more, or None for no limit",
    ),
}


@pytest.mark.parametrize("wrong", KINDS)
def test_arguments_of_the_wrong_kind(kind: Kind, wrong: str) -> None:
    method, given, options, told = KINDS[wrong]
    site = Site()
    with pytest.raises(TypeError) as raised:
        site.perform(kind, method, *given, **options)
    assert (str(raised.value), site.requests, site.journal.entries()) == (told, [], [])


@pytest.mark.parametrize("wrong", VALUES)
def test_arguments_that_are_not_times_or_numbers(kind: Kind, wrong: str) -> None:
    method, given, options, told = VALUES[wrong]
    site = Site()
    with pytest.raises(ConfigurationError) as raised:
        site.perform(kind, method, *given, **options)
    assert (str(raised.value), site.requests, site.journal.entries()) == (told, [], [])


@pytest.mark.parametrize("wanted", ["", ID])
def test_only_builds_are_waited_for_by_id(kind: Kind, wanted: str) -> None:
    site = Site()
    with pytest.raises(SubmissionError) as raised:
        site.perform(kind, "wait", wanted)
    assert str(raised.value) == (
        f"{wanted!r} is not the id of a build (vmbuild_...); reconcile() returns the submission of an id,"
        " which wait() takes"
    )
    assert site.requests == []


def test_specs_may_come_one_by_one(kind: Kind) -> None:
    results = Site().perform(kind, "submit_many", iter([SPEC]), poll_s=None)
    assert isinstance(SPEC, VirtualMachineSpec)
    assert [result.error for result in results] == [None]
