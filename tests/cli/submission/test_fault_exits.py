"""Exit codes and messages for each fault that a submission has to survive, numbered as in its table."""

from __future__ import annotations

import re
import resource
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from attrs import frozen

from vmspec.katapult import SQLiteJournal
from vmspec.sandbox import Endpoint
from vmspec.sandbox.faults import (
    Altered,
    Bomb,
    Closed,
    ConnectionReset,
    Cut,
    Delay,
    Drop,
    Duplicate,
    Endless,
    FailedBuild,
    Fault,
    Foreign,
    Interrupted,
    LateMachine,
    LostAnnotations,
    Redirect,
    Refusal,
    Slow,
    Unfiltered,
)

from ..support.api import UUID, Api, id_in, read_entries
from ..support.command_line import WEB_XML, Process, Run
from ..support.processes import Child, follow_advice

TOKEN = "canary-token-5d41402abc4b2a76"
STARTED = r"web-1  started   web-1\.sandbox\.katapult\.cloud  198\.19\.0\.10  \d s\n"
UNKNOWN = f"web-1  unknown   submission {UUID}\n"
NOT_SENT = "web-1  not sent\n"
REFUSED = "web-1  refused\n"
SHORT_TIMEOUT = ("--timeout", "1.5")
"""Options with which the deadline ends the create."""
LONG_SETTLE = ("--settle", "0.3")
"""Options with which a machine that appears late is found."""


@frozen
class Row:
    """A fault, the endpoint it occurs at, and the expected exit code and output."""

    fault: Fault
    code: int
    out: str
    err: str = ""
    """Regular expression for standard error."""
    at: Endpoint | None = Endpoint.CREATE
    options: tuple[str, ...] = ()


def adopted(fault: Fault, *options: str) -> Row:
    looked_for = rf"\Aweb-1  looking   submission {UUID} is being looked for; do not submit it again\n"
    return Row(fault, 0, STARTED, rf"{looked_for}web-1  found     vm_\w{{16}}\n", options=options)


def unknown(fault: Fault, why: str) -> Row:
    return Row(fault, 6, UNKNOWN, f"error: web.xml: the spec was sent, but {why}")


def refused(fault: Fault, why: str) -> Row:
    return Row(fault, 3, REFUSED, rf"\Aerror: web.xml: refused: {why}")


def created(fault: Fault, at: Endpoint) -> Row:
    return Row(fault, 0, STARTED, r"\Aweb-1  created   vmbuild_\w{16}\n", at)


BUSY = "rate_limit_reached"
DOWN = "service_unavailable"
ROWS: dict[str, Row] = {
    "3: reset after half the request": unknown(Interrupted(), "the connection broke"),
    "3: reset after all of it": unknown(Drop(), "the (connection broke|answer was cut off)"),
    "4: reset, carried out": adopted(Drop(carried_out=True)),
    "4: ended without an answer": adopted(Drop("end", carried_out=True)),
    "4: no answer in time": adopted(Delay(2), *SHORT_TIMEOUT),
    "5: carried out later": adopted(Delay(2, later_s=0.7), *SHORT_TIMEOUT, *LONG_SETTLE),
    "6: status line cut": adopted(Cut("status")),
    "6: headers cut": adopted(Cut("headers")),
    "6: body cut": adopted(Cut("body")),
    "6: chunk cut": adopted(Cut("chunk")),
    "6: 201 with HTML": adopted(Foreign(201, carried_out=True)),
    "6: 201 without a build id": adopted(Altered(without=("virtual_machine_build", "build"))),
    "7: byte by byte": adopted(Slow(0.1), *SHORT_TIMEOUT),
    "7: endless": adopted(Endless()),
    "7: a bomb": adopted(Bomb()),
    "8: 200": Row(Altered(200), 0, STARTED, "warning: web.xml: the API answered 200 where 201 is documented"),
    "8: 202": Row(Altered(202), 0, STARTED, "warning: web.xml: the API answered 202 where 201 is documented"),
    "9: 400": refused(Refusal("invalid_spec_xml"), "The XML is not a valid spec"),
    "9: 403": refused(Refusal("permission_denied"), "The API token may not do this"),
    "9: 404": refused(Refusal("organization_not_found"), "No organization matches"),
    "9: 422": refused(Refusal("validation_error"), "The machine cannot be made"),
    **{
        f"10: 429, Retry-After {told}": Row(Refusal(BUSY, retry_after=told), 0, STARTED)
        for told in (None, "2", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-5", "1e9")
    },
    "10: 429 until the deadline": Row(
        Refusal(BUSY, retry_after="60"),
        4,
        NOT_SENT,
        r"\Aerror: web.xml: Katapult takes no more requests for now: Too many requests within this minute",
    ),
    "11: 503": unknown(Refusal(DOWN), "the server reported an error of its own"),
    "11: 503, carried out": adopted(Refusal(DOWN, carried_out=True)),
    "11: 500 of a proxy": unknown(Foreign(500), "the server reported an error of its own"),
    "11: 502 of a proxy, carried out": adopted(Foreign(502, carried_out=True)),
    "11: 504 of a proxy, carried out later": adopted(
        Foreign(504, carried_out=True, later_s=0.1), *LONG_SETTLE
    ),
    **{
        f"12: {status}": refused(Redirect(status), "the answer is a redirect, which is not followed")
        for status in (301, 302, 303, 307, 308)
    },
    "13: closed after an answer": created(Closed("answered"), Endpoint.BUILD),
    "13: closed as it is used again": created(Closed("reused"), Endpoint.BUILD),
    "18: the list is out of order": Row(
        Refusal(DOWN), 0, STARTED, at=Endpoint.MACHINES, options=("--settle", "9")
    ),
    "19: annotations lost": Row(
        LostAnnotations(), 0, STARTED, "warning: web.xml: the API did not repeat the"
    ),
    "20: 404": created(Refusal("build_not_found"), Endpoint.BUILD),
    "20: 503": created(Refusal(DOWN), Endpoint.BUILD),
    "20: reset": created(Drop(), Endpoint.BUILD),
    "20: 503 of the machine": created(Refusal(DOWN), Endpoint.MACHINE),
    "20: unknown state": created(Altered(values={"virtual_machine_build.state": "odd"}), Endpoint.BUILD),
    "20: machine seen late": created(LateMachine(0.2), Endpoint.CREATE),
    "20: failed": Row(
        FailedBuild(),
        5,
        r"web-1  failed    vmbuild_\w{16}\n",
        "error: web.xml: the build failed: build vmbuild_",
    ),
    "20: the deadline": Row(
        Delay(9),
        7,
        r"web-1  building  vmbuild_\w{16}\n",
        "error: web.xml: not started after 1.5 s: build vmbuild_",
        Endpoint.BUILD,
        SHORT_TIMEOUT,
    ),
    "20: nobody may look": Row(
        Refusal("scope_not_granted"),
        7,
        r"web-1  building  vmbuild_\w{16}\n",
        "error: web.xml: the build goes on, but cannot be watched: refused",
        Endpoint.BUILD,
    ),
}


@pytest.fixture
def api(serve: Callable[..., Api]) -> Api:
    return serve(token=TOKEN)


@pytest.mark.parametrize("name", ROWS)
def test_exit_code_and_message(api: Api, submit: Run, web: str, name: str) -> None:
    row = ROWS[name]
    if row.at is Endpoint.MACHINES:
        api.sandbox.order(Drop(carried_out=True), at=Endpoint.CREATE)
    api.sandbox.order(row.fault, at=row.at)
    result = submit(web, *row.options)
    assert result.code == row.code
    assert re.fullmatch(row.out, result.out)
    assert re.search(row.err, result.err)
    assert TOKEN not in result.out + result.err
    if row.code in (6, 7):
        command = "reconcile" if row.code == 6 else "wait"
        assert re.search(rf"\n  submission ({UUID}), .*\n  .*\n    vmspec {command} \1\n\Z", result.err)


def closed_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


def unknown_host() -> Iterator[str]:
    yield "https://katapult.invalid"


def silent_host() -> Iterator[str]:
    """Open a port whose queue is full, so that packets to it are dropped."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def silent_tls_server() -> Iterator[str]:
    """Open a port that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("where", [closed_port, unknown_host, silent_host, silent_tls_server])
def test_1_failed_connection_is_not_sent(
    api: Api, submit: Run, web: str, where: Callable[[], Iterator[str]]
) -> None:
    with contextmanager(where)() as url:
        result = submit(web, "--api-url", url, *SHORT_TIMEOUT)
    assert (result.code, result.out) == (4, NOT_SENT)
    assert re.fullmatch(r"error: web.xml: nothing was sent: no connection was made \(.+\)\n", result.err)
    assert TOKEN not in result.err


def test_2_untrusted_certificate_is_not_sent(api: Api, submit: Run, web: str, folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path("ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as stream:
                received.append(stream.recv(1))

        received: list[bytes] = []
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        result = submit(web, "--api-url", url, "--ca-bundle", "ca.pem")
        thread.join()
    assert (result.code, result.out, b"".join(received)) == (4, NOT_SENT, b"")
    words = "the server's certificate is not trusted (unable to get local issuer certificate)"
    assert result.err == f"error: web.xml: nothing was sent: {words}\n"


def test_2_https_to_an_http_port_is_not_sent(api: Api, submit: Run, web: str) -> None:
    result = submit(web, "--api-url", api.running.url.replace("http:", "https:"))
    assert (result.code, result.out, api.posts) == (4, NOT_SENT, [])
    assert result.err == "error: web.xml: nothing was sent: the server does not speak TLS on this port\n"


@contextmanager
def proxy(answer: bytes, server: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a proxy that answers each CONNECT so, plays the server behind it, and closes the connection."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(answer)
                    if server is not None:
                        with server.wrap_socket(connection, server_side=True) as stream:
                            stream.recv(1)
                    connection.recv(65536 if b" 200 " in answer else 0)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("options", [(), ("--key", "k")], ids=["without a key", "with a key"])
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407 Proxy Authentication Required"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "502 Bad Gateway"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://login.test/\r\n\r\n", "302 Found"),
        (b"", ""),
        (b"HTTP/1.1 200 OK\r\n\r\n", ""),
    ],
    ids=["407", "403", "502", "302", "cut", "tunnel without TLS"],
)
def test_2_proxy_that_makes_no_tunnel_leaves_the_key_free(
    api: Api,
    submit: Run,
    web: str,
    own_journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
    says: str,
    options: tuple[str, ...],
) -> None:
    with proxy(answer) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "")
        begun = time.monotonic()
        result = submit(web, "--api-url", "https://api.katapult.test/core/v1", "--timeout", "5", *options)
        assert time.monotonic() - begun < (2 if says else 10)
    assert (result.code, result.out) == (4, NOT_SENT)
    if says:
        assert f"the proxy refused the connection ({says})\n" in result.err
    assert TOKEN not in result.err
    assert {entry.effective_state for entry in read_entries(own_journal)} == {"not_sent"}


def test_2_tunnel_to_an_untrusted_certificate_leaves_the_key_free(
    api: Api, submit: Run, web: str, own_journal: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path("ca.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("api.katapult.test").configure_cert(server)
    address = ["--api-url", "https://api.katapult.test/core/v1", "--ca-bundle", "ca.pem"]
    with proxy(b"HTTP/1.1 200 OK\r\n\r\n", server) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "")
        result = submit(web, *address, "--key", "k")
    assert (result.code, result.out) == (4, NOT_SENT)
    assert "the server's certificate is not trusted (unable to get local issuer certificate)\n" in result.err
    assert {entry.effective_state for entry in read_entries(own_journal)} == {"not_sent"}


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        (
            "KATAPULT_API_URL",
            "http://api.katapult.test/core/v1",
            "the API on api.katapult.test is used by https",
        ),
        ("KATAPULT_API_KEY", f"{TOKEN}\nX: y", "the API key holds whitespace, a line break or a character"),
    ],
)
def test_2_setting_that_would_leak_the_token_is_a_usage_error(
    api: Api, submit: Run, web: str, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = submit(web)
    assert (result.code, result.out, api.requests) == (2, "", [])
    assert result.err.startswith(f"error: {says}")
    assert TOKEN not in result.err


def test_3_reset_on_accept_is_unknown_or_sent_again(api: Api, submit: Run, web: str) -> None:
    """The reset may arrive before or while the request is sent."""
    api.sandbox.order(ConnectionReset())
    result = submit(web)
    assert result.code in (0, 6)
    assert len(api.sandbox.builds) == (result.code == 0)


class TestKilled:
    """14: a process that is killed, and its rerun with the same key."""

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are told by Linux")
    def test_14_killed_before_sending_is_on_record(
        self, api: Api, submit: Run, web: str, own_journal: Path
    ) -> None:
        SQLiteJournal(own_journal).entries()  # makes the file
        with locked(own_journal):
            child = Child("submit", web, "--key", "k")
            while own_journal not in child.files():
                time.sleep(0.01)
            child.kill()
        result = submit(web, "--key", "k")
        assert (result.code, api.posts) == (0, [201])

    @pytest.mark.parametrize(
        ("fault", "code", "out"),
        [(Interrupted(), 6, UNKNOWN), (Drop(carried_out=True), 0, STARTED), (Delay(9), 0, STARTED)],
        ids=["before the server worked", "after it worked", "before its answer"],
    )
    def test_14_killed_while_sending(
        self, api: Api, submit: Run, web: str, fault: Fault, code: int, out: str
    ) -> None:
        api.sandbox.order(fault, at=Endpoint.CREATE)
        child = Child("submit", web, "--key", "k")
        while not api.posts:
            time.sleep(0.01)
        child.kill()
        result = submit(web, "--key", "k")
        assert result.code == code
        assert re.fullmatch(out, result.out)
        assert len(api.posts) == 1


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """Lock a journal against all other writers."""
    connection = sqlite3.connect(journal, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


class TestJournal:
    def test_15_missing_folder_is_created(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        assert submit(web, "--journal", str(folder / "deep" / "er" / "journal")).code == 0
        assert (folder / "deep" / "er").stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("why", ["not a database", "locked", "full", "no folder", "a folder"])
    def test_15_nothing_is_sent_without_a_writable_journal(
        self, api: Api, process: Process, web: str, folder: Path, own_journal: Path, why: str
    ) -> None:
        limit: dict[str, Any] = {}
        with ExitStack() as stack:
            match why:
                case "not a database":
                    own_journal.write_bytes(b"words " * 999)
                case "locked":
                    SQLiteJournal(own_journal).entries()
                    stack.enter_context(locked(own_journal))
                case "full":
                    limit["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
                case "no folder":
                    own_journal.parent.rmdir()
                    own_journal.parent.write_text("")
                case _:
                    own_journal.mkdir()
            done = process("submit", web, *SHORT_TIMEOUT, **limit)
        assert (done.returncode, done.stdout.decode(), api.requests) == (4, NOT_SENT, [])
        assert re.fullmatch(
            f"error: web.xml: the journal {re.escape(str(own_journal))} cannot be used: [^\n]+\n",
            done.stderr.decode(),
        )

    @pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="another process is limited on Linux only")
    def test_16_full_disk_after_the_answer_exits_with_6_and_the_ids(
        self, api: Api, submit: Run, web: str
    ) -> None:
        def fill_up(method: str) -> None:
            if method == "POST":
                resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (0, 0))

        api.during.append(fill_up)
        child = Child("submit", web, "--key", "k", "--poll", "0.02")
        code, out, err = child.wait()
        api.during.clear()
        [build] = api.sandbox.builds
        assert_unknown_with_ids(code, out, err, build.id)
        assert follow_advice(err)[0] == 0
        assert re.fullmatch(STARTED, submit(web, "--key", "k").out)
        assert api.posts == [201]

    def test_16_journal_locked_after_the_answer_does_not_delay_the_end(
        self, api: Api, submit: Run, web: str, own_journal: Path
    ) -> None:
        with ExitStack() as stack:

            def lock(method: str) -> None:
                if method == "POST":
                    held.append(sqlite3.connect(own_journal, isolation_level=None, check_same_thread=False))
                    held[0].execute("BEGIN IMMEDIATE")
                    stack.callback(held[0].close)

            held: list[sqlite3.Connection] = []
            api.during.append(lock)
            code, out, err = Child("submit", web, "--key", "k", *SHORT_TIMEOUT).wait()
        [build] = api.sandbox.builds
        assert_unknown_with_ids(code, out, err, build.id)
        assert follow_advice(err)[0] == 0
        assert api.posts == [201]

    def test_16_journal_locked_after_a_refusal_prints_how_to_free_the_key(
        self, api: Api, submit: Run, web: str, own_journal: Path
    ) -> None:
        api.sandbox.order(Refusal("validation_error"), at=Endpoint.CREATE)
        with ExitStack() as stack:

            def lock(method: str) -> None:
                if method != "POST":
                    return
                connection = sqlite3.connect(own_journal, isolation_level=None, check_same_thread=False)
                connection.execute("BEGIN IMMEDIATE")
                stack.callback(connection.close)

            api.during.append(lock)
            code, out, err = Child("submit", web, "--key", "k", *SHORT_TIMEOUT).wait()
        api.during.clear()
        assert (code, out) == (3, REFUSED)
        assert "; the journal could not be written: it says that the outcome is unknown\n" in err
        assert submit(web, "--key", "k").code == 6
        assert follow_advice(err)[0] == 0
        assert submit(web, "--key", "k").code == 0
        assert api.posts == [422, 201]


def assert_unknown_with_ids(code: int, out: str, err: str, build_id: str) -> None:
    assert code == 6
    assert re.fullmatch(f"web-1  unknown   submission {UUID}, {build_id}\n", out)
    words = "it was created, but the journal could not be written and says that the outcome is unknown"
    assert f"error: web.xml: {words}\n  submission {id_in(out)}, build {build_id}" in err


class TestKeys:
    """17: two processes at once."""

    def test_17_one_key_makes_one_post(self, api: Api, web: str) -> None:
        api.sandbox.order(Delay(0.3), at=Endpoint.CREATE)
        children = [Child("submit", web, "--key", "k", "--poll", "0.02") for _ in range(2)]
        ended = [child.wait() for child in children]
        assert [code for code, _, _ in ended] == [0, 0]
        assert all(out.startswith("web-1  started ") for _, out, _ in ended)
        assert api.posts == [201]

    def test_17_two_keys_make_two_machines(self, api: Api, web: str) -> None:
        children = [Child("submit", web, "--key", key, "--poll", "0.02") for key in "ab"]
        assert [child.wait()[0] for child in children] == [0, 0]
        assert api.posts == [201, 201]


class TestLists:
    """18: wrong lists of machines."""

    def test_18_unfiltered_list_adopts_no_other_machine(
        self, api: Api, submit: Run, web: str, folder: Path
    ) -> None:
        write_documents(folder, 70)  # so that it is on the third page
        (folder / web).rename("web.txt")
        assert submit(".", "--no-wait").code == 0
        (folder / "web.txt").rename(web)
        api.sandbox.order(Unfiltered(), at=Endpoint.MACHINES, times=None)
        api.sandbox.order(Drop(carried_out=True), at=Endpoint.CREATE)
        result = submit(web, "--no-wait", "--settle", "30")
        assert result.code == 0
        assert api.sandbox.builds[-1].machine_id in result.err
        assert len(api.posts) == 71

    def test_18_two_machines_of_one_submission_are_listed(self, api: Api, submit: Run, web: str) -> None:
        api.sandbox.order(Duplicate(2))
        api.sandbox.order(Drop(carried_out=True), at=Endpoint.CREATE)
        result = submit(web)
        assert (result.code, len(api.posts)) == (6, 1)
        assert re.fullmatch(UNKNOWN, result.out)
        for build in api.sandbox.builds:
            assert f"\n  {build.machine_id}\n" in result.err
        assert "check each of them and delete those that are not wanted" in result.err

    def test_18_rate_limit_leaves_it_unknown_until_it_is_reconciled(
        self, api: Api, submit: Run, web: str
    ) -> None:
        api.sandbox.order(Drop(carried_out=True), at=Endpoint.CREATE)
        api.sandbox.order(Refusal(BUSY), at=Endpoint.MACHINES)
        result = submit(web)
        assert result.code == 6
        assert "the last look: Katapult takes no more requests for now" in result.err
        assert follow_advice(result.err)[0] == 0


def write_documents(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number:02}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))


def test_21_rerun_of_a_killed_batch_makes_one_machine_each(api: Api, submit: Run, folder: Path) -> None:
    write_documents(folder, 20)
    child: list[Child] = []

    def kill_at_the_seventh(method: str) -> None:
        if len(api.posts) == 7 and child:
            child.pop().kill()

    api.during.append(kill_at_the_seventh)
    child.append(Child("submit", ".", "--key", "k"))
    while child:
        time.sleep(0.01)
    result = submit(".", "--key", "k")
    lines = result.out.splitlines()
    unknown = [line for line in lines if re.fullmatch(f"web-\\d+ +unknown   submission {UUID}", line)]
    assert result.code == (6 if unknown else 0)
    assert len(lines) == 20
    assert sum("  started   " in line for line in lines) == len(api.sandbox.builds) == 20 - len(unknown)
    assert len({build.hostname for build in api.sandbox.builds}) == len(api.sandbox.builds)


def test_22_thirty_machines_at_200_requests_a_minute(
    serve: Callable[..., Api], submit: Run, folder: Path
) -> None:
    """The sandbox's minute is one second, and the command learns of each by the answers.

    With sixty it would look at none before 45 s; those are in tests of the library, on one clock.
    """
    write_documents(folder, 30)
    api = serve(token=TOKEN, rate_limit=200, speed=2, clock=lambda: time.monotonic() * 60)
    result = submit(".", "--poll", "1")
    assert result.code == 0
    assert len(api.sandbox.builds) == 30
    assert api.sandbox.requests(status=429) == 0
