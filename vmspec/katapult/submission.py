"""At most one machine per submission: one POST, sent again only where nothing can have come of it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from vmspec.errors import ApiError, ConfigurationError, NotSentError, RateLimitedError
from vmspec.katapult import calls
from vmspec.katapult.exchange import Conversation, Exchange, Wait
from vmspec.katapult.records import Submission
from vmspec.katapult.verdict import doubt, verdict
from vmspec.terminal import printable

CREATE_TIMEOUT_S = 30.0
"""For a create with all its tries, at most."""
CONNECT_TRIES = 3
"""For a create of which nothing was sent."""


def submit(
    conversation: Conversation,
    organization: str,
    xml: str,
    key: str | None,
    annotations: Mapping[str, str],
    timeout_s: float,
) -> Exchange[Submission]:
    """Send one spec and say what came of it; every error carries the submission's id and annotations."""
    submission_id = str(UUID(int=conversation.chance.getrandbits(128), version=4))
    sent = _annotated(submission_id, xml, key, annotations)
    call = calls.create(organization, xml, sent)
    deadline = conversation.clock() + min(timeout_s, CREATE_TIMEOUT_S)
    tries = 0
    while True:
        tries += 1
        try:
            reply = yield from conversation.send(call, deadline, CREATE_TIMEOUT_S)
        except BaseException as interruption:
            raise interruption from _named(doubt(call, "interrupted"), submission_id, sent)
        outcome = verdict(call, reply)
        if not isinstance(outcome, ApiError):
            return _submission(outcome, submission_id, sent)
        pause = conversation.pause(reply, tries)
        again = isinstance(outcome, RateLimitedError) or (
            isinstance(outcome, NotSentError) and tries < CONNECT_TRIES
        )
        if not again or conversation.clock() + pause >= deadline:
            raise _named(outcome, submission_id, sent)
        yield Wait(pause)


def _annotated(
    submission_id: str, xml: str, key: str | None, annotations: Mapping[str, str]
) -> Mapping[str, str]:
    """The user's annotations and vmspec's own, whose names are reserved."""
    for text in (xml, key or "", *annotations, *annotations.values()):
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise ConfigurationError("the spec, key or annotation holds half a character (a surrogate)")
    for name in annotations:
        if not name or name.startswith("vmspec."):
            raise ConfigurationError(
                f"annotation {printable(name)!r}: a name is not empty, nor begins with vmspec."
            )
    if key == "":
        raise ConfigurationError("the key is empty; leave it out, or give one")
    own = {"vmspec.submission": submission_id, "vmspec.spec": sha256(xml.encode()).hexdigest()}
    return {**annotations, **own, **({"vmspec.key": key} if key is not None else {})}


def _submission(created: calls.Created, submission_id: str, sent: Mapping[str, str]) -> Submission:
    warnings: list[str] = []
    if created.answer.status != 201:
        warnings.append(f"the API answered {created.answer.status} where 201 is documented")
    if not sent.items() <= created.annotations.items():
        warnings.append("the API did not repeat the annotations; the machine may not be found by them")
    return Submission(
        id=submission_id,
        outcome="created",
        build=created.build,
        task=created.task,
        hostname=created.hostname,
        annotations=sent,
        request_id=created.answer.request_id,
        warnings=tuple(warnings),
    )


def _named(error: ApiError, submission_id: str, sent: Mapping[str, str]) -> ApiError:
    error.submission_id, error.annotations = submission_id, dict(sent)
    return error
