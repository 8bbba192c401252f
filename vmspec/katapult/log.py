"""The log, by the logger ``vmspec``: lines that are safe to paste.

They hold method, path without query, status, request id and duration, and the steps of the journal; no
header, body, annotation or word of the API, all of which may hold secrets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vmspec.errors import JournalError
from vmspec.katapult.endpoints import Call
from vmspec.katapult.journal import Entry
from vmspec.katapult.patterns import UUID
from vmspec.katapult.responses import Answer
from vmspec.katapult.submission.operation import JournalFind, JournalInsert, JournalStep, JournalUpdate, Noted
from vmspec.katapult.submission.outcome import Reply

LOGGER = logging.getLogger("vmspec")
LOGGER.addHandler(logging.NullHandler())


@contextmanager
def request(call: Call[object]) -> Iterator[Callable[[Reply], Reply]]:
    """Log that a request goes out, and what came of it; the block hands the reply through."""
    begun = time.monotonic()
    LOGGER.debug("%s %s goes out", call.method, call.path)

    def answered(reply: Reply) -> Reply:
        took_s = time.monotonic() - begun
        if isinstance(reply, Answer):
            level = logging.INFO if reply.status < 400 else logging.WARNING
            given = reply.headers.get("x-request-id", "")
            # Ids of requests are UUIDs; a text of any other shape may be anything.
            request_id = given if UUID.fullmatch(given) else "unknown"
            LOGGER.log(
                level,
                "%s %s %d in %.3f s, request %s",
                *(call.method, call.path, reply.status, took_s, request_id),
                extra=_fields(call, took_s, status=reply.status, request_id=request_id),
            )
        else:
            proof = "nothing was sent" if reply.nothing_sent else "it may have arrived"
            LOGGER.warning(
                "%s %s no answer after %.3f s (%s, %s)",
                *(call.method, call.path, took_s, reply.cause, proof),
                extra=_fields(call, took_s, status=None, cause=reply.cause),
            )
        return reply

    try:
        yield answered
    except BaseException as error:
        took_s = time.monotonic() - begun
        LOGGER.warning(
            "%s %s broken off after %.3f s (%s)", call.method, call.path, took_s, type(error).__name__
        )
        raise


def _fields(call: Call[object], duration_s: float, **more: object) -> dict[str, object]:
    """Return the ``extra`` of a record: the same as its text, for handlers that count or write JSON."""
    own = {"method": call.method, "path": call.path, "duration_s": round(duration_s, 3)}
    return {"fields": own | more}


def noted(step: JournalStep, result: Noted) -> None:
    """Log a step of the journal."""
    match step, result:
        case [_, JournalError()]:
            LOGGER.warning("journal: %s failed", type(step).__name__.removeprefix("Journal").lower())
        case [JournalInsert(entry=entry), Entry(id=id)] if id != entry.id:
            LOGGER.info("journal: the key belongs to submission %s, %s", id, result.state)
        case ((JournalInsert() | JournalUpdate()), Entry()):
            fields = {"submission_id": result.id, "state": result.state, "try": result.tries}
            LOGGER.info(
                "journal: submission %s, %s, try %d",
                *(result.id, result.state, result.tries),
                extra={"fields": fields},
            )
        case [JournalFind(keys=[_]), [*found]]:
            for entry in found:
                if not entry.info.releases_key:
                    LOGGER.info("journal: the key belongs to submission %s, %s", entry.id, entry.state)
        case [JournalUpdate(entry=entry), None]:
            LOGGER.info("journal: submission %s was changed by another process", entry.id)
        case _:
            pass
