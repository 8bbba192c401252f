"""What a reply proves about a request: its value, a refusal, that nothing came of it, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from attrs import evolve, frozen

from vmspec import errors
from vmspec.katapult.endpoints import Call
from vmspec.katapult.journal.states import Outcome
from vmspec.katapult.responses import REFUSALS, Answer, UnexpectedShapeError

T = TypeVar("T")
ErrorT = TypeVar("ErrorT", bound=errors.ApiError)

REFUSED = frozenset({400, 401, 403, 404, 407, 413, 422, *range(300, 400)})
"""Statuses that say that nothing was made; any other that is not 2xx proves nothing of a create."""

SENTENCES: Mapping[str, str] = {
    "no_connection": "no connection was made",
    "no_turn": "its turn did not come in time",
    "bad_certificate": "the server's certificate is not trusted",
    "time_out": "time ran out",
    "connection_lost": "the connection broke",
    "cut_answer": "the answer was cut off or never came",
    "answer_too_large": "the answer was too large to be Katapult's",
    "foreign_answer": "the answer is not one of Katapult's",
    "server_error": "the server reported an error of its own",
    "interrupted": "it was interrupted",
}
"""Each cause of a fault or a doubt, in words."""


@frozen
class Fault:
    """No whole answer came; ``nothing_sent`` is a proof, its absence is a doubt."""

    cause: str
    nothing_sent: bool = False
    words: str = ""

    @property
    def is_lasting(self) -> bool:
        """Whether another try would come to the same."""
        return self.cause == "bad_certificate"


Reply: TypeAlias = Answer | Fault

NOTHING_SENT = "nothing was sent: "
"""Before the cause, of a create; of a read nobody asks."""
REDIRECT = "the answer is a redirect, which is not followed, and nothing was sent there; check the API's URL"


def interpret(call: Call[T], reply: Reply) -> T | errors.ApiError:
    """What a reply proves: the value, or the error that says what is known."""
    match reply:
        case Fault(nothing_sent=True):
            said = f" ({reply.words})" if reply.words else ""
            proof = "" if call.method == "GET" else NOTHING_SENT
            return errors.NotSentError(f"{proof}{SENTENCES[reply.cause]}{said}")
        case Fault():
            return unknown_outcome(call, reply.cause)
        case Answer(status=status) if 200 <= status < 300:
            try:
                return call.read(reply)
            except UnexpectedShapeError:
                return unknown_outcome(call, "foreign_answer", reply)
        case Answer(status=429) if reply.problem().code == "rate_limit_reached":
            busy = "Katapult takes no more requests for now"
            return _answered(errors.RateLimitedError, busy, reply, with_words=call.method == "POST")
        case Answer(status=status) if status in REFUSED or (
            call.method == "GET" and 400 <= status < 500 and status != 429
        ):
            kind = REFUSALS.get(reply.problem().code or "", errors.RefusedError)
            text = f"refused: {REDIRECT}" if 300 <= status < 400 else "refused"
            return _answered(kind, text, reply, with_words=call.method == "POST")
        case Answer(status=status):
            return unknown_outcome(call, "server_error" if status >= 500 else "foreign_answer", reply)


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


def unknown_outcome(call: Call[object], cause: str, answer: Answer | None = None) -> errors.ApiError:
    """Nothing is known: harmless for a read, and the outcome of a create."""
    if call.method == "GET":
        failed = f"reading failed: {SENTENCES[cause]}"
        return _answered(errors.UnexpectedAnswerError, failed, answer, with_words=False)
    text = f"the spec was sent, but {SENTENCES[cause]}; a machine may have been made"
    return evolve(_answered(errors.OutcomeUnknownError, text, answer), cause=cause)


def _answered(kind: type[ErrorT], text: str, answer: Answer | None, *, with_words: bool = True) -> ErrorT:
    """``with_words``: the API's own; not of a read, where nobody knows which secrets they may repeat."""
    if answer is None:
        return kind(text)
    problem, request = answer.problem(), answer.request_id
    words = f": {problem.words}" if with_words and problem.words else ""
    source = [problem.code or "", f"status {answer.status}", f"request {request}" if request else ""]
    return kind(
        f"{text}{words} ({', '.join(filter(None, source))})",
        code=problem.code,
        status=answer.status,
        request_id=request,
    )
