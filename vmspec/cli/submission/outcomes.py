"""What becomes of each document that is submitted, as JSON and as an exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.submission.redaction import without_secrets
from vmspec.errors import (
    ApiError,
    BuildError,
    BuildFailedError,
    BuildTimeoutError,
    ConfigurationError,
    KeyInUseError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
    SeveralMachinesError,
    VmspecError,
)

if TYPE_CHECKING:
    from vmspec.katapult import Entry, Progress, Submission, VirtualMachine
    from vmspec.model.spec import VirtualMachineSpec


class Outcome(StrEnum):
    """How a submission stands when the command ends; scripts rely on the words."""

    CREATED = "created"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    BUILDING = "building"
    INVALID = "invalid"


EXIT_CODES: Mapping[Outcome, int] = {
    Outcome.UNKNOWN: 6,
    Outcome.REFUSED: 3,
    Outcome.FAILED: 5,
    Outcome.BUILDING: 7,
    Outcome.NOT_SENT: 4,
}
"""Of several outcomes the first one of these is told: what a script must not repeat comes before the rest."""


OUTCOME_BY_STATE: Mapping[str, Outcome] = {
    "created": Outcome.BUILDING,
    "failed": Outcome.FAILED,
    "refused": Outcome.REFUSED,
    "not_sent": Outcome.NOT_SENT,
}
"""What the states of the journal come to; all others are unknown."""


@frozen
class Problem:
    """Why a document has no machine, or not yet; ``code`` is the API's, or that of a finding."""

    message: str
    code: str | None = None
    request_id: str | None = None
    is_journalled: bool = True
    """Whether the journal says the same; else it says that the outcome is unknown."""


@define(eq=False, kw_only=True)
class Job:
    """One document on its way to a machine, and what is known of it so far."""

    name: str
    """Its path, safe to show; of a submission on record its hostname, or its id."""
    spec: VirtualMachineSpec | None = field(default=None, repr=False)
    """None where the document is no spec, or there is none."""
    is_document: bool = True
    """Else it is on record, and its document is not known."""
    key: str | None = None
    outcome: Outcome = Outcome.NOT_SENT
    problem: Problem | None = None
    submission_id: str | None = None
    annotations: Mapping[str, str] = field(factory=dict)
    submission: Submission | None = None
    progress: Progress | None = None
    machine: VirtualMachine | None = None
    machines: tuple[str, ...] = ()
    """All that carry the id of this one submission, where they are several."""
    doubt: str | None = None
    """The cause of one, where the outcome is unknown."""
    known_build_id: str | None = None
    """Where there is no submission to tell it."""
    known_task_id: str | None = None

    def created(self, submission: Submission, *, waiting: bool) -> None:
        """The API took it; until the waiting ends well it counts as still building.

        It stays unknown where the journal says so, though this command knows better.
        """
        self.outcome = Outcome.BUILDING if waiting else Outcome.CREATED
        self.submission, self.submission_id = submission, submission.id
        self.annotations = submission.annotations
        if not submission.journalled:
            self.outcome = Outcome.UNKNOWN
            self.problem = Problem(
                "it was created, but the journal could not be written: it says that the outcome is unknown"
            )

    def started(self, machine: VirtualMachine) -> None:
        """The waiting ended well."""
        self.outcome, self.machine = Outcome.CREATED, machine

    def failed(self, error: VmspecError) -> None:
        """The create or the waiting ended with an error."""
        self.outcome = _outcome_of(error) if self.submission is None else _outcome_of_waiting(error)
        message = self._masked(str(error))
        if self.submission is not None and isinstance(error, RefusedError):
            message = f"the build goes on, but cannot be watched: {message}"
        self.problem = Problem(message)
        match error:
            case ApiError():
                self.problem = Problem(
                    message,
                    code=self._masked(error.code) if error.code else None,
                    request_id=self._masked(error.request_id) if error.request_id else None,
                    is_journalled=error.journalled,
                )
                if not isinstance(error, KeyInUseError):  # which names the submission of another document
                    self.submission_id = self.submission_id or error.submission_id
                    self.annotations = self.annotations or error.annotations
            case BuildError():
                self.submission_id = self.submission_id or error.submission_id
                self.annotations = self.annotations or error.annotations
                self.known_build_id, self.known_task_id = error.build_id, error.task_id
            case _:
                pass
        if isinstance(error, OutcomeUnknownError):
            self.doubt = error.cause
        if isinstance(error, SeveralMachinesError):
            self.machines = error.machines

    def _masked(self, text: str) -> str:
        """The API's own text, which may repeat what it was sent."""
        return text if self.spec is None else without_secrets(text, self.spec)

    def interrupted(self, entry: Entry | None = None) -> None:
        """The command ends before more is known; ``entry`` is what the journal knows of its key."""
        if self.outcome is Outcome.NOT_SENT and self.problem is None and entry is not None:
            self.recalled(entry)
        if self.problem is not None:
            return
        match self.outcome:
            case Outcome.BUILDING if self.progress is not None and self.progress.phase == "unseen":
                self.problem = Problem("interrupted; no such build was visible yet")
            case Outcome.BUILDING:
                self.problem = Problem("interrupted; the build goes on")
            case Outcome.UNKNOWN:
                self.problem = Problem("interrupted; a machine may have been made")
            case Outcome.NOT_SENT:
                self.problem = Problem("interrupted before it was sent")
            case _:
                pass

    def recalled(self, entry: Entry) -> None:
        """Stands as the journal says, from where the command goes on."""
        self.outcome = OUTCOME_BY_STATE.get(entry.state, Outcome.UNKNOWN)
        self.submission_id, self.annotations = entry.id, entry.annotations
        self.known_build_id, self.known_task_id = entry.build_id, entry.task_id

    @property
    def hostname(self) -> str | None:
        """As the API says it, else as the spec does; None where it is still to be made up."""
        said = self.submission.hostname if self.submission is not None else None
        return said or (self.spec.hostname if self.spec is not None else None)

    @property
    def build_id(self) -> str | None:
        """The build, once there is one."""
        build = self.submission.build if self.submission is not None else None
        return build.id if build is not None else self.known_build_id

    @property
    def task_id(self) -> str | None:
        """The task behind the build, where it was told."""
        task = self.submission.task if self.submission is not None else None
        return task.id if task is not None else self.known_task_id

    @property
    def seen(self) -> VirtualMachine | None:
        """The machine as it was last seen; None while there is none."""
        followed = self.progress.virtual_machine if self.progress is not None else None
        adopted = self.submission.virtual_machine if self.submission is not None else None
        return self.machine or followed or adopted

    def as_json(self) -> Mapping[str, object]:
        """What scripts get."""
        return {
            "path": self.name if self.is_document else None,
            "outcome": str(self.outcome),
            "submission_id": self.submission_id,
            "build_id": self.build_id,
            "task_id": self.task_id,
            "virtual_machine": _machine_as_json(self.seen) if self.seen is not None else None,
            "annotations": dict(self.annotations),
            "error": _problem_as_json(self.problem) if self.problem is not None else None,
        }


def exit_code(jobs: Iterable[Job]) -> int:
    """What the command ends with, where nothing interrupted it."""
    outcomes = {job.outcome for job in jobs}
    return next((code for outcome, code in EXIT_CODES.items() if outcome in outcomes), ExitCode.OK)


def _outcome_of(error: VmspecError) -> Outcome:
    match error:
        case RefusedError():
            return Outcome.REFUSED
        case BuildFailedError():
            return Outcome.FAILED
        case BuildTimeoutError():
            return Outcome.BUILDING
        case OutcomeUnknownError():
            return Outcome.UNKNOWN
        case NotSentError() | RateLimitedError() | ConfigurationError():
            return Outcome.NOT_SENT
        case _:  # no other error follows a create; nothing is the safe thing to know
            return Outcome.UNKNOWN


def _outcome_of_waiting(error: VmspecError) -> Outcome:
    """A look that goes wrong, refused or lost, changes nothing about the build that goes on."""
    return Outcome.FAILED if isinstance(error, BuildFailedError) else Outcome.BUILDING


def _machine_as_json(machine: VirtualMachine) -> Mapping[str, object]:
    return {
        "id": machine.id,
        "hostname": machine.hostname,
        "fqdn": machine.fqdn,
        "state": machine.state,
        "addresses": list(machine.addresses),
    }


def _problem_as_json(problem: Problem) -> Mapping[str, object]:
    return {"code": problem.code, "message": problem.message, "request_id": problem.request_id}
