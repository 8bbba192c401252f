"""The faults that a sandbox can simulate, as values; ``Sandbox.order`` queues one.

There are four groups, by the moment at which a fault applies:

- :data:`ConnectionFault`: before the sandbox has the whole request;
- :data:`AnswerFault`: with the request; it changes the answer, or prevents that the request is carried out;
- :data:`BuildFault`: when a spec is accepted; it changes the build;
- :data:`ReadFault`: when machines are listed, or a build, task or machine is answered with.

Seconds are those of the sandbox's clock.

>>> from vmspec.sandbox import Endpoint, Request, Sandbox
>>> sandbox = Sandbox()
>>> queued = sandbox.order(Drop(), at=Endpoint.BUILD)
>>> token = ("Authorization", f"Bearer {sandbox.token}")
>>> sandbox.answer(Request("GET", "/core/v1/virtual_machines/builds/_", headers=(token,))).arrives
False
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, get_args

from attrs import Attribute, field, frozen

from vmspec.sandbox.faults import validators
from vmspec.sandbox.http import JSON, Closing, Ending, Part
from vmspec.sandbox.refusals import RefusalError

BOMB_MIB = 64
"""Default size of a gzip bomb, unpacked; some 64 KiB of it are sent."""

_HTML = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Error</h1></body></html>"
_REDIRECTS = (301, 302, 303, 307, 308)


def _known_code(instance: object, attribute: Attribute[str], value: str) -> None:
    RefusalError(value)


def _redirect_status(instance: object, attribute: Attribute[int], value: int) -> None:
    if value not in _REDIRECTS:
        raise ValueError(f"status must be one of {', '.join(map(str, _REDIRECTS))}")


@frozen
class _MaybeCarriedOut:
    """A fault after which the request may be carried out, at once or later (for reads it is the same)."""

    carried_out: bool = field(default=False, kw_only=True, validator=validators.boolean)
    later_s: float = field(default=0.0, kw_only=True, validator=validators.number(0))
    """Seconds after which the request is carried out, if at all."""


@frozen
class ConnectionReset:
    """The connection is reset as soon as it is accepted."""


@frozen
class Interrupted:
    """The connection is reset after half of the request; nothing is carried out."""


@frozen
class Drop(_MaybeCarriedOut):
    """The connection ends after the whole request, before the first byte of the answer."""

    how: Ending = field(default="reset", validator=validators.one_of(get_args(Ending)))


@frozen
class Delay(_MaybeCarriedOut):
    """The answer is delayed; if the request is not carried out, it is a 503 from Katapult."""

    seconds: float = field(validator=validators.number(0))
    carried_out: bool = field(default=True, kw_only=True, validator=validators.boolean)


@frozen
class Cut:
    """The request is carried out, but the answer is cut in its status line, headers, body or a chunk."""

    part: Part = field(validator=validators.one_of(get_args(Part)))


@frozen
class Slow:
    """The request is carried out, but the answer is sent byte by byte."""

    byte_s: float = field(default=1.0, validator=validators.number(0))
    """Seconds between two bytes."""


@frozen
class Endless:
    """The request is carried out, but the body of the answer continues with spaces for ever."""


@frozen
class Bomb:
    """The request is carried out, but the answer is a gzip bomb of spaces, whether accepted or not."""

    mebibytes: int = field(default=BOMB_MIB, validator=validators.integer(1, 1024))
    """Unpacked size."""


@frozen
class Foreign(_MaybeCarriedOut):
    """The answer is not Katapult's, but that of a proxy, say."""

    status: int = field(default=502, validator=validators.integer(200, 599))
    body: str = field(default=_HTML, validator=validators.string)
    content_type: str = field(default="text/html", validator=validators.header)


@frozen
class Redirect:
    """Nothing is carried out; the answer is a redirect."""

    status: int = field(default=307, validator=_redirect_status)
    location: str = field(default="http://elsewhere.invalid/", validator=validators.header)


@frozen
class Refusal(_MaybeCarriedOut):
    """The answer is one of Katapult's own errors, with any of its codes.

    A 503 may have been carried out all the same. A request that is invalid anyway gets its own error.
    """

    code: str = field(validator=[validators.string, _known_code])
    detail: JSON = None
    """Replaces the usual detail of the code."""
    retry_after: str | None = field(default=None, validator=validators.header)
    """Value of a Retry-After header, sent unchanged: seconds, a date, or garbage. Katapult sends none."""


@frozen
class Altered:
    """The answer is the true one, with another status or other JSON.

    Paths have dots between their keys and indices: ``virtual_machine.ip_addresses.0.address``.
    """

    status: int | None = field(default=None, validator=validators.integer(200, 599, optional=True))
    without: tuple[str, ...] = field(default=(), validator=validators.strings)
    values: Mapping[str, JSON] = field(factory=dict, validator=validators.mapping)


@frozen
class Mutated:
    """The answer is the true one with a random change in its JSON, always the same for one seed."""

    seed: int = field(default=0, validator=validators.integer(0))


@frozen
class Exhausted:
    """The rate limit is used up, from this request to the end of the minute."""


@frozen
class Closed:
    """The request is carried out and answered, but the connection does not stay open as it should.

    It ends with the answer, or is reset when the next request begins on it.
    """

    when: Closing = field(default="answered", validator=validators.one_of(get_args(Closing)))


@frozen
class FailedBuild:
    """The build fails, without a machine."""


@frozen
class LateMachine:
    """The machine appears late; until then its build continues, and nothing shows the machine.

    ``in_build``, ``in_list`` and ``by_get`` say who shows it late: with ``in_build=False`` the build shows
    it in time, before its list and its own GET do.
    """

    seconds: float = field(validator=validators.number(0))
    in_build: bool = field(default=True, kw_only=True, validator=validators.boolean)
    in_list: bool = field(default=True, kw_only=True, validator=validators.boolean)
    by_get: bool = field(default=True, kw_only=True, validator=validators.boolean)


@frozen
class GoneMachine:
    """The machine is deleted some time after it appeared: it is in the trash, or purged."""

    seconds: float = field(default=0.0, validator=validators.number(0))
    purged: bool = field(default=False, kw_only=True, validator=validators.boolean)


@frozen
class LostAnnotations:
    """The annotations are not stored, although the answer to the create may repeat them."""

    echoed: bool = field(default=False, kw_only=True, validator=validators.boolean)


@frozen
class Duplicate:
    """Several builds are made of one spec, with the same annotations, other ids and new addresses."""

    builds: int = field(default=2, validator=validators.integer(2, 100))


@frozen
class Unfiltered:
    """The list shows all machines and ignores its filter."""


@frozen
class Incomplete:
    """The list lacks machines that it should show, the newest first."""

    rows: int = field(default=1, validator=validators.integer(1))


@frozen
class WrongId:
    """The answer is about another build, task or machine than the one asked for or created.

    It is one that exists, or one with invented ids and other annotations if there is none.
    """


ConnectionFault: TypeAlias = ConnectionReset | Interrupted
AnswerFault: TypeAlias = (
    Drop
    | Delay
    | Cut
    | Slow
    | Endless
    | Bomb
    | Foreign
    | Redirect
    | Refusal
    | Altered
    | Mutated
    | Exhausted
    | Closed
)
BuildFault: TypeAlias = FailedBuild | LateMachine | GoneMachine | LostAnnotations | Duplicate
ReadFault: TypeAlias = Unfiltered | Incomplete | WrongId
Fault: TypeAlias = ConnectionFault | AnswerFault | BuildFault | ReadFault
