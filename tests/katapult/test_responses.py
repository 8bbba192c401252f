"""Reading an answer without trust, and the text that exceptions carry."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmspec import errors
from vmspec.katapult import endpoints
from vmspec.katapult.endpoints import Call
from vmspec.katapult.responses import Answer, Problem, UnexpectedShapeError
from vmspec.text import printable

CALLS: list[Call[object]] = [
    endpoints.create("acme", "<x/>", {}),
    endpoints.build("vmbuild_1"),
    endpoints.task("task_1"),
    endpoints.virtual_machine("vm_1"),
    endpoints.virtual_machines("acme", {}, 1),
]
NAMES = st.sampled_from(
    [
        "virtual_machine_build",
        "build",
        "task",
        "virtual_machine",
        "virtual_machines",
        "pagination",
        "total_pages",
        "id",
        "state",
        "hostname",
        "fqdn",
        "ip_addresses",
        "address",
        "annotations",
        "key",
        "value",
        "error",
        "code",
        "description",
        "detail",
        "errors",
        "progress",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(st.sampled_from(CALLS), JSON.map(lambda data: json.dumps(data).encode()) | st.binary())
def test_whatever_the_body_a_reader_reads_it_or_says_it_is_not_as_documented(
    call: Call[object], body: bytes
) -> None:
    answer = Answer(200, body=body)
    assert isinstance(answer.problem(), Problem)
    with suppress(UnexpectedShapeError):
        call.read(answer)


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_the_words_of_a_problem_are_safe_and_short(error: dict[str, object]) -> None:
    problem = Answer(400, body=json.dumps({"error": error}).encode()).problem()
    assert len(problem.words) <= 2_000
    assert printable(problem.words + (problem.code or "")) == problem.words + (problem.code or "")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"1e999", b"[" * 10**6, b'{"a":' * 10**5, b"\xff", b"1" * 10**5]
)
def test_no_body_is_too_odd_to_be_refused(body: bytes) -> None:
    with pytest.raises(UnexpectedShapeError):
        Answer(200, body=body).data()


def test_a_compressed_answer_is_not_unpacked() -> None:
    with pytest.raises(UnexpectedShapeError):
        Answer(200, {"content-encoding": "gzip"}, b"{}").data()


@pytest.mark.parametrize("given", ["11111111-2222-3333-4444-555555555555", "~" * 128])
def test_a_request_id_is_kept_as_it_is(given: str) -> None:
    assert Answer(200, {"x-request-id": given}).request_id == given


@pytest.mark.parametrize(
    "given", ["", "a" * 129, "two words", "a\x1b[2J", "a\x7f", "a\tb", "r\u00e9q", "\u202e"]
)
def test_invalid_request_id_is_left_out(given: str) -> None:
    assert Answer(200, {"x-request-id": given}).request_id is None
    assert Answer(200).request_id is None


def test_an_answer_and_a_call_do_not_show_what_is_in_them() -> None:
    answer = Answer(200, {"x": "canary-header"}, b"canary-body")
    assert "canary" not in repr(answer) + repr(endpoints.create("acme", "canary-xml", {"a": "canary-value"}))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain - ünï 中 🙂", "plain - ünï 中 🙂"),
        ("a\nb\tc\x1b[2J\x7f\x9b", r"a\nb\tc\x1b[2J\x7f\x9b"),
        ("\u202eevil\u2066\u200b\ufeff", r"\u202eevil\u2066\u200b\ufeff"),
        ("\u2028\u2029\ud800\U000e0001", r"\u2028\u2029\ud800\U000e0001"),
    ],
)
def test_text_for_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_text_for_a_terminal_stays_on_one_line_and_is_stable(text: str) -> None:
    assert len(printable(text).splitlines()) <= 1
    assert printable(printable(text)) == printable(text)


def every(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(deeper for sub in kind.__subclasses__() for deeper in every(sub))]


@pytest.mark.parametrize("kind", every(errors.ApiError) + every(errors.BuildError))
def test_exceptions_travel_between_processes(kind: type[Exception]) -> None:
    error = kind("what happened")
    error.__dict__["submission_id"] = "7f3c"
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.__dict__) == (kind, str(error), error.__dict__)


@pytest.mark.parametrize(
    "kind", [errors.ConfigurationError, *every(errors.ApiError), *every(errors.BuildError)]
)
def test_each_exception_is_one_of_ours_and_in_the_tree(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.VmspecError)
    assert kind.__name__ in str(errors.__doc__)
