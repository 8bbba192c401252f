"""A process of a drawn schedule, the tasks that it carries out, and the runs that are judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import define, field, frozen

from vmspec import VirtualMachineSpec
from vmspec.katapult import Entry, Result
from vmspec.katapult.records import Submission
from vmspec.katapult.submission.batch import Batch
from vmspec.katapult.submission.many import submit_batch
from vmspec.katapult.submission.operation import Noted, Operation, Session, Step
from vmspec.katapult.submission.outcome import Reply

Disturbance: TypeAlias = tuple[str, float]


@frozen(kw_only=True)
class Plan:
    """A batch that is to be submitted."""

    specs: Mapping[str, VirtualMachineSpec]
    key: str | Mapping[str, str] | None = None
    timeout_s: float = 300.0
    settle_s: float = 180.0
    poll_s: float | None = 5.0
    concurrency: int = 8
    max_failures: int | None = None

    def key_of(self, name: str) -> str | None:
        if self.key is None or isinstance(self.key, str):
            return None if self.key is None else f"{self.key}/{name}"
        return self.key.get(name)

    def batch(self, session: Session) -> Batch:
        return submit_batch(
            session,
            self.specs,
            self.key,
            {"team": "shop"},
            timeout_s=self.timeout_s,
            poll_s=self.poll_s,
            settle_s=self.settle_s,
            max_failures=self.max_failures,
            concurrency=self.concurrency,
        )


@define(eq=False)
class Process:
    """Carries out one operation, or those of a batch; what is drawn to happen to it."""

    number: int
    session: Session
    plan: Plan | None = None
    batch: Batch | None = None
    disturbances: dict[int, Disturbance] = field(factory=dict)
    """By the number of what it does; each step is begun, and then done."""
    post_faults: list[str | None] = field(factory=list)
    read_faults: list[str | None] = field(factory=list)
    note_fault: str | None = None
    tasks: list[Task] = field(factory=list)
    runs: list[Run] = field(factory=list)
    done: int = 0
    is_disturbed: bool = False
    """Crashed, interrupted or suspended: nothing is said of when it ends."""
    is_stopped: bool = False
    results: tuple[Result, ...] | None = None
    """Results of a batch that came to its end."""
    told: dict[str, Result] = field(factory=dict)
    most_exceeded: list[str] = field(factory=list)

    @property
    def is_over(self) -> bool:
        return all(task.is_over for task in self.tasks)

    def run_of(self, name: str) -> Run | None:
        return next((run for run in self.runs if run.name == name), None)


@define(eq=False)
class Task:
    """One operation that is carried out step by step."""

    process: Process
    operation: Operation[object]
    step: Step
    at: float
    """When its next step is begun, or the one that was begun is done."""
    name: str = ""
    is_begun: bool = False
    reply: Reply | Noted | bool = None
    latest: Entry | None = None
    is_over: bool = False

    @property
    def run(self) -> Run | None:
        return self.process.run_of(self.name) if self.process.batch is not None else self.process.runs[0]


@define(eq=False)
class Run:
    """One spec, or one single operation, and what came of it."""

    number: int
    process: Process
    born: float
    at: float
    """When the last of its steps was begun or done."""
    name: str = ""
    """Within a batch."""
    key: str | None = None
    patience_s: float = 0.0
    """Seconds that it may take from when it got its turn; 0 for any time."""
    settle_s: float = 0.0
    began: float | None = None
    """When it got its turn."""
    is_over: bool = False
    posts: int = 0
    posted: float = 0.0
    """When its last create was answered, or not."""
    busy: int = 0
    """Creates to which the API said that it takes no more requests."""
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
    result: object = None
    error: BaseException | None = None
    standing: dict[str, str] = field(factory=dict)
    """State in the journal, at its end, of submissions that it met and anybody had sent."""

    @property
    def turn_s(self) -> float:
        """Seconds that it waited for its turn."""
        return (self.at if self.began is None else self.began) - self.born
