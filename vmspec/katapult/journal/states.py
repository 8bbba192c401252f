"""States of a submission in the journal, and what each means to people and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, TypeAlias

from attrs import frozen

State: TypeAlias = Literal[
    "intent", "sending", "created", "refused", "not_sent", "unknown", "failed", "gone", "abandoned"
]


class Outcome(StrEnum):
    """Result of a submission, in the words that scripts rely on."""

    CREATED = "created"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    GONE = "gone"
    BUILDING = "building"
    INVALID = "invalid"


EXIT_CODES: Mapping[Outcome, int] = {
    Outcome.UNKNOWN: 6,
    Outcome.REFUSED: 3,
    Outcome.FAILED: 5,
    Outcome.GONE: 5,
    Outcome.BUILDING: 7,
    Outcome.NOT_SENT: 4,
}
"""Exit code of each outcome, by precedence: of several outcomes the first that occurs decides."""

Advice: TypeAlias = Literal["rerun", "reconcile", "wait", "abandon", "none"]
"""Next step: submit again, look for the machine, wait for the build, or give the submission up."""


@frozen(kw_only=True)
class StateInfo:
    """Meaning of one state."""

    outcome: Outcome
    sentence: str
    advice: Advice
    releases_key: bool = False
    """True where another submission may take the key."""
    is_pending: bool = False
    """True where it is not known whether there is a machine."""


STATES: Mapping[State, StateInfo] = {
    "intent": StateInfo(
        outcome=Outcome.NOT_SENT, sentence="it is about to be sent", advice="rerun", is_pending=True
    ),
    "sending": StateInfo(
        outcome=Outcome.UNKNOWN,
        sentence="the spec was sent; a machine may have been made",
        advice="reconcile",
        is_pending=True,
    ),
    "unknown": StateInfo(
        outcome=Outcome.UNKNOWN,
        sentence="the spec was sent; a machine may have been made",
        advice="reconcile",
        is_pending=True,
    ),
    "created": StateInfo(outcome=Outcome.BUILDING, sentence="it was created", advice="wait"),
    "refused": StateInfo(
        outcome=Outcome.REFUSED, sentence="it was refused", advice="none", releases_key=True
    ),
    "not_sent": StateInfo(
        outcome=Outcome.NOT_SENT, sentence="it was not sent", advice="rerun", releases_key=True
    ),
    "failed": StateInfo(outcome=Outcome.FAILED, sentence="its build failed", advice="abandon"),
    "gone": StateInfo(outcome=Outcome.GONE, sentence="its machine no longer exists", advice="abandon"),
    "abandoned": StateInfo(
        outcome=Outcome.UNKNOWN, sentence="it was abandoned", advice="none", releases_key=True
    ),
}
"""Every state; ``Entry.info`` gives that of an entry."""

RELEASED: frozenset[State] = frozenset(state for state, info in STATES.items() if info.releases_key)
"""States in which a submission no longer claims its key."""
PENDING: frozenset[State] = frozenset(state for state, info in STATES.items() if info.is_pending)
"""States in which it is not known whether there is a machine."""
