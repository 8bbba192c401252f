"""A process of a drawn schedule, and the exchanges that it carries out."""

from __future__ import annotations

from typing import TypeAlias

from attrs import define, field

from vmspec.katapult import Result
from vmspec.katapult.records import Submission
from vmspec.katapult.submission.batch import Batch
from vmspec.katapult.submission.operation import Noted, Operation, Session, Step
from vmspec.katapult.submission.outcome import Reply

Disturbance: TypeAlias = tuple[str, float]


@define(eq=False)
class Process:
    """Carries out one exchange, or those of a batch; what is drawn to happen to it."""

    number: int
    conversation: Session
    batch: Batch | None = None
    plan: dict[int, Disturbance] = field(factory=dict)
    """By the number of what it does; each step is begun, and then done."""
    post_faults: list[str | None] = field(factory=list)
    read_faults: list[str | None] = field(factory=list)
    note_fault: str | None = None
    runs: list[Run] = field(factory=list)
    done: int = 0
    is_disturbed: bool = False
    """Crashed, interrupted or suspended: nothing is said of when it ends."""
    ended: int | None = None
    """The step in which its batch was interrupted: no more is begun."""
    results: tuple[Result, ...] | None = None
    """Of a batch that came to its end."""
    not_begun: list[Result] = field(factory=list)

    @property
    def is_over(self) -> bool:
        return all(run.is_over for run in self.runs)

    def end(self, step: int) -> None:
        """It is interrupted or dies; it may die while it still ends after an interruption."""
        self.is_disturbed = True
        self.ended = step if self.ended is None else self.ended


@define(eq=False)
class Run:
    """One exchange, and what came of it."""

    number: int
    process: Process
    exchange: Operation[object]
    step: Step
    born: float
    born_in: int
    """The step in which it began."""
    at: float
    """When its next step is begun, or the one that was begun is done."""
    name: str = ""
    """Within a batch."""
    key: str | None = None
    patience_s: float = 0.0
    """How long it may take from when it got its turn; 0 where nothing is said of that."""
    settle_s: float = 0.0
    began: float | None = None
    """When it got its turn."""
    is_begun: bool = False
    reply: Reply | Noted = None
    thrown: BaseException | None = None
    """What is thrown into it instead of a reply."""
    is_over: bool = False
    posts: int = 0
    posted: float = 0.0
    """When its last create was answered, or not."""
    reads: list[float] = field(factory=list)
    too_many: list[float] = field(factory=list)
    """When the API took no more requests, but for a create that was tried again."""
    lost_reads: list[float] = field(factory=list)
    sent: set[str] = field(factory=set)
    """Submissions of which it has sent something that is carried out, sooner or later."""
    met: set[str] = field(factory=set)
    """Submissions that the journal told it of."""
    submission: Submission | None = None
    announced: Submission | None = None
    freed_in: int | None = None
    """The step in which others could learn that it is created, or over."""
    over_in: int | None = None
    result: object = None
    error: BaseException | None = None
    standing: dict[str, str] = field(factory=dict)
    """How the journal had those it met that anybody had sent, when it ended."""

    @property
    def turn_s(self) -> float:
        """How long it waited for its turn."""
        return (self.at if self.began is None else self.began) - self.born
