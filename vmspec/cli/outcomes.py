"""What becomes of each document that is submitted, as JSON and as an exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from vmspec.cli.exits import ExitCode
from vmspec.cli.masking import without_secrets
from vmspec.errors import (
    ApiError,
    BuildFailedError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
    VmspecError,
)

if TYPE_CHECKING:
    from vmspec.katapult import Progress, Submission, VirtualMachine
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


@frozen
class Problem:
    """Why a document has no machine, or not yet; ``code`` is the API's, or that of a finding."""

    message: str
    code: str | None = None
    request_id: str | None = None


@define(eq=False, kw_only=True)
class Job:
    """One document on its way to a machine, and what is known of it so far."""

    name: str
    """Its path, safe to show."""
    spec: VirtualMachineSpec | None = field(repr=False)
    """None where the document is no spec."""
    outcome: Outcome = Outcome.NOT_SENT
    problem: Problem | None = None
    submission_id: str | None = None
    annotations: Mapping[str, str] = field(factory=dict)
    submission: Submission | None = None
    progress: Progress | None = None
    machine: VirtualMachine | None = None

    def created(self, submission: Submission, *, waiting: bool) -> None:
        """The API took it; until the waiting ends well it counts as still building."""
        self.outcome = Outcome.BUILDING if waiting else Outcome.CREATED
        self.submission, self.submission_id = submission, submission.id
        self.annotations = submission.annotations

    def started(self, machine: VirtualMachine) -> None:
        """The waiting ended well."""
        self.outcome, self.machine = Outcome.CREATED, machine

    def failed(self, error: VmspecError) -> None:
        """The create or the waiting ended with an error."""
        self.outcome = _outcome_of(error) if self.submission is None else _outcome_of_waiting(error)
        message = str(error) if self.spec is None else without_secrets(str(error), self.spec)
        if self.submission is not None and isinstance(error, RefusedError):
            message = f"the build goes on, but cannot be watched: {message}"
        if isinstance(error, ApiError):
            self.problem = Problem(message, error.code, error.request_id)
            self.submission_id = self.submission_id or error.submission_id
            self.annotations = self.annotations or error.annotations
        else:
            self.problem = Problem(message)

    def interrupted(self) -> None:
        """The command ends before more is known."""
        if self.outcome is Outcome.BUILDING:
            self.problem = self.problem or Problem("interrupted; the build goes on")
        elif self.outcome is Outcome.NOT_SENT:
            self.problem = self.problem or Problem("interrupted before it was sent")

    @property
    def hostname(self) -> str | None:
        """As the API says it, else as the spec does; None where it is still to be made up."""
        said = self.submission.hostname if self.submission is not None else None
        return said or (self.spec.hostname if self.spec is not None else None)

    @property
    def build_id(self) -> str | None:
        """The build, once there is one."""
        build = self.submission.build if self.submission is not None else None
        return build.id if build is not None else None

    @property
    def seen(self) -> VirtualMachine | None:
        """The machine as it was last seen; None while there is none."""
        return self.machine or (self.progress.virtual_machine if self.progress is not None else None)

    def as_json(self) -> Mapping[str, object]:
        """What scripts get."""
        task = self.submission.task if self.submission is not None else None
        return {
            "path": self.name,
            "outcome": str(self.outcome),
            "submission_id": self.submission_id,
            "build_id": self.build_id,
            "task_id": task.id if task is not None else None,
            "virtual_machine": _machine_as_json(self.seen) if self.seen is not None else None,
            "annotations": dict(self.annotations),
            "error": _problem_as_json(self.problem) if self.problem is not None else None,
        }


def exit_code(jobs: Iterable[Job]) -> int:
    """What the command ends with, where nothing interrupted it."""
    outcomes = {job.outcome for job in jobs}
    return next((code for outcome, code in EXIT_CODES.items() if outcome in outcomes), ExitCode.FINE)


def _outcome_of(error: VmspecError) -> Outcome:
    match error:
        case RefusedError():
            return Outcome.REFUSED
        case OutcomeUnknownError():
            return Outcome.UNKNOWN
        case NotSentError() | RateLimitedError():
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
