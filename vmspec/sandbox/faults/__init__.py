"""What can go wrong, as values; ``Sandbox.order`` says which of them comes when.

There are four groups, by the moment at which a fault is met:

- :data:`ConnectionFault`: before the sandbox has the whole request;
- :data:`AnswerFault`: with the request; it spoils the answer, or keeps the request from being carried out;
- :data:`BuildFault`: where a spec is accepted; it says what becomes of that one;
- :data:`ListFault`: where machines are listed.

Seconds are those of the sandbox's clock.

>>> from vmspec.sandbox import Endpoint, Request, Sandbox
>>> sandbox = Sandbox()
>>> order = sandbox.order(Drop(), at=Endpoint.BUILD)
>>> sandbox.answer(Request("GET", "/core/v1/virtual_machines/builds/_")).arrives
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
"""As large as a gzip bomb gets where nothing else is said; some 64 KiB of it go over the wire."""

_HTML = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Error</h1></body></html>"
_REDIRECTS = (301, 302, 303, 307, 308)


def _known_code(instance: object, attribute: Attribute[str], value: str) -> None:
    RefusalError(value)


def _redirect_status(instance: object, attribute: Attribute[int], value: int) -> None:
    if value not in _REDIRECTS:
        raise ValueError(f"status is one of {', '.join(map(str, _REDIRECTS))}")


@frozen
class _Partly:
    """What may be carried out or not, at once or later; of reads it makes no difference when."""

    carried_out: bool = field(default=False, kw_only=True, validator=validators.flag)
    later_s: float = field(default=0.0, kw_only=True, validator=validators.number(0))
    """Seconds from the request until it is carried out, if it is."""


@frozen
class ConnectionReset:
    """A connection is reset as soon as it is accepted; to what endpoint it led is never known."""


@frozen
class Interrupted:
    """The connection is reset after half of the request; nothing is carried out."""


@frozen
class Drop(_Partly):
    """The connection ends after the whole request, before any byte of an answer."""

    how: Ending = field(default="reset", validator=validators.one_of(get_args(Ending)))


@frozen
class Delay(_Partly):
    """The answer comes so late; where nothing is carried out it is a 503 of Katapult's own."""

    seconds: float = field(validator=validators.number(0))
    carried_out: bool = field(default=True, kw_only=True, validator=validators.flag)


@frozen
class Cut:
    """All goes well, but the answer ends in its status line, its headers, its body or a chunk of it."""

    part: Part = field(validator=validators.one_of(get_args(Part)))


@frozen
class Slow:
    """All goes well, but the answer comes byte by byte."""

    byte_s: float = field(default=1.0, validator=validators.number(0))
    """Seconds between two bytes."""


@frozen
class Endless:
    """All goes well, but the answer's body goes on with blanks and never ends."""


@frozen
class Bomb:
    """All goes well, but the answer comes as gzip, whether asked for or not, with blanks without number."""

    mebibytes: int = field(default=BOMB_MIB, validator=validators.whole(1, 1024))
    """Unpacked."""


@frozen
class Foreign(_Partly):
    """What answers is not Katapult: a proxy, or what stands in its place."""

    status: int = field(default=502, validator=validators.whole(200, 599))
    body: str = field(default=_HTML, validator=validators.text)
    content_type: str = field(default="text/html", validator=validators.header)


@frozen
class Redirect:
    """Nothing is carried out; the answer leads elsewhere."""

    status: int = field(default=307, validator=_redirect_status)
    location: str = field(default="http://elsewhere.invalid/", validator=validators.header)


@frozen
class Refusal(_Partly):
    """An error of Katapult's own, with any code that it has.

    Carried out and yet refused is what a 503 may be. A request that could not have been carried out
    anyway is refused with its own reason.
    """

    code: str = field(validator=[validators.text, _known_code])
    detail: JSON = None
    """In place of what the code says otherwise."""
    retry_after: str | None = field(default=None, validator=validators.header)
    """The header, as it is: seconds, a date, or nonsense. Katapult's own answers have none."""


@frozen
class Altered:
    """The true answer, but for its status or some of its JSON.

    Paths have dots between their keys: ``virtual_machine_build.state``.
    """

    status: int | None = field(default=None, validator=validators.whole(200, 599, none=True))
    without: tuple[str, ...] = field(default=(), validator=validators.texts)
    values: Mapping[str, JSON] = field(factory=dict, validator=validators.by_path)


@frozen
class Exhausted:
    """From this request on, until the minute is over, the rate limit is used up in earnest."""


@frozen
class Closed:
    """All goes well, and the connection seems to stay open, but it does not.

    It is ended with the answer, or reset as soon as the next request begins to come in on it.
    """

    when: Closing = field(default="answered", validator=validators.one_of(get_args(Closing)))


@frozen
class FailedBuild:
    """The build ends as failed, without a machine."""


@frozen
class LateMachine:
    """The machine is there only later: until then its build goes on, and nothing shows a machine.

    Where it is left out of one of the three, that one is in time: with ``in_build=False`` the build shows
    a machine that its list and its own GET do not show yet.
    """

    seconds: float = field(validator=validators.number(0))
    in_build: bool = field(default=True, kw_only=True, validator=validators.flag)
    in_list: bool = field(default=True, kw_only=True, validator=validators.flag)
    by_get: bool = field(default=True, kw_only=True, validator=validators.flag)


@frozen
class LostAnnotations:
    """The annotations are not stored; the answer to the create may repeat them nevertheless."""

    echoed: bool = field(default=False, kw_only=True, validator=validators.flag)


@frozen
class Duplicate:
    """More builds than one come of the spec, alike in all but their ids and new addresses."""

    builds: int = field(default=2, validator=validators.whole(2, 100))


@frozen
class Unfiltered:
    """The list shows all machines, whatever its filter."""


@frozen
class Incomplete:
    """The list lacks machines that it should show, the newest first."""

    rows: int = field(default=1, validator=validators.whole(1))


ConnectionFault: TypeAlias = ConnectionReset | Interrupted
AnswerFault: TypeAlias = (
    Drop | Delay | Cut | Slow | Endless | Bomb | Foreign | Redirect | Refusal | Altered | Exhausted | Closed
)
BuildFault: TypeAlias = FailedBuild | LateMachine | LostAnnotations | Duplicate
ListFault: TypeAlias = Unfiltered | Incomplete
Fault: TypeAlias = ConnectionFault | AnswerFault | BuildFault | ListFault
