"""One document on its way to a machine: what is known of it, as events and errors come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from vmspec.errors import (
    ApiError,
    BuildError,
    BuildFailedError,
    JournalError,
    KeyInUseError,
    MachineGoneError,
    OutcomeUnknownError,
    RefusedError,
    SeveralMachinesError,
    VmspecError,
)
from vmspec.katapult import Outcome, outcome_of, redact, secrets_of

if TYPE_CHECKING:
    from vmspec.katapult import Entry, Progress, Submission, VirtualMachine
    from vmspec.model.spec import VirtualMachineSpec


@frozen
class ErrorDetails:
    """Reason why a machine is missing; ``code`` is the API's, or that of a finding."""

    message: str
    code: str | None = None
    request_id: str | None = None
    is_journalled: bool = True
    """False if the journal could not be written and still says that the outcome is unknown."""


@define(eq=False, kw_only=True)
class Job:
    """A document, or a submission on record, and what is known of its machine so far."""

    name: str
    """Path of the document, or the hostname or id of a submission on record; safe to show."""
    file: str | None = None
    """Path of the document; None for standard input, and for a submission on record."""
    is_document: bool = True
    spec: VirtualMachineSpec | None = field(default=None, repr=False)
    """None for a submission on record, and for a document that could not be read."""
    key: str | None = None
    outcome: Outcome = Outcome.NOT_SENT
    error: ErrorDetails | None = None
    submission_id: str | None = None
    build_id: str | None = None
    task_id: str | None = None
    hostname: str | None = None
    """The hostname that the API returned, else as the spec has it; None until the API has made one up."""
    annotations: Mapping[str, str] = field(factory=dict)
    is_new: bool = False
    """True if this command sent it; False for what an earlier one sent, and for what was not sent."""
    submission: Submission | None = None
    progress: Progress | None = None
    machine: VirtualMachine | None = None
    """The machine as it was last seen."""
    started_after_s: float | None = None
    is_lookup_refused: bool = False
    """True if the API refused to tell about a submission on record, which changes nothing in its outcome."""
    unknown_cause: str | None = None
    """Why the outcome is unknown, as ``OutcomeUnknownError.cause`` says it."""
    duplicates: tuple[str, ...] = ()
    """All machines that carry the id of this submission, if there are several."""

    @property
    def is_sent(self) -> bool:
        """Return whether a machine was or may have been made, or was asked for."""
        return self.outcome not in (Outcome.NOT_SENT, Outcome.INVALID)

    @property
    def outcome_words(self) -> str:
        """Return the outcome as people read it."""
        return self.outcome.replace("_", " ")

    def on_created(self, submission: Submission, *, waits: bool) -> None:
        """Note that the API accepted it; it counts as building until the wait has ended."""
        self.outcome = Outcome.BUILDING if waits else Outcome.CREATED
        self.submission, self.submission_id = submission, submission.id
        self.is_new = submission.is_new
        self.annotations = submission.annotations
        self.hostname = submission.hostname or self.hostname
        self.machine = submission.virtual_machine or self.machine
        self.build_id = submission.build.id if submission.build is not None else self.build_id
        self.task_id = submission.task.id if submission.task is not None else self.task_id
        if not submission.journalled:
            self.outcome = Outcome.UNKNOWN
            self.error = ErrorDetails(
                "it was created, but the journal could not be written and says that the outcome is unknown"
            )

    def on_progress(self, progress: Progress) -> None:
        """Note how far the build is."""
        self.progress = progress
        self.machine = progress.virtual_machine or self.machine

    def on_started(self, machine: VirtualMachine) -> None:
        """Note that its machine is started."""
        self.outcome, self.machine = Outcome.CREATED, machine
        self.started_after_s = self.progress.elapsed_s if self.progress is not None else None

    def on_error(self, error: VmspecError) -> None:
        """Note the error that submitting, or waiting after that, ended with."""
        is_rerun = self.key is not None and self.is_document  # the way to look it up
        message = error.message if isinstance(error, OutcomeUnknownError) and is_rerun else str(error)
        message = self._redact(message)
        is_refused = isinstance(error, ApiError) and error.status in (401, 403)
        is_earlier = self.submission is not None and not self.submission.is_new
        is_earlier = is_earlier or (not self.is_document and self.submission_id is not None)
        self.is_lookup_refused = is_refused and is_earlier
        if self.submission is None or isinstance(error, BuildFailedError | MachineGoneError):
            is_unread = isinstance(error, JournalError) and self.is_sent
            if not (self.is_lookup_refused or is_unread):
                self.outcome = outcome_of(error)
        else:  # the build goes on, whether it can be watched or not
            self.outcome = Outcome.BUILDING
            if isinstance(error, RefusedError):
                is_unseen = error.status == 404
                state = (
                    "its build is not visible any more"
                    if is_unseen
                    else "the build goes on, but cannot be watched"
                )
                message = f"{state}: {message}"
        self.error = ErrorDetails(message)
        match error:
            case ApiError():
                self.error = ErrorDetails(
                    message,
                    code=self._redact(error.code) if error.code else None,
                    request_id=self._redact(error.request_id) if error.request_id else None,
                    is_journalled=error.journalled,
                )
            case BuildError():
                self.build_id = self.build_id or error.build_id
                self.task_id = self.task_id or error.task_id
            case _:
                return
        if not isinstance(error, KeyInUseError):  # which names the submission of another document
            self.submission_id = self.submission_id or error.submission_id
            self.annotations = self.annotations or error.annotations
        if isinstance(error, OutcomeUnknownError):
            self.unknown_cause = error.cause
        if isinstance(error, SeveralMachinesError):
            self.duplicates = error.machines

    def on_interruption(self, entry: Entry | None = None) -> None:
        """Note that the command ends before more is known; ``entry`` is the journal's, of its key."""
        if self.error is not None:
            return
        if self.outcome is Outcome.NOT_SENT and entry is not None:
            self.recall(entry)
        match self.outcome:
            case Outcome.BUILDING if self.progress is not None and self.progress.phase == "unseen":
                self.error = ErrorDetails("interrupted; the build was not visible yet")
            case Outcome.BUILDING:
                self.error = ErrorDetails("interrupted; the build goes on")
            case Outcome.UNKNOWN:
                self.error = ErrorDetails("interrupted; a machine may have been made")
            case Outcome.NOT_SENT:
                self.error = ErrorDetails("interrupted before it was sent")
            case _:
                pass

    def forget_details(self) -> None:
        """Drop what takes memory, once the result is written."""
        self.spec = None
        if self.error is None:
            self.submission = self.progress = self.machine = None
            self.annotations = {}

    def recall(self, entry: Entry) -> None:
        """Take over what the journal knows."""
        self.outcome = entry.info.outcome
        self.submission_id, self.annotations = entry.id, entry.annotations
        self.build_id, self.task_id = entry.build_id, entry.task_id
        self.hostname = entry.hostname or self.hostname

    def _redact(self, text: str) -> str:
        """The API may repeat what it was sent."""
        return text if self.spec is None else redact(text, secrets_of(self.spec))
