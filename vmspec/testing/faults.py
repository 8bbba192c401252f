"""Faults of a create, by name.

Left out are ``Delay``, ``Slow`` and ``Endless``, in which a client without a deadline hangs; order them
yourself if your script has one.
"""

from __future__ import annotations

from collections.abc import Mapping

from vmspec.sandbox.faults import (
    Altered,
    Bomb,
    Closed,
    ConnectionReset,
    Cut,
    Drop,
    Duplicate,
    FailedBuild,
    Fault,
    Foreign,
    Interrupted,
    LateMachine,
    LostAnnotations,
    Redirect,
    Refusal,
)

_BUSY = "rate_limit_reached"

CREATE_FAULTS: Mapping[str, Fault] = {
    "connection reset on accept": ConnectionReset(),
    "reset after half of the request": Interrupted(),
    "reset, not carried out": Drop(),
    "reset, carried out": Drop(carried_out=True),
    "reset, carried out 20 s later": Drop(carried_out=True, later_s=20),
    "closed without an answer, carried out": Drop("end", carried_out=True),
    "status line cut": Cut("status"),
    "headers cut": Cut("headers"),
    "body cut": Cut("body"),
    "chunk cut": Cut("chunk"),
    "gzip bomb": Bomb(),
    "201 with HTML": Foreign(201, carried_out=True),
    "201 without a build id": Altered(without=("virtual_machine_build", "build")),
    "200": Altered(200),
    "202": Altered(202),
    "annotations not echoed": Altered(without=("annotations",)),
    "annotations not stored": LostAnnotations(),
    **{f"{status} redirect": Redirect(status) for status in (301, 302, 303, 307, 308)},
    "422": Refusal("validation_error"),
    "429": Refusal(_BUSY),
    **{
        f"429, Retry-After {value}": Refusal(_BUSY, retry_after=value)
        for value in ("3", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-5", "1e9")
    },
    "500 from a proxy": Foreign(500),
    "502 from a proxy": Foreign(502),
    "504 from a proxy, carried out": Foreign(504, carried_out=True),
    "503": Refusal("service_unavailable"),
    "503, carried out": Refusal("service_unavailable", carried_out=True),
    "connection closed after the answer": Closed(),
    "machine seen a minute late": LateMachine(60),
    "failed build": FailedBuild(),
    "two machines": Duplicate(),
}
