"""Access to the API: address, token, proxy and trusted certificates."""

from __future__ import annotations

import ipaddress
import os
import ssl
import stat
import warnings
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import httpx

from vmspec.errors import ConfigurationError
from vmspec.katapult.patterns import is_word
from vmspec.text import MASK

API_URL = "https://api.katapult.io/core/v1"
MAX_KEY_FILE = 4_096
"""Bytes; a longer file is no key."""
MIN_HIDDEN = 8
"""Characters from which a token is long enough to be replaced in an answer without spoiling it."""


class Token(str):
    """A token that shows ``***`` to all who print, format, copy, pickle or dump it.

    It is given to one origin only, the one it is bound to; unbound, to none.
    """

    __slots__ = ("_origin", "_secret")
    _secret: str
    _origin: tuple[str, str, int | None] | None

    def __new__(cls, secret: str) -> Token:
        if isinstance(secret, Token):
            secret = secret._secret
        if not is_word(secret):
            raise ConfigurationError(
                "the API key holds a blank, a line break or a character that is not ASCII"
            )
        token = super().__new__(cls, MASK)
        token._secret, token._origin = secret, None
        return token

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (MASK,)

    def bound_to(self, api_url: str) -> Token:
        token = Token(self._secret)
        token._origin = _origin(httpx.URL(api_url))
        return token

    def authorization(self, url: httpx.URL) -> str:
        """The header's value for a request to ``url``."""
        if _origin(url) != self._origin:
            raise ConfigurationError(f"the API key was not given for {url.host}")
        return f"Bearer {self._secret}"

    def hidden_in(self, text: bytes) -> bytes:
        """``text`` of an answer without the token, should it repeat it."""
        return text.replace(self._secret.encode(), MASK.encode()) if len(self._secret) >= MIN_HIDDEN else text


def address(api_url: str) -> str:
    """The API's address, checked: https, or http on this machine."""
    try:
        url = httpx.URL(api_url.rstrip("/"))
    except httpx.InvalidURL:
        raise ConfigurationError(f"the API's address is not a URL; it looks like {API_URL}") from None
    if not url.host or url.userinfo or url.query or url.fragment:
        raise ConfigurationError(f"the API's address is scheme, host and path, like {API_URL}")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise ConfigurationError(
            f"the API on {url.host} is spoken to by https only (by http on this machine)"
        )
    return str(url)


def organization(name: str) -> str:
    """An id or a sub-domain, as given."""
    if not is_word(name):
        raise ConfigurationError("the organization is an id (org_...) or a sub-domain")
    return name


def from_environment(organization: str | None, api_url: str | None) -> tuple[str, str, str]:
    """Token, organization and address; the token comes only from there, or from a file it names.

    What is given and empty is refused: it would mean another organization or server than was meant.
    """
    if organization == "":
        raise ConfigurationError("the organization is empty; leave it out, or give one")
    if api_url == "":
        raise ConfigurationError("the API's address is empty; leave it out, or give one")
    token = os.environ.get("KATAPULT_API_KEY")
    if not token:
        path = os.environ.get("KATAPULT_API_KEY_FILE")
        if not path:
            raise ConfigurationError("no API key: set KATAPULT_API_KEY, or KATAPULT_API_KEY_FILE to a file")
        token = _read_key(Path(path))
    organization = organization or os.environ.get("KATAPULT_ORGANIZATION")
    if not organization:
        raise ConfigurationError(
            "no organization: set KATAPULT_ORGANIZATION to its id (org_...) or sub-domain"
        )
    return token, organization, api_url or os.environ.get("KATAPULT_API_URL") or API_URL


def tls(api_url: str, ca_bundle: str | os.PathLike[str] | None) -> ssl.SSLContext:
    """Verification by ``ca_bundle``, else by ``SSL_CERT_FILE``, else by the usual authorities.

    For http, which speaks no TLS, nobody is trusted: loading all authorities would take longer than a call.
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


def proxy(api_url: str) -> httpx.Proxy | None:
    """The environment's proxy; none for http, which is this machine's and would show it the token."""
    url = httpx.URL(api_url)
    if url.scheme == "http" or proxy_bypass(url.host):
        return None
    found = getproxies()
    named = found.get("https") or found.get("all")
    if not named:
        return None
    try:
        return httpx.Proxy(named if "://" in named else f"http://{named}")
    except (ValueError, httpx.InvalidURL):
        raise ConfigurationError("the proxy of the environment is no address of a proxy") from None


def _read_key(path: Path) -> str:
    """The key in a file, without the line break at its end; a word of warning where others can read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_KEY_FILE + 1)
    except OSError as error:
        raise ConfigurationError(f"the API key cannot be read from {path}: {error.strerror}") from None
    if len(content) > MAX_KEY_FILE:
        raise ConfigurationError(f"{path} is too large to be an API key")
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        warnings.warn(f"others can read the API key in {path}; chmod 600 it", stacklevel=4)
    return content.decode("ascii", "replace").rstrip("\r\n")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
