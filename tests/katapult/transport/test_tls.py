"""TLS over real connections: whom a client trusts, and what reaches those whom it does not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme
from attrs import define, field

from vmspec import errors
from vmspec.katapult import Katapult, SQLiteJournal

from ..support.doubles import CREATED, TOKEN, XML, Clock, Kind, answer, perform, raw


@define
class Secure:
    """A server on loopback that shows a certificate, and answers each create well."""

    certificate: trustme.LeafCert
    handshakes: int = 0
    received: list[bytes] = field(factory=list)
    """The bytes that came in after TLS was agreed on."""
    _listener: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}/core/v1"

    def serve(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate.configure_cert(context)
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.handshakes += 1
            with suppress(OSError), connection, context.wrap_socket(connection, server_side=True) as stream:
                request = b""
                while not request.endswith(b"}") and (more := stream.recv(65536)):
                    request += more
                self.received.append(request)
                stream.sendall(raw(answer(201, CREATED)))

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[trustme.LeafCert], Secure]]:
    servers: list[Secure] = []

    def start(certificate: trustme.LeafCert) -> Secure:
        servers.append(Secure(certificate))
        threading.Thread(target=servers[-1].serve, daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.mark.parametrize(
    ("host", "by_a_stranger", "words"),
    [
        ("127.0.0.1", True, "unable to get local issuer certificate"),
        ("katapult.test", False, "certificate is not valid for '127.0.0.1'"),
    ],
)
def test_untrusted_server_gets_no_byte_of_the_request_and_is_asked_once(
    kind: Kind,
    serve: Callable[[trustme.LeafCert], Secure],
    authority: trustme.CA,
    bundle: Path,
    host: str,
    by_a_stranger: bool,
    words: str,
) -> None:
    server = serve((trustme.CA() if by_a_stranger else authority).issue_cert(host))
    clock, journal = Clock(), SQLiteJournal()
    with pytest.raises(errors.NotSentError) as raised:
        perform(kind, "submit", XML, api_url=server.url, clock=clock, ca_bundle=bundle, journal=journal)
    assert str(raised.value).startswith("nothing was sent: the server's certificate is not trusted (")
    assert words in str(raised.value)
    assert (server.handshakes, b"".join(server.received), clock.slept) == (1, b"", [])
    [entry] = journal.entries()
    assert entry.state == "not_sent"
    shown = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r} {entry!r}"
    assert TOKEN not in shown


def test_a_certificate_of_nobody_known_is_not_trusted_without_a_bundle(
    kind: Kind, serve: Callable[[trustme.LeafCert], Secure], authority: trustme.CA
) -> None:
    server = serve(authority.issue_cert("127.0.0.1"))
    with pytest.raises(errors.NotSentError, match="certificate is not trusted"):
        perform(kind, "submit", XML, api_url=server.url, clock=Clock())
    assert b"".join(server.received) == b""


def test_an_authority_of_ones_own_is_trusted(
    kind: Kind,
    serve: Callable[[trustme.LeafCert], Secure],
    authority: trustme.CA,
    bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(authority.issue_cert("127.0.0.1"))
    assert perform(kind, "submit", XML, api_url=server.url, ca_bundle=bundle).outcome == "created"
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert perform(kind, "submit", XML, api_url=server.url, clock=Clock()).outcome == "created"
    assert [TOKEN.encode() in request for request in server.received] == [True, True]


def test_a_read_of_whom_is_not_trusted_is_not_tried_again(
    serve: Callable[[trustme.LeafCert], Secure], authority: trustme.CA
) -> None:
    server, clock = serve(authority.issue_cert("127.0.0.1")), Clock()
    with (
        Katapult(
            token=TOKEN, organization="acme", api_url=server.url, clock=clock, sleep=clock.sleep
        ) as katapult,
        pytest.raises(errors.NotSentError, match="certificate is not trusted"),
    ):
        katapult.build("vmbuild_1")
    assert (server.handshakes, clock.slept) == (1, [])


def test_a_host_that_does_not_answer_at_all_is_not_sent_to(kind: Kind) -> None:
    """A listener whose queue is full accepts nobody, as a firewall that drops packets."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(listener.getsockname())
        api_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with pytest.raises(errors.NotSentError, match="nothing was sent: no connection was made"):
                perform(kind, "submit", XML, api_url=api_url, timeout_s=0.4)
        finally:
            for one in waiting:
                one.close()
