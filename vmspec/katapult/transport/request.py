"""One request on its way: how it is made, what its answer or its failure proves, and the brake."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Mapping

import httpx

from vmspec.katapult.auth import Token
from vmspec.katapult.responses import Answer
from vmspec.katapult.submission.operation import Send
from vmspec.katapult.submission.outcome import Fault, Reply
from vmspec.text import printable

MAX_ANSWER = 4 * 1024 * 1024
"""Bytes of one answer; Katapult's are some kilobytes, and an endless one must not fill the memory."""
CONNECT_TIMEOUT_S = 10.0
"""To connect, and again to agree on TLS; short enough for a second try within a create."""
OVER = "time ran out"
FAULTS = (httpx.HTTPError, httpx.StreamError, OSError)
_SENDING = "http11.send_request_headers.started"
_OPENED = (".connect_tcp.complete", ".start_tls.complete")


class RequestSender:
    """Makes and watches one request and can stop it; the methods may be called from any thread."""

    def __init__(self, api_url: str, token: Token, send: Send) -> None:
        self._api_url, self._token, self._send = api_url, token, send
        self._lock = threading.Lock()
        self._is_made = self._is_traced = self._has_sent = self._is_stopped = False
        self._stream: object = None
        self.over = threading.Event()
        """Set once there is nothing to wait for any more."""

    @property
    def within_s(self) -> float:
        return self._send.within_s

    @property
    def is_read(self) -> bool:
        return self._send.call.method == "GET"

    @property
    def is_stopped(self) -> bool:
        return self._is_stopped

    @property
    def nothing_sent(self) -> bool:
        """A proof: it was not even made, or its trace shows that it never began to be sent.

        Where it was made and there is no trace at all, as of a mock transport, there is no proof.
        """
        with self._lock:
            return self._has_sent_nothing()

    def _has_sent_nothing(self) -> bool:
        return not self._is_made or (self._is_traced and not self._has_sent)

    def request(self, trace: object) -> httpx.Request:
        with self._lock:
            if self._is_stopped:
                raise ConnectionAbortedError
            self._is_made = True
        call, within_s = self._send.call, self._send.within_s
        url = httpx.URL(self._api_url + call.target)
        headers = {
            "Authorization": self._token.authorization(url),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "vmspec",
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        timeout = httpx.Timeout(within_s, connect=min(CONNECT_TIMEOUT_S, within_s))
        return httpx.Request(
            call.method,
            url,
            headers=headers,
            content=None if call.body is None else json.dumps(call.body).encode(),
            extensions={"timeout": timeout.as_dict(), "trace": trace},
        )

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Take note of an event of httpcore, and let no stopped request begin to send."""
        with self._lock:
            self._is_traced = True
            if event == _SENDING:
                if self._is_stopped:
                    raise ConnectionAbortedError
                self._has_sent = True
            elif event.endswith(_OPENED):
                self._stream = info.get("return_value")

    async def atrace(self, event: str, info: Mapping[str, object]) -> None:
        self.trace(event, info)

    def stop(self) -> None:
        """Send nothing from now on, and wake the thread that still reads or writes, and who waits for it."""
        with self._lock:
            self._is_stopped = True
        self.over.set()
        find = getattr(self._stream, "get_extra_info", None)
        opened = find("socket") if find else None
        if isinstance(opened, socket.socket):
            with contextlib.suppress(OSError):
                # Not SSLSocket.shutdown(), which would pull the TLS away from under the reader.
                socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def stop_unless_sent(self) -> None:
        """Stop it where it is proven that nothing was sent: no answer is coming."""
        with self._lock:
            self._is_stopped = self._is_stopped or self._has_sent_nothing()
            is_stopped = self._is_stopped
        if is_stopped:
            self.stop()

    async def close(self) -> None:
        """Close what a cancelled request has opened; httpcore forgets to while TLS is being agreed on."""
        close = getattr(self._stream, "aclose", None)
        if close:
            await close()

    def answer(self, response: httpx.Response, body: bytes) -> Reply:
        if len(body) > MAX_ANSWER:
            return Fault("answer_too_large")
        hidden_in = self._token.hidden_in
        headers = {name: hidden_in(value.encode()).decode() for name, value in response.headers.items()}
        return Answer(response.status_code, headers, hidden_in(body))

    def too_late(self) -> Fault:
        """What it proves that the time is over."""
        if self.nothing_sent:
            return Fault("no_connection", nothing_sent=True, words=OVER)
        return Fault("time_out")

    def fault(self, error: Exception) -> Fault:
        """What ``error`` proves. Its text is kept only where it can be nothing but the network's."""
        match error:
            case (
                httpx.ConnectError()
                | httpx.ConnectTimeout()
                | httpx.PoolTimeout()
                | httpx.UnsupportedProtocol()
            ) if not self._has_sent:
                if distrust := _distrust(error):
                    return Fault("bad_certificate", nothing_sent=True, words=printable(distrust)[:200])
                words = str(error) or (OVER if isinstance(error, httpx.TimeoutException) else "")
                return Fault("no_connection", nothing_sent=True, words=printable(words)[:200])
            case httpx.TimeoutException() | TimeoutError():
                return Fault("time_out")
            case httpx.RemoteProtocolError():
                return Fault("cut_answer")
            case _:
                return Fault("connection_lost")


def _distrust(error: BaseException | None) -> str | None:
    """Why the certificate of the server was refused, where that is what went wrong."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return str(error.verify_message)
        error = error.__cause__ or error.__context__
    return None
