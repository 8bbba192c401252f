"""Applying a fault to an answer."""

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
    Mutated,
    Redirect,
    Refusal,
    Slow,
)
from vmspec.sandbox.faults.mutate import mutate
from vmspec.sandbox.http import Answer, Delivery

_MEBIBYTE = 1024 * 1024
_GZIP = zlib.MAX_WBITS | 16


def carried_out_after_s(fault: AnswerFault | None) -> float | None:
    """Return the seconds until the request is carried out; None if it never is."""
    match fault:
        case Drop() | Delay() | Foreign() | Refusal():
            return fault.later_s if fault.carried_out else None
        case Redirect():
            return None
        case _:
            return 0.0


def apply_fault(fault: AnswerFault | None, answer: Answer) -> Answer:
    """Return the answer as the fault changes it."""
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
            zipped = _gzip_bomb(answer.body, mebibytes)
            return evolve(answer, headers=(*answer.headers, ("Content-Encoding", "gzip")), body=zipped)
        case Foreign(status=status, body=body, content_type=content_type):
            return Answer(status, (("Content-Type", content_type),), body.encode())
        case Redirect(status=status, location=location):
            return Answer(status, (("Location", location),))
        case Refusal(retry_after=retry_after):
            more = () if retry_after is None else (("Retry-After", retry_after),)
            return evolve(answer, headers=(*answer.headers, *more))
        case Altered():
            return _altered(answer, fault)
        case Mutated(seed=seed):
            return evolve(answer, body=mutate(answer.body, seed))


def _gzip_bomb(body: bytes, mebibytes: int) -> bytes:
    """Compress the body after many spaces, which JSON allows, without holding them all in memory."""
    compressor = zlib.compressobj(wbits=_GZIP, strategy=zlib.Z_RLE)  # the fastest for runs
    spaces = b" " * _MEBIBYTE
    return b"".join(
        [
            *(compressor.compress(spaces) for _ in range(mebibytes)),
            compressor.compress(body),
            compressor.flush(),
        ]
    )


def _altered(answer: Answer, fault: Altered) -> Answer:
    content: Any = json.loads(answer.body)
    for path in fault.without:
        parent, key = _parent_of(content, path)
        if isinstance(parent, list) or (parent is not None and key in parent):
            del parent[key]
    for path, value in fault.values.items():
        parent, key = _parent_of(content, path)
        if parent is not None:
            parent[key] = value
    altered = Answer.of(answer.status if fault.status is None else fault.status, content)
    return evolve(altered, headers=answer.headers)


def _parent_of(content: Any, path: str) -> tuple[Any, Any]:
    """Return the object or list with the last key of a path, and that key; None if it does not exist."""
    *parents, last = path.split(".")
    for key in parents:
        content = _item(content, key)
    if isinstance(content, list):
        return (content, int(last)) if last.isdecimal() and int(last) < len(content) else (None, last)
    return (content if isinstance(content, dict) else None), last


def _item(content: Any, key: str) -> Any:
    if isinstance(content, list) and key.isdecimal() and int(key) < len(content):
        return content[int(key)]
    return content.get(key) if isinstance(content, dict) else None
