"""Outcomes: what a reply proves about a request, and what an entry of the journal means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

from attrs import frozen

from vmspec import errors
from vmspec.katapult.endpoints import Call
from vmspec.katapult.journal import BUILD_FAILED, Entry
from vmspec.katapult.journal.states import Outcome
from vmspec.katapult.records import Submission
from vmspec.katapult.responses import REFUSALS, Answer, UnexpectedShapeError

T = TypeVar("T")

REFUSED = frozenset({400, 401, 403, 404, 407, 413, 422, *range(300, 400)})
"""Statuses of a create by which nothing was made; any other that is not 2xx proves nothing."""

SENTENCES: Mapping[str, str] = {
    "no_connection": "no connection was made",
    "no_turn": "the rate limit left no time for it",
    "bad_certificate": "the server's certificate is not trusted",
    "no_tls": "the server does not speak TLS on this port",
    "time_out": "time ran out",
    "connection_lost": "the connection broke",
    "cut_answer": "the answer was cut off or never came",
    "answer_too_large": "the answer was too large to be Katapult's",
    "foreign_answer": "the answer did not come from Katapult",
    "server_error": "the server reported an error of its own",
    "interrupted": "it was interrupted",
}
"""Causes of a fault or an unknown outcome, in words."""

LASTING = frozenset({"bad_certificate", "no_tls", "proxy_refused", "interrupted"})
"""Causes that another try would meet again."""


@frozen
class Fault:
    """A request without a whole answer; ``nothing_sent`` is a proof, its absence proves nothing."""

    cause: str
    nothing_sent: bool = False
    words: str = ""

    @property
    def is_lasting(self) -> bool:
        """Return whether another try would end the same way."""
        return self.cause in LASTING


Reply: TypeAlias = Answer | Fault

NOTHING_SENT = "nothing was sent: "
REDIRECT = "the answer is a redirect, which is not followed, and nothing was sent there; check the API's URL"


def interpret(call: Call[T], reply: Reply, entry: Entry | None = None) -> T | errors.ApiError:
    """Return what a reply proves: the value, or an error that says what is known of the submission."""
    match reply:
        case Fault(nothing_sent=True):
            said = f" ({reply.words})" if reply.words else ""
            proof = "" if call.method == "GET" else NOTHING_SENT
            sentence = SENTENCES.get(reply.cause, "the proxy refused the connection")
            if reply.cause == "interrupted":
                return errors.NotSentError("interrupted before it was sent", **_named(entry))
            return errors.NotSentError(f"{proof}{sentence}{said}", **_named(entry))
        case Fault():
            return unknown_outcome(call, reply.cause, None, entry)
        case Answer(status=status) if 200 <= status < 300:
            try:
                return call.read(reply)
            except UnexpectedShapeError:
                return unknown_outcome(call, "foreign_answer", reply, entry)
        case Answer(status=429) if reply.problem().code == "rate_limit_reached":
            return _answered(
                errors.RateLimitedError, "Katapult takes no more requests for now", call, reply, entry
            )
        case Answer(status=status) if status in REFUSED or (
            call.method == "GET" and 400 <= status < 500 and status != 429
        ):
            kind = REFUSALS.get(reply.problem().code or "", errors.RefusedError)
            text = f"refused: {REDIRECT}" if 300 <= status < 400 else "refused"
            return _answered(kind, text, call, reply, entry)
        case Answer(status=status):
            cause = "server_error" if status >= 500 else "foreign_answer"
            return unknown_outcome(call, cause, reply, entry)


def unknown_outcome(
    call: Call[object], cause: str, answer: Answer | None, entry: Entry | None
) -> errors.ApiError:
    """Return the error of a reply that proves nothing, which is harmless for a read."""
    if call.method == "GET":
        return _answered(
            errors.UnexpectedAnswerError, f"reading failed: {SENTENCES[cause]}", call, answer, entry
        )
    text = f"the spec was sent, but {SENTENCES[cause]}; a machine may have been made"
    return _answered(errors.OutcomeUnknownError, text, call, answer, entry, cause=cause)


def _answered(
    kind: type[errors.ApiError],
    text: str,
    call: Call[object],
    answer: Answer | None,
    entry: Entry | None,
    **more: Any,
) -> errors.ApiError:
    """Return an error with the API's own words, but not those about a read: nobody asked for them."""
    if answer is None:
        return kind(text, **_named(entry), **more)
    problem, request = answer.problem(), answer.request_id
    words = f": {problem.words}" if call.method == "POST" and problem.words else ""
    source = [problem.code or "", f"status {answer.status}", f"request {request}" if request else ""]
    return kind(
        f"{text}{words} ({', '.join(filter(None, source))})",
        code=problem.code,
        status=answer.status,
        request_id=request,
        **_named(entry),
        **more,
    )


def _named(entry: Entry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {"submission_id": entry.id, "annotations": entry.annotations}


def outcome_of(error: errors.VmspecError) -> Outcome:
    """Return the outcome of a submission that ended with this error."""
    match error:
        case errors.RefusedError():
            return Outcome.REFUSED
        case errors.BuildFailedError():
            return Outcome.FAILED
        case errors.MachineGoneError():
            return Outcome.GONE
        case errors.BuildError():
            return Outcome.BUILDING
        case errors.NotSentError() | errors.RateLimitedError() | errors.ConfigurationError():
            return Outcome.NOT_SENT
        case _:  # nothing else follows a create; unknown is the safe answer
            return Outcome.UNKNOWN


def reason_of(error: errors.ApiError) -> str:
    """Return the reason for the journal, without the API's own words: they may repeat a secret."""
    if isinstance(error, errors.OutcomeUnknownError):
        return SENTENCES.get(error.cause, error.cause)
    if error.status is None:
        return error.message.removeprefix(NOTHING_SENT)
    without_code = "a redirect" if 300 <= error.status < 400 else "no code"
    return f"{error.code or without_code}, status {error.status}"


def state_error(entry: Entry, *, sends_nothing: bool = False) -> errors.VmspecError | None:
    """Return the error that an entry stands for; None for one that is created, or about to be sent.

    ``sends_nothing``: of a key that was used before, whose new call sends nothing.
    """
    now = "; nothing was sent" if sends_nothing else ""
    sentence, reason = entry.info.sentence, f": {entry.reason}" if entry.reason else ""
    match entry.effective_state:
        case "refused":
            return errors.RefusedError(f"{sentence}{reason}", **_named(entry))
        case "not_sent":
            reason = reason or ": its process ended before it was sent"
            return errors.NotSentError(f"{sentence}{reason}", **_named(entry))
        case "failed":
            return _ended(errors.BuildFailedError, f"the build {entry.build_id} failed{now}", entry)
        case "gone":
            text = f"the machine {entry.virtual_machine_id} no longer exists{now}"
            return _ended(errors.MachineGoneError, text, entry)
        case "abandoned" if entry.reason == BUILD_FAILED:
            text = f"the build {entry.build_id} failed, and the submission was abandoned"
            return _ended(errors.BuildFailedError, text, entry)
        case "abandoned" | "unknown" | "sending":
            return doubt_of(entry)
        case "created" | "intent":
            return None


def doubt_of(entry: Entry) -> errors.OutcomeUnknownError:
    """Return the unknown outcome that an entry stands for."""
    if not entry.revision:
        cause = "not_on_record"
        text = f"submission {entry.id} is not on record here, so it is not known whether it was sent"
    elif entry.state == "abandoned":
        cause = "abandoned"
        text = (
            f"submission {entry.id} was abandoned: a person decided that no machine comes of it, and it has"
            " no claim to its key any more"
        )
    elif entry.owner is not None and not entry.is_own:
        cause, text = "held", f"{entry.owner} is still sending this"
    else:
        cause = "interrupted"
        text = f"the spec was sent, but {entry.reason or 'its process ended'}; a machine may have been made"
    return errors.OutcomeUnknownError(
        text,
        cause=cause,
        request_id=entry.request_id,
        submission_id=entry.id,
        annotations=entry.annotations,
    )


def interrupted(entry: Entry | None) -> errors.VmspecError:
    """Return what is known of a submission whose operation was interrupted, by its last entry."""
    if entry is None or entry.state == "intent":
        is_held = entry is not None and entry.owner is not None and not entry.is_own
        if entry is not None and is_held:
            return doubt_of(entry)
        return errors.NotSentError("interrupted before this run sent it", **_named(entry))
    if entry.state == "created":
        return _ended(errors.BuildError, "interrupted; the build goes on", entry)
    known = state_error(entry)
    assert known is not None
    return known


def interrupted_after(submission: Submission) -> errors.BuildError:
    """Return what is known of a submission that was created before the interruption."""
    machine, task = submission.virtual_machine, submission.task
    return errors.BuildError(
        "interrupted; the build goes on",
        build_id=submission.build_id,
        task_id=task.id if task is not None else None,
        virtual_machine_id=machine.id if machine is not None else None,
        submission_id=submission.id,
        annotations=submission.annotations,
    )


def _ended(kind: type[errors.BuildError], text: str, entry: Entry) -> errors.BuildError:
    return kind(
        text,
        build_id=entry.build_id,
        task_id=entry.task_id,
        virtual_machine_id=entry.virtual_machine_id,
        submission_id=entry.id,
        annotations=entry.annotations,
    )
