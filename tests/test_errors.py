"""Errors as values: their fields survive pickling and copying, their text says what happened."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from inspect import signature
from typing import TypeVar

import pytest

from vmspec import errors
from vmspec.errors import ClashError, OutcomeUnknownError, SeveralMachinesError, VmspecError
from vmspec.findings import Finding

T = TypeVar("T")

VALUES = {
    "message": "no answer",
    "hostname": "web-1",
    "findings": (Finding("VMS201", "neither a data center nor a zone", line=1, column=2),),
    "clashes": ('hostname "web-1" twice', "address 192.0.2.1 twice"),
    "submission_id": "7f3c2a10-52a6-4c55-9e0b-6f1d2c3b4a59",
    "annotations": {"team": "web"},
    "code": "validation_error",
    "status": 422,
    "request_id": "req_1",
    "journalled": False,
    "cause": "time_out",
    "machines": ("vm_1", "vm_2"),
    "build_id": "vmbuild_1",
    "task_id": "task_1",
    "virtual_machine_id": "vm_1",
}
"""A value for each argument of an error, other than its default."""


def subclasses(cls: type[VmspecError]) -> list[type[VmspecError]]:
    return [cls, *(inner for direct in cls.__subclasses__() for inner in subclasses(direct))]


CLASSES = sorted((cls for cls in subclasses(VmspecError) if cls.__module__ == errors.__name__), key=str)


def example(cls: type[VmspecError]) -> VmspecError:
    if cls.__init__ is VmspecError.__init__ or cls.__init__ is ValueError.__init__:
        return cls("no answer")
    return cls(**{name: VALUES[name] for name in signature(cls).parameters})


def pickled(value: T) -> T:
    loaded: T = pickle.loads(pickle.dumps(value))
    return loaded


@pytest.mark.parametrize("duplicate", [pickled, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("cls", CLASSES)
def test_fields_survive_pickling_and_copying(cls: type[VmspecError], duplicate: Callable[[T], T]) -> None:
    error = example(cls)
    error.add_note("while submitting web.xml")
    same = duplicate(error)
    assert type(same) is cls
    assert (str(same), same.args, vars(same)) == (str(error), error.args, vars(error))
    assert same is not error


def test_every_public_error_is_in_the_tree_of_the_docstring() -> None:
    listed = {word for word in (errors.__doc__ or "").split() if word.endswith("Error")}
    assert listed == {cls.__name__ for cls in CLASSES if not cls.__name__.startswith("_")}


def test_clash_error_shows_every_clash() -> None:
    error = ClashError(["hostname twice", "address twice"])
    assert (str(error), error.clashes) == (
        "hostname twice; address twice",
        ("hostname twice", "address twice"),
    )


def test_unknown_outcome_says_not_to_submit_again() -> None:
    text = "no answer: do not submit it again before submission 7f3c has been looked up"
    assert str(OutcomeUnknownError("no answer", submission_id="7f3c")) == text
    assert str(OutcomeUnknownError("no answer")) == "no answer"
    for cause in ("abandoned", "not_on_record"):
        assert str(OutcomeUnknownError("no answer", submission_id="7f3c", cause=cause)) == "no answer"
    assert str(SeveralMachinesError("two machines", submission_id="7f3c")) == "two machines"
