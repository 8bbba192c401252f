"""The address, the token and where they come from; what is wrong with them is found before any byte."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import attrs
import httpx
import pytest

from vmspec.errors import ConfigurationError
from vmspec.katapult import AsyncKatapult, Katapult
from vmspec.katapult.auth import Token

from .support.doubles import CREATED, TOKEN, XML, Api, answer

REFUSED_ADDRESSES = [
    "http://api.katapult.io/core/v1",
    "http://127.0.0.1.evil.test/",
    "http://127.0.0.1@evil.test/",
    "http://localhost.evil.test/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://[::]/",
    "https://user:password@api.katapult.io/core/v1",
    "https://api.katapult.io/core/v1?a=b",
    "https://api.katapult.io/core/v1#a",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "api.katapult.io",
    "https://",
    "",
    "http://[",
]


@pytest.mark.parametrize("api_url", REFUSED_ADDRESSES)
def test_an_address_without_tls_is_refused_before_any_byte(api_url: str) -> None:
    api = Api([answer(201, CREATED)])
    with pytest.raises(ConfigurationError) as raised:
        Katapult(token=TOKEN, organization="acme", api_url=api_url, transport=httpx.MockTransport(api))
    assert api.requests == []
    assert "password" not in str(raised.value)


@pytest.mark.parametrize(
    "api_url",
    [
        "https://api.katapult.io/core/v1/",
        "http://127.0.0.1:8000",
        "http://127.1.2.3/x",
        "http://[::1]:1/",
        "http://localhost",
    ],
)
def test_https_and_this_machine_are_spoken_to(api_url: str) -> None:
    api = Api([answer(201, CREATED)])
    with Katapult(
        token=TOKEN, organization="acme", api_url=api_url, transport=httpx.MockTransport(api)
    ) as katapult:
        katapult.submit(XML)
    path = "/organizations/organization/virtual_machines/build_from_spec"
    assert str(api.requests[0].url) == api_url.rstrip("/") + path
    assert api.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("setting", ["organization", "api_url"])
def test_an_empty_setting_does_not_mean_the_environments(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("KATAPULT_API_KEY", TOKEN)
    monkeypatch.setenv("KATAPULT_ORGANIZATION", "acme")
    with pytest.raises(ConfigurationError, match="is empty; leave it out, or give one"):
        Katapult.from_environment(**{setting: ""})


@pytest.mark.parametrize("setting", ["journal", "ca_bundle"])
def test_an_empty_path_is_refused_before_any_byte(setting: str) -> None:
    with (
        pytest.raises(ConfigurationError, match="empty path"),
        Katapult(token=TOKEN, organization="acme", **{setting: ""}) as katapult,
    ):
        katapult.virtual_machines()


@pytest.mark.parametrize(
    "token", ["", "canary\n", "canary token", "canary\r\nX: y", "canáry", "canary\x00", "\u200bcanary"]
)
def test_a_token_that_no_header_can_hold_is_refused_and_not_shown(token: str) -> None:
    for client in (Katapult, AsyncKatapult):
        with pytest.raises(ConfigurationError) as raised:
            client(token=token, organization="acme")
        assert "can" not in str(raised.value)
        assert raised.value.__context__ is None


def test_a_token_shows_itself_to_nobody() -> None:
    token = Token(TOKEN).bound_to("https://api.katapult.io")

    @attrs.define
    class Holder:
        token: str

    shown = [
        str(token),
        repr(token),
        f"{token}",
        f"{token!r:>40}",
        "%s" % token,  # noqa: UP031
        json.dumps({"token": token}),
        repr(copy.copy(token)),
        repr(copy.deepcopy([token])),
        repr(pickle.dumps(token)),
        repr(pickle.loads(pickle.dumps(token))),
        repr(Holder(token)) + repr(attrs.asdict(Holder(token))),
        token + "",
        "".join(token),
        repr(token.encode()),
        repr(getattr(token, "__dict__", "")),
    ]
    assert [text for text in shown if TOKEN in text] == []
    assert str(token) == "***"
    assert json.dumps(token) == '"***"'


@pytest.mark.parametrize(
    "url", ["https://evil.test/core/v1/x", "http://api.katapult.io/x", "https://api.katapult.io:8443/x"]
)
def test_a_token_is_given_to_the_host_it_is_for(url: str) -> None:
    token = Token(TOKEN).bound_to("https://api.katapult.io/core/v1")
    assert token.authorization("https://api.katapult.io/elsewhere") == f"Bearer {TOKEN}"
    with pytest.raises(ConfigurationError):
        token.authorization(url)


def test_a_client_stays_with_its_address() -> None:
    with pytest.raises(attrs.exceptions.FrozenAttributeError):
        Katapult(token=TOKEN, organization="acme").api_url = "https://evil.test"


def test_a_client_does_not_show_its_token() -> None:
    for client in (Katapult, AsyncKatapult):
        assert TOKEN not in repr(client(token=TOKEN, organization="acme"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """None of the settings, whatever the machine has."""
    for name in ("API_KEY", "API_KEY_FILE", "ORGANIZATION", "API_URL"):
        monkeypatch.delenv(f"KATAPULT_{name}", raising=False)
    return monkeypatch


@pytest.mark.parametrize("client", [Katapult, AsyncKatapult])
def test_settings_come_from_the_environment(
    environment: pytest.MonkeyPatch, client: type[Katapult | AsyncKatapult]
) -> None:
    environment.setenv("KATAPULT_API_KEY", TOKEN)
    environment.setenv("KATAPULT_ORGANIZATION", "org_AAAAAAAAAAAAAAAA")
    made = client.from_environment()
    assert (made.organization, made.api_url) == ("org_AAAAAAAAAAAAAAAA", "https://api.katapult.io/core/v1")
    environment.setenv("KATAPULT_API_URL", "https://other.test/v1")
    assert client.from_environment().api_url == "https://other.test/v1"
    given = client.from_environment(organization="acme", api_url="https://given.test/v1")
    assert (given.organization, given.api_url) == ("acme", "https://given.test/v1")


def test_missing_settings_are_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="KATAPULT_API_KEY"):
        Katapult.from_environment()
    environment.setenv("KATAPULT_API_KEY", TOKEN)
    with pytest.raises(ConfigurationError, match="KATAPULT_ORGANIZATION"):
        Katapult.from_environment()
    environment.setenv("KATAPULT_API_KEY", "")
    environment.setenv("KATAPULT_API_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(ConfigurationError, match="absent"):
        Katapult.from_environment()


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_key_file_that_others_can_read_is_warned_of(
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    recwarn: pytest.WarningsRecorder,
    mode: int,
    warned: bool,
) -> None:
    file = tmp_path / "key"
    file.write_text(TOKEN + "\n")
    file.chmod(mode)
    environment.setenv("KATAPULT_API_KEY_FILE", str(file))
    environment.setenv("KATAPULT_ORGANIZATION", "acme")
    Katapult.from_environment()
    told = [str(warning.message) for warning in recwarn]
    assert [str(file) in text for text in told] == ([True] if warned else [])
    assert TOKEN not in "".join(told)


@pytest.mark.parametrize("content", [b"", b"\n", b"two words\n", b"\xff\xfe", b"x" * 5000])
def test_a_file_that_holds_no_key_is_refused(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    environment.setenv("KATAPULT_API_KEY_FILE", str(file))
    environment.setenv("KATAPULT_ORGANIZATION", "acme")
    with pytest.raises(ConfigurationError):
        Katapult.from_environment()


@pytest.mark.parametrize("organization", ["", "two words", "a\n"])
def test_an_organization_that_cannot_be_one_is_refused(organization: str) -> None:
    with pytest.raises(ConfigurationError):
        Katapult(token=TOKEN, organization=organization)


def test_a_bundle_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("not a certificate")
    for bundle in (tmp_path / "absent.pem", tmp_path / "none.pem"):
        with pytest.raises(ConfigurationError):
            Katapult(token=TOKEN, organization="acme", ca_bundle=bundle)


def test_authorities_are_not_loaded_without_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take longer than a call does."""
    (tmp_path / "ca.pem").write_text("not a certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    Katapult(token=TOKEN, organization="acme", api_url="http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="the CA bundle cannot be used"):
        Katapult(token=TOKEN, organization="acme")
