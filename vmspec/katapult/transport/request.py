"""One HTTP request by httpx: how it is made, and what its answer or its failure proves."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import Mapping
from contextlib import aclosing, nullcontext
from typing import TypeAlias, cast

import httpx

from vmspec.errors import ConfigurationError
from vmspec.katapult import auth
from vmspec.katapult.responses import Answer
from vmspec.katapult.submission.operation import Send
from vmspec.katapult.submission.outcome import Fault, Reply
from vmspec.text import printable

Transport: TypeAlias = httpx.AsyncBaseTransport

MAX_ANSWER = 4 * 1024 * 1024
"""Bytes of one answer; Katapult's are some kilobytes, and an endless one must not fill the memory."""
CONNECT_TIMEOUT_S = 10.0
"""Timeout to connect, and again to agree on TLS; short enough for a second try within a create."""
OVER = "time ran out"
FAULTS = (httpx.HTTPError, httpx.StreamError, OSError)
UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_SENDING = "http11.send_request_headers.started"
_OPENED = (".connect_tcp.complete", ".start_tls.complete")


def connection(api_url: str, context: ssl.SSLContext) -> Transport:
    """Return a transport with a pool of connections of its own."""
    proxy = auth.proxy(api_url)
    return httpx.AsyncHTTPTransport(verify=context, proxy=None if proxy is None else httpx.Proxy(proxy))


class RequestSender:
    """Sends one request, and watches how much of it may have arrived."""

    def __init__(self, api_url: str, token: auth.Token, send: Send) -> None:
        self._api_url, self._token, self._send = api_url, token, send
        self._is_made = self._is_traced = self._has_sent = self._uses_proxy = False
        self._stream: object = None

    @property
    def is_read(self) -> bool:
        return self._send.call.method == "GET"

    @property
    def nothing_sent(self) -> bool:
        """Return the proof that it was not even made, or that its trace shows no beginning of it.

        Without any trace, as of a mock transport, nothing is proved. A CONNECT, by which a proxy is asked to
        open a tunnel, has nothing of the request.
        """
        return not self._is_made or (self._is_traced and not self._has_sent)

    async def send(self, transport: Transport, *, is_kept: bool) -> Reply:
        """Return the answer, or what its absence proves, within the time that the step allows."""
        try:
            async with asyncio.timeout(self._send.within_s):
                return await self._talk(transport, is_kept=is_kept)
        except TimeoutError:
            await self._close()
            if self.nothing_sent:
                return Fault("no_connection", nothing_sent=True, words=OVER)
            return Fault("time_out")
        except asyncio.CancelledError:
            await self._close()
            raise

    async def _talk(self, transport: Transport, *, is_kept: bool) -> Reply:
        try:
            async with (
                nullcontext(transport) if is_kept else transport as opened,
                aclosing(await opened.handle_async_request(self._request())) as response,
            ):
                body = bytearray()
                async for part in cast(httpx.AsyncByteStream, response.stream):
                    body += part
                    if len(body) > MAX_ANSWER:
                        return Fault("answer_too_large")
                return self._answer(response, bytes(body))
        except FAULTS as error:
            return self.fault(error)

    def _request(self) -> httpx.Request:
        self._is_made = True
        call, within_s = self._send.call, self._send.within_s
        url = self._api_url + call.target
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
            extensions={"timeout": timeout.as_dict(), "trace": self.trace},
        )

    async def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Take note of an event of httpcore."""
        self._is_traced = True
        if event == _SENDING:
            if getattr(info.get("request"), "method", None) == b"CONNECT":
                self._uses_proxy = True
            else:
                self._has_sent = True
        elif event.endswith(_OPENED):
            self._stream = info.get("return_value")

    async def _close(self) -> None:
        """Close what a cancelled request has opened; httpcore forgets to while TLS is being agreed on."""
        close = getattr(self._stream, "aclose", None)
        if close:
            await close()

    def _answer(self, response: httpx.Response, body: bytes) -> Answer:
        hide = self._token.hidden_in
        headers = {name: hide(value.encode()).decode() for name, value in response.headers.items()}
        secrets = (*self._token.secrets, *self._send.call.secrets)
        return Answer(response.status_code, headers, hide(body), secrets)

    def fault(self, error: Exception) -> Fault:
        """Return what an error proves; its text is kept only if it can be nothing but the network's."""
        if not self._has_sent and (isinstance(error, UNCONNECTED) or self._uses_proxy):
            if distrust := _distrust(error):
                return Fault("bad_certificate", nothing_sent=True, words=printable(distrust)[:200])
            if "WRONG_VERSION_NUMBER" in str(error):
                return Fault("no_tls", nothing_sent=True)
            words = str(error) or (OVER if isinstance(error, httpx.TimeoutException) else "")
            cause = "proxy_refused" if isinstance(error, httpx.ProxyError) else "no_connection"
            return Fault(cause, nothing_sent=True, words=printable(words)[:200])
        match error:
            case httpx.TimeoutException() | TimeoutError():
                return Fault("time_out")
            case httpx.RemoteProtocolError():
                return Fault("cut_answer")
            case _:
                return Fault("connection_lost")


def _distrust(error: BaseException | None) -> str | None:
    """Return why the server's certificate was refused, if that is what went wrong."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return str(error.verify_message)
        error = error.__cause__ or error.__context__
    return None


def tls(api_url: str, ca_bundle: str | os.PathLike[str] | None) -> ssl.SSLContext:
    """Return verification by ``ca_bundle``, else by ``SSL_CERT_FILE``, else by the usual authorities.

    For http, which uses no TLS, nobody is trusted: loading all authorities would take longer than a call.
    """
    try:
        if ca_bundle == "":
            raise ConfigurationError("the CA bundle is an empty path; leave it out, or name a file")
        if ca_bundle is not None:
            return ssl.create_default_context(cafile=ca_bundle)
        if httpx.URL(api_url).scheme == "http":
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(f"the CA bundle cannot be used: {error.strerror or error}") from None
