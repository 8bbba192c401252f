"""One POST, and what each reply to it proves."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from vmspec import errors
from vmspec.katapult.submission.request import digest_of

from ..support.doubles import CREATED, XML, Api, Kind, Scripted, answer, error

BUILD = {"id": "vmbuild_AAAAAAAAAAAAAAAA", "state": "pending"}


def sent(request: httpx.Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.content)
    return body


def annotations_of(request: httpx.Request) -> dict[str, str]:
    return {pair["key"]: pair["value"] for pair in sent(request)["annotations"]}


def test_one_post_carries_the_very_xml(kind: Kind) -> None:
    api = Api([answer(201, CREATED)])
    submission = api.perform(kind, "submit", XML, "orders/42", {"team": "web"})
    [request] = api.requests
    assert request.method == "POST"
    assert (
        str(request.url) == "https://api.katapult.test/core/v1"
        "/organizations/organization/virtual_machines/build_from_spec"
    )
    assert sent(request)["xml"] == XML
    assert sent(request)["organization"] == {"sub_domain": "acme"}
    assert annotations_of(request) == {
        "team": "web",
        "vmspec.submission": submission.id,
        "vmspec.spec": digest_of(XML, submission.id),
        "vmspec.key": "orders/42",
    }
    assert request.headers["accept-encoding"] == "identity"


def test_every_field_of_the_answer_is_kept(kind: Kind) -> None:
    submission = Api([answer(201, CREATED)]).perform(kind, "submit", XML)
    assert submission.outcome == "created"
    assert (submission.build.id, submission.build.state) == ("vmbuild_AAAAAAAAAAAAAAAA", "pending")
    assert (submission.task.id, submission.task.status) == ("task_AAAAAAAAAAAAAAAA", "pending")
    assert submission.task.progress is None
    assert submission.hostname == "web-1"
    assert submission.request_id == "11111111-2222-3333-4444-555555555555"
    assert submission.virtual_machine is None


def test_without_a_key_none_is_sent() -> None:
    api = Api([answer(201, CREATED)])
    api.perform("sync", "submit", XML)
    assert set(annotations_of(api.requests[0])) == {"vmspec.submission", "vmspec.spec"}


def test_a_spec_is_sent_as_its_canonical_xml() -> None:
    documents = pytest.importorskip("vmspec.documents")
    if not hasattr(documents, "loads"):
        pytest.skip("reading of documents is not there")
    spec = documents.loads(XML)
    api = Api([answer(201, CREATED)])
    api.perform("sync", "submit", spec)
    assert sent(api.requests[0])["xml"] == documents.dumps(spec, "xml")


@pytest.mark.parametrize(
    ("key", "annotations"),
    [
        (None, {"vmspec.submission": "mine"}),
        (None, {"vmspec.": ""}),
        (None, {"": "nameless"}),
        (None, {"team": "\ud800"}),
        ("", {}),
        ("\udfff", {}),
    ],
)
def test_annotations_that_cannot_be_sent_are_refused_before_any_byte(
    key: str | None, annotations: dict[str, str]
) -> None:
    api = Api([answer(201, CREATED)])
    with pytest.raises(errors.ConfigurationError):
        api.perform("sync", "submit", XML, key, annotations)
    assert api.requests == []


def test_half_a_character_in_the_xml_is_refused_without_showing_the_xml() -> None:
    api = Api([answer(201, CREATED)])
    with pytest.raises(errors.ConfigurationError) as raised:
        api.perform("sync", "submit", XML + "canary-secret\ud800")
    assert "canary-secret" not in repr(raised.value)
    assert raised.value.__context__ is None
    assert api.requests == []


@pytest.mark.parametrize(
    "data",
    [
        CREATED,
        {"virtual_machine_build": BUILD},
        {"build": BUILD},
        {
            "virtual_machine_build": None,
            "build": BUILD,
            "task": "?",
            "hostname": 7,
            "annotations": [1, {"key": 2}],
        },
        {"virtual_machine_build": {"state": "pending"}, "build": BUILD},
    ],
)
def test_a_build_id_is_all_that_created_needs(data: dict[str, object]) -> None:
    assert Api([answer(201, data)]).perform("sync", "submit", XML).build.id == BUILD["id"]


def echo(request_annotations: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in request_annotations.items()]


def test_an_answer_as_documented_gives_no_warning() -> None:
    api = Api([answer(201, CREATED)])
    first = api.perform("sync", "submit", XML)
    api = Api([answer(201, CREATED | {"annotations": echo(dict(first.annotations))})])
    assert api.perform("sync", "submit", XML).warnings == ()


@pytest.mark.parametrize("status", [200, 202])
def test_another_good_status_with_a_build_id_is_created_with_a_warning(kind: Kind, status: int) -> None:
    submission = Api([answer(status, CREATED)]).perform(kind, "submit", XML)
    assert submission.outcome == "created"
    assert any(str(status) in warning for warning in submission.warnings)


def test_annotations_that_are_not_repeated_are_warned_of() -> None:
    submission = Api([answer(201, CREATED)]).perform("sync", "submit", XML)
    assert any("annotations" in warning for warning in submission.warnings)


REFUSALS = [
    (400, "invalid_spec_xml", errors.InvalidSpecXMLError),
    (400, "missing_api_token", errors.MissingApiTokenError),
    (403, "invalid_api_token", errors.InvalidApiTokenError),
    (403, "scope_not_granted", errors.ScopeNotGrantedError),
    (403, "permission_denied", errors.PermissionDeniedError),
    (403, "organization_suspended", errors.OrganizationSuspendedError),
    (403, "organization_not_activated", errors.OrganizationNotActivatedError),
    (403, "unauthorized_network_for_api_token", errors.UnauthorizedNetworkError),
    (404, "organization_not_found", errors.OrganizationNotFoundError),
    (422, "validation_error", errors.ValidationRefusedError),
    (403, "of_another_day", errors.RefusedError),
]


@pytest.mark.parametrize(("status", "code", "expected"), REFUSALS)
def test_each_refusal_is_an_exception_of_its_own(
    kind: Kind, status: int, code: str, expected: type[errors.RefusedError]
) -> None:
    api = Api([error(status, code, "It may not be.")])
    with pytest.raises(errors.RefusedError) as raised:
        api.perform(kind, "submit", XML, None, {"team": "web"})
    assert type(raised.value) is expected
    assert (raised.value.code, raised.value.status) == (code, status)
    assert raised.value.request_id == "11111111-2222-3333-4444-555555555555"
    assert raised.value.submission_id == annotations_of(api.requests[0])["vmspec.submission"]
    assert raised.value.annotations == annotations_of(api.requests[0])
    for told in ("It may not be.", code, "11111111-2222-3333-4444-555555555555"):
        assert told in str(raised.value)
    assert api.posts == 1


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (
            {"errors": "1:21: FATAL: EndTag: '</' not found\n2:1: ERROR: more"},
            "1:21: FATAL: EndTag: '</' not found; 2:1",
        ),
        (
            {"errors": ["Hostname is taken", "Package is too small"]},
            "Hostname is taken; Package is too small",
        ),
        ({"errors": [{"odd": 1}, None, "the rest"]}, "the rest"),
        ({"errors": "go\x1b[2Jaway\u202e"}, r"go\x1b[2Jaway\u202e"),
        ("not an object", "No."),
    ],
)
def test_the_words_of_the_api_are_told_safely(detail: object, words: str) -> None:
    with pytest.raises(errors.RefusedError) as raised:
        Api([error(400, "invalid_spec_xml", "No.", detail)]).perform("sync", "submit", XML)
    assert words in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://elsewhere.test/", "http://[", "/core/v2"])
def test_a_redirect_is_refused_and_not_followed(kind: Kind, status: int, location: str) -> None:
    api = Api([httpx.Response(status, headers={"Location": location})])
    with pytest.raises(errors.RefusedError) as raised:
        api.perform(kind, "submit", XML)
    assert str(raised.value) == (
        "refused: the answer is a redirect, which is not followed, and nothing was sent there;"
        f" check the API's URL (status {status})"
    )
    assert [request.url.host for request in api.requests] == ["api.katapult.test"]


@pytest.mark.parametrize("status", [401, 407, 413])
def test_a_refusal_need_not_be_katapults_own(status: int) -> None:
    api = Api([httpx.Response(status, text="<html>no</html>")])
    with pytest.raises(errors.RefusedError) as raised:
        api.perform("sync", "submit", XML)
    assert (raised.value.code, raised.value.status, api.posts) == (None, status, 1)


DOUBTS: list[tuple[Scripted, str]] = [
    (answer(201, {}), "foreign_answer"),
    (answer(201, {"virtual_machine_build": {"id": ""}, "build": {"id": 5}}), "foreign_answer"),
    (answer(201, {"virtual_machine_build": {"id": "two words"}}), "foreign_answer"),
    (httpx.Response(201, text="<html>Welcome</html>"), "foreign_answer"),
    (httpx.Response(201, content=b"[" * 200_000), "foreign_answer"),
    (httpx.Response(201, content=b"\xff\xfe"), "foreign_answer"),
    (httpx.Response(204), "foreign_answer"),
    (answer(405, {}), "foreign_answer"),
    (answer(409, {}), "foreign_answer"),
    (httpx.Response(429, text="slow down"), "foreign_answer"),
    (error(429, "of_another_day"), "foreign_answer"),
    (error(500, "internal_server_error"), "server_error"),
    (httpx.Response(502, text="<html>Bad Gateway</html>"), "server_error"),
    (error(503, "service_unavailable"), "server_error"),
    (httpx.Response(504), "server_error"),
    (httpx.ReadTimeout("…"), "time_out"),
    (httpx.WriteTimeout("…"), "time_out"),
    (httpx.ReadError("…"), "connection_lost"),
    (httpx.WriteError("…"), "connection_lost"),
    (httpx.CloseError("…"), "connection_lost"),
    (httpx.ProxyError("…"), "connection_lost"),
    (ConnectionResetError(), "connection_lost"),
    (httpx.RemoteProtocolError("…"), "cut_answer"),
]


@pytest.mark.parametrize(
    ("reply", "cause"), DOUBTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_any_doubt_is_an_unknown_outcome_and_nothing_is_sent_again(
    kind: Kind, reply: Scripted, cause: str
) -> None:
    api = Api([reply, answer(201, CREATED)])
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        api.perform(kind, "submit", XML, "a-key")
    assert api.posts == 1
    assert raised.value.cause == cause
    assert raised.value.annotations == annotations_of(api.requests[0])
    assert raised.value.annotations["vmspec.key"] == "a-key"
    assert raised.value.submission_id is not None
    assert raised.value.submission_id in str(raised.value)


def test_an_unknown_outcome_keeps_the_request_id_where_there_is_one() -> None:
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        Api([error(503, "service_unavailable")]).perform("sync", "submit", XML)
    assert raised.value.request_id == "11111111-2222-3333-4444-555555555555"
    assert (raised.value.code, raised.value.status) == ("service_unavailable", 503)


NOTHING_SENT = [
    httpx.ConnectError("[Errno 111] Connection refused"),
    httpx.ConnectError("[Errno -2] Name or service not known"),
    httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"),
    httpx.ConnectTimeout("timed out"),
    httpx.PoolTimeout("no connection is free"),
]


@pytest.mark.parametrize("failure", NOTHING_SENT, ids=str)
def test_unsent_create_is_tried_again_and_then_created(kind: Kind, failure: Exception) -> None:
    api = Api([failure, failure, answer(201, CREATED)])
    assert api.perform(kind, "submit", XML).outcome == "created"
    assert len({request.content for request in api.requests}) == 1
    assert len(api.requests) == 3


@pytest.mark.parametrize("failure", NOTHING_SENT, ids=str)
def test_unsent_create_is_tried_a_few_times_only(kind: Kind, failure: Exception) -> None:
    api = Api([failure])
    with pytest.raises(errors.NotSentError) as raised:
        api.perform(kind, "submit", XML)
    assert len(api.requests) == 3
    assert str(failure) in str(raised.value)
    assert raised.value.submission_id is not None
    assert raised.value.__context__ is None


def test_a_slow_network_ends_with_the_deadline_of_the_create(kind: Kind) -> None:
    api = Api([httpx.ConnectTimeout("timed out")], costs_s=10.0)
    with pytest.raises(errors.NotSentError):
        api.perform(kind, "submit", XML, timeout_s=15.0)
    assert len(api.requests) == 2
    assert api.clock.now <= 1000 + 15 + 10


def limited(**headers: str) -> httpx.Response:
    return error(429, "rate_limit_reached", "Too many.", {"total_permitted": 200}, **headers)


@pytest.mark.parametrize(
    ("header", "least_s", "most_s"),
    [
        (None, 1, 1.25),
        ("7", 7, 7),
        ("1", 1, 1),
        ("0", 1, 1.25),
        ("-5", 1, 1.25),
        ("61", 1, 1.25),
        ("1e9", 1, 1.25),
        ("999999999999", 1, 1.25),
        ("Fri, 14 Aug 2026 20:27:08 GMT", 1, 1.25),
        ("soon", 1, 1.25),
        ("٣", 1, 1.25),
    ],
)
def test_429_is_waited_out_sanely_and_then_created(
    kind: Kind, header: str | None, least_s: float, most_s: float
) -> None:
    headers = {} if header is None else {"Retry_After": header}
    try:
        first = limited(**headers)
    except UnicodeEncodeError:
        first = limited()
        first.headers = httpx.Headers([(b"retry-after", header.encode() if header else b"")])
    api = Api([first, answer(201, CREATED)])
    assert api.perform(kind, "submit", XML).outcome == "created"
    assert len(api.requests) == 2
    [pause] = api.clock.slept
    assert least_s <= pause <= most_s


def test_429_until_the_deadline_is_told_as_such(kind: Kind) -> None:
    api = Api([limited()])
    with pytest.raises(errors.RateLimitedError) as raised:
        api.perform(kind, "submit", XML)
    assert api.clock.now <= 1030
    assert 3 <= len(api.requests) <= 6
    assert api.clock.slept == sorted(api.clock.slept)
    assert raised.value.submission_id is not None


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    api = Api([limited(Retry_After="60")])
    with pytest.raises(errors.RateLimitedError):
        api.perform("sync", "submit", XML)
    assert api.clock.slept == []


@pytest.mark.parametrize("organization", ["org_AAAAAAAAAAAAAAAA", "acme"])
def test_an_organization_is_an_id_or_a_sub_domain(organization: str) -> None:
    from vmspec.katapult import Katapult

    api = Api([answer(201, CREATED)])
    with Katapult(token="t", organization=organization, transport=httpx.MockTransport(api)) as katapult:
        katapult.submit(XML)
    key = "id" if organization.startswith("org_") else "sub_domain"
    assert sent(api.requests[0])["organization"] == {key: organization}
