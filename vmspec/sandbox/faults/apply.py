"""What a fault makes of an answer."""

from __future__ import annotations

import json
import zlib
from typing import Any

from attrs import evolve

from vmspec.sandbox.faults import (
    Altered,
    AnswerFault,
    Bomb,
    Closed,
    Cut,
    Delay,
    Drop,
    Endless,
    Exhausted,
    Foreign,
    Redirect,
    Refusal,
    Slow,
)
from vmspec.sandbox.http import Answer, Delivery

_MEBIBYTE = 1024 * 1024
_GZIP = zlib.MAX_WBITS | 16


def effect_s(fault: AnswerFault | None) -> float | None:
    """Seconds from a request until it is carried out; None where it never is."""
    match fault:
        case Drop() | Delay() | Foreign() | Refusal():
            return fault.later_s if fault.carried_out else None
        case Redirect():
            return None
        case _:
            return 0.0


def apply_fault(fault: AnswerFault | None, answer: Answer) -> Answer:
    """What is answered in place of Katapult's own answer, and how it travels."""
    match fault:
        case None | Exhausted():
            return answer
        case Drop(how=how):
            return evolve(answer, delivery=Delivery(dropped=how))
        case Delay(seconds=seconds):
            return evolve(answer, delivery=Delivery(wait_s=seconds))
        case Cut(part=part):
            return evolve(answer, delivery=Delivery(cut=part))
        case Slow(byte_s=byte_s):
            return evolve(answer, delivery=Delivery(byte_s=byte_s))
        case Endless():
            return evolve(answer, delivery=Delivery(is_endless=True))
        case Closed(when=when):
            return evolve(answer, delivery=Delivery(closes=when))
        case Bomb(mebibytes=mebibytes):
            zipped = _zipped(answer.body, mebibytes)
            return evolve(answer, headers=(*answer.headers, ("Content-Encoding", "gzip")), body=zipped)
        case Foreign(status=status, body=body, content_type=content_type):
            return Answer(status, (("Content-Type", content_type),), body.encode())
        case Redirect(status=status, location=location):
            return Answer(status, (("Location", location),))
        case Refusal(retry_after=told):
            more = () if told is None else (("Retry-After", told),)
            return evolve(answer, headers=(*answer.headers, *more))
        case Altered():
            return _altered(answer, fault)


def _zipped(body: bytes, mebibytes: int) -> bytes:
    """The body after so many blanks, which JSON allows; never unpacked at once in here."""
    packer = zlib.compressobj(9, wbits=_GZIP)
    blanks = b" " * _MEBIBYTE
    return b"".join(
        [*(packer.compress(blanks) for _ in range(mebibytes)), packer.compress(body), packer.flush()]
    )


def _altered(answer: Answer, fault: Altered) -> Answer:
    content: Any = json.loads(answer.body)
    for path in fault.without:
        holder, key = _holder(content, path)
        holder.pop(key, None)
    for path, value in fault.values.items():
        holder, key = _holder(content, path)
        holder[key] = value
    changed = Answer.of(answer.status if fault.status is None else fault.status, content)
    return evolve(changed, headers=answer.headers)


def _holder(content: Any, path: str) -> tuple[dict[str, Any], str]:
    """The object that holds the last key of a path; one that nobody sees where the path leads nowhere."""
    *way, key = path.split(".")
    for step in way:
        content = content.get(step) if isinstance(content, dict) else None
    return (content if isinstance(content, dict) else {}), key
