"""Access to the API: address, token, proxy and trusted certificates."""

from __future__ import annotations

import ipaddress
import os
import stat
import warnings
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from vmspec.errors import ConfigurationError
from vmspec.katapult import redaction
from vmspec.katapult.patterns import is_word
from vmspec.katapult.redaction import Secrets
from vmspec.text import MASK, printable

API_URL = "https://api.katapult.io/core/v1"
MAX_KEY_FILE = 4_096
"""Bytes of a key file, at most."""
MIN_HIDDEN = 8
"""Characters from which a token can be replaced in a whole answer without spoiling it."""


class Token(str):
    """An API key that shows ``***`` when it is printed, formatted, copied, pickled or dumped.

    It is given to the one origin that it is bound to; unbound, to none.
    """

    __slots__ = ("_origin", "_secret")
    _secret: str
    _origin: tuple[str, str | None, int | None] | None

    def __new__(cls, secret: str) -> Token:
        if isinstance(secret, Token):
            secret = secret._secret
        if not is_word(secret):
            secret = MASK  # the frame of an exception may be shown
            raise ConfigurationError(
                "the API key holds whitespace, a line break or a character that is not ASCII"
            )
        token = super().__new__(cls, MASK)
        token._secret, token._origin = secret, None
        return token

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (MASK,)

    def bound_to(self, api_url: str) -> Token:
        token = Token(self)
        token._origin = _origin(api_url)
        return token

    def authorization(self, url: str) -> str:
        """Return the header's value for a request to ``url``."""
        if _origin(url) != self._origin:
            raise ConfigurationError(f"the API key was not given for {urlsplit(url).hostname}")
        return f"Bearer {self._secret}"

    @property
    def secrets(self) -> Secrets:
        """Return the texts that are redacted in what the API says."""
        return (self._secret,) if len(self._secret) >= redaction.MIN_HIDDEN else ()

    def hidden_in(self, text: bytes) -> bytes:
        """Return a whole answer without the token, should it repeat it."""
        return text.replace(self._secret.encode(), MASK.encode()) if len(self._secret) >= MIN_HIDDEN else text


def address(api_url: str) -> str:
    """Return the API's address, checked: https, or http on this machine."""
    url = _split(api_url.rstrip("/"))
    if url is None or not (is_word(api_url) and url.scheme):
        raise ConfigurationError(f"the API's address is not a URL; it looks like {API_URL}") from None
    if "@" in url.netloc or url.query or url.fragment:
        raise ConfigurationError(f"the API's address is scheme, host and path, like {API_URL}")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname or "")):
        raise ConfigurationError(f"the API on {url.hostname} is used by https only (by http on this machine)")
    return url._replace(netloc=url.netloc.lower()).geturl()


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL; None if its host or port is missing or not valid."""
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and (parts.port is None or parts.port > 0) else None
    except ValueError:
        return None


def organization(name: str) -> str:
    """Return an id or a sub-domain, as given."""
    if not is_word(name):
        raise ConfigurationError("the organization is an id (org_...) or a sub-domain")
    return name


def from_environment(organization: str | None, api_url: str | None) -> tuple[Token, str, str]:
    """Return token, organization and address; the token comes only from there, or from a file it names.

    What is given and empty is refused: it would mean another organization or server than was meant.
    """
    if organization == "":
        raise ConfigurationError("the organization is empty; leave it out, or give one")
    if api_url == "":
        raise ConfigurationError("the API's address is empty; leave it out, or give one")
    if os.environ.get("KATAPULT_API_KEY"):
        token = Token(os.environ["KATAPULT_API_KEY"])
    elif path := os.environ.get("KATAPULT_API_KEY_FILE"):
        token = _read_key(Path(path))
    else:
        raise ConfigurationError("no API key: set KATAPULT_API_KEY, or KATAPULT_API_KEY_FILE to a file")
    organization = organization or os.environ.get("KATAPULT_ORGANIZATION")
    if not organization:
        raise ConfigurationError(
            "no organization: set KATAPULT_ORGANIZATION to its id (org_...) or sub-domain"
        )
    return token, organization, api_url or os.environ.get("KATAPULT_API_URL") or API_URL


def proxy(api_url: str) -> str | None:
    """Return the environment's proxy; none for http, which is this machine's and would show it the token."""
    url = urlsplit(api_url)
    if url.scheme == "http" or proxy_bypass(url.hostname or ""):
        return None
    found = getproxies()
    name = "https" if found.get("https") else "all"
    given = found.get(name)
    if not given:
        return None
    address = given if "://" in given else f"http://{given}"
    parts = _split(address)
    variable = "HTTPS_PROXY" if name == "https" else "ALL_PROXY"
    if parts is None or not is_word(address):
        raise ConfigurationError(f"{variable} is not a valid URL")
    if parts.scheme not in ("http", "https"):
        raise ConfigurationError(
            f"{variable} names a {printable(parts.scheme)} proxy; only http and https proxies are used"
        )
    return address


def _read_key(path: Path) -> Token:
    """Return the key in a file, without the line break at its end; warn if others can read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_KEY_FILE + 1)
    except OSError as error:
        raise ConfigurationError(f"the API key cannot be read from {path}: {error.strerror}") from None
    if len(content) > MAX_KEY_FILE:
        content = b""
        raise ConfigurationError(f"{path} is too large to be an API key")
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        warnings.warn(f"others can read the API key in {path}; chmod 600 it", stacklevel=4)
    return Token(content.decode("ascii", "replace").rstrip("\r\n"))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
