"""The exceptions that vmspec raises::

    VmspecError
    ├── DocumentError                   a document that is not a valid spec; has ``findings``
    │   ├── MalformedDocumentError          not the XML, JSON or YAML that vmspec reads
    │   └── UnexpectedContentError          well formed, but not what the grammar allows
    ├── SpecError                       a value that the format cannot hold
    ├── InvalidSpecError                a spec that breaks rules; has ``findings``
    ├── ConfigurationError              a missing or unusable setting
    ├── SubmissionError                 an unknown submission, or one in the wrong state
    ├── ClashError                      specs of one batch that claim the same thing; has ``clashes``
    ├── ApiError                        a request to the API failed; has code, status and request id
    │   ├── NotSentError                    nothing was sent; safe to retry
    │   │   ├── JournalError                    the journal cannot be read or written
    │   │   │   └── ConnectionLostError             the connection to its database was lost
    │   │   ├── KeyInUseError                   the key belongs to another spec
    │   │   ├── LimitExceededError              more machines than allowed
    │   │   └── PlanError                       a plan that must not be applied
    │   ├── RefusedError                    the API refused; nothing was created
    │   │   ├── InvalidSpecXMLError             400 invalid_spec_xml
    │   │   ├── MissingApiTokenError            400 missing_api_token
    │   │   ├── InvalidApiTokenError            403 invalid_api_token
    │   │   ├── ScopeNotGrantedError            403 scope_not_granted
    │   │   ├── PermissionDeniedError           403 permission_denied
    │   │   ├── OrganizationSuspendedError      403 organization_suspended
    │   │   ├── OrganizationNotActivatedError   403 organization_not_activated
    │   │   ├── UnauthorizedNetworkError        403 unauthorized_network_for_api_token
    │   │   ├── OrganizationNotFoundError       404 organization_not_found
    │   │   └── ValidationRefusedError          422 validation_error
    │   ├── RateLimitedError                429 until the deadline; nothing was created
    │   ├── OutcomeUnknownError             a machine may have been created; do not retry
    │   │   └── SeveralMachinesError            more than one machine has the submission's id
    │   └── UnexpectedAnswerError           a read failed; safe to retry
    └── BuildError                      waiting ended without a started machine; has the ids
        ├── BuildFailedError                the build failed
        ├── MachineGoneError                the machine no longer exists
        └── BuildTimeoutError               still building at the deadline

SpecWarning, a UserWarning, is not an exception of a failure: it is a finding that building a spec lets pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, field

from vmspec.text import machine_prefix

if TYPE_CHECKING:
    from vmspec.findings import Finding


class VmspecError(Exception):
    """Base class of all exceptions that vmspec raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args), self.__dict__


def _restore(cls: type[VmspecError], args: tuple[object, ...]) -> VmspecError:
    """Return a pickled or copied error without calling ``__init__``, whose arguments are not ``args``."""
    error = cls.__new__(cls)
    error.args = args
    return error


class _ErrorWithFindings(VmspecError):
    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(self.findings)

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


class DocumentError(_ErrorWithFindings):
    """A document that cannot be read as a spec; ``findings`` says everything that is wrong, and where."""


class MalformedDocumentError(DocumentError):
    """Text that is not the XML, JSON or YAML that vmspec reads (see docs/reference/documents.md)."""


class UnexpectedContentError(DocumentError):
    """A well-formed document with content that a VirtualMachineSpec does not allow."""


class SpecError(VmspecError, ValueError):
    """A value that the format cannot hold, rejected when the object is created."""


class InvalidSpecError(_ErrorWithFindings):
    """A spec that the grammar allows but the rules do not; ``findings`` has every finding."""

    def __init__(self, findings: Sequence[Finding], hostname: str | None = None) -> None:
        super().__init__(findings)
        self.hostname = hostname
        """The hostname of the spec; None for a random one."""

    def __str__(self) -> str:
        return "\n".join(f"{machine_prefix(self.hostname)}{finding}" for finding in self.findings)


class SpecWarning(UserWarning):
    """A finding that ``VM.build`` lets pass; the text begins with the hostname."""


class ConfigurationError(VmspecError):
    """A setting that is missing or unusable, detected before anything is sent."""


class SubmissionError(VmspecError):
    """A submission that is not in the journal, or whose state does not allow the operation."""


class ClashError(VmspecError):
    """Specs of one batch that claim the same hostname or IP address, detected before anything is sent.

    ``clashes`` has one sentence for each.
    """

    def __init__(self, clashes: Sequence[str]) -> None:
        self.clashes = tuple(clashes)
        super().__init__(self.clashes)

    def __str__(self) -> str:
        return "; ".join(self.clashes)


def _copied(annotations: Mapping[str, str]) -> Mapping[str, str]:
    return dict(annotations)


@define(slots=False, kw_only=True, eq=False)
class _RemoteError(VmspecError):
    message: str = field(kw_only=False)
    submission_id: str | None = None
    annotations: Mapping[str, str] = field(factory=dict, converter=_copied)
    """The annotations sent with the submission."""

    def __str__(self) -> str:
        return self.message


@define(slots=False, kw_only=True, eq=False)
class ApiError(_RemoteError):
    """A failed request to the API; the text is safe to show on a terminal."""

    code: str | None = None
    """The error code in the API's answer."""
    status: int | None = None
    """The HTTP status."""
    request_id: str | None = None
    """The id under which Katapult logged the request."""
    journalled: bool = True
    """False if nothing was created but the journal, which could not be written, says "unknown"."""


class NotSentError(ApiError):
    """A request that was not sent: no machine was created, and retrying is safe."""


class JournalError(NotSentError):
    """A journal of submissions that cannot be read or written; nothing was sent."""


class ConnectionLostError(JournalError):
    """A step of the journal of which it is not known whether its database has carried it out."""


class KeyInUseError(NotSentError):
    """A key that belongs to a submission of another spec: choose another key, or abandon that submission."""


class LimitExceededError(NotSentError):
    """More machines than the caller or the organization's policy allows, detected before anything is sent."""


class PlanError(NotSentError):
    """A plan that must not be applied: used, for another organization, or with files that have changed."""


class RefusedError(ApiError):
    """A refusal by the API: nothing was created, and the same request would be refused again."""


class InvalidSpecXMLError(RefusedError):
    """400 ``invalid_spec_xml``: the API does not accept the document as a spec."""


class MissingApiTokenError(RefusedError):
    """400 ``missing_api_token``: the request had no token."""


class InvalidApiTokenError(RefusedError):
    """403 ``invalid_api_token``: the token is wrong or no longer valid."""


class ScopeNotGrantedError(RefusedError):
    """403 ``scope_not_granted``: the token lacks a scope; building needs ``virtual_machines``."""


class PermissionDeniedError(RefusedError):
    """403 ``permission_denied``: the owner of the token lacks the permission."""


class OrganizationSuspendedError(RefusedError):
    """403 ``organization_suspended``: the organization is suspended."""


class OrganizationNotActivatedError(RefusedError):
    """403 ``organization_not_activated``: the organization is not activated yet."""


class UnauthorizedNetworkError(RefusedError):
    """403 ``unauthorized_network_for_api_token``: the token must not be used from this network."""


class OrganizationNotFoundError(RefusedError):
    """404 ``organization_not_found``: the token's owner has no organization of this id or subdomain."""


class ValidationRefusedError(RefusedError):
    """422 ``validation_error``: the API can read the spec but not build it."""


class RateLimitedError(ApiError):
    """429 until the deadline: nothing was created, and retrying later is safe."""


@define(slots=False, kw_only=True, eq=False)
class OutcomeUnknownError(ApiError):
    """A spec that was sent without a conclusive answer: a machine may have been created; do not retry."""

    cause: str = "connection_lost"
    """``time_out``, ``connection_lost``, ``cut_answer``, ``answer_too_large``, ``foreign_answer``,
    ``server_error``, ``interrupted``, or ``held`` if another process is sending the spec.

    When a submission is looked up again, also ``abandoned``, or ``not_on_record`` if the journal does not
    say that the spec was sent.
    """

    def __str__(self) -> str:
        if self.submission_id is None or self.cause in ("abandoned", "not_on_record"):
            return self.message
        submission = f"submission {self.submission_id}"
        return f"{self.message}: do not submit it again before {submission} has been looked up"


@define(slots=False, kw_only=True, eq=False)
class SeveralMachinesError(OutcomeUnknownError):
    """More than one machine with the id of one submission.

    vmspec does not cause this. Look at each machine, and delete those that nobody needs.
    """

    machines: tuple[str, ...] = ()
    """The ids of the machines."""

    def __str__(self) -> str:
        return self.message


class UnexpectedAnswerError(ApiError):
    """A read without an answer, or with one that is not from Katapult; reading again is safe."""


@define(slots=False, kw_only=True, eq=False)
class BuildError(_RemoteError):
    """A wait that ended without a started machine; the outcome of the create request is unaffected."""

    build_id: str | None = None
    task_id: str | None = None
    virtual_machine_id: str | None = None


class BuildFailedError(BuildError):
    """A build that the API reports as failed."""


class MachineGoneError(BuildError):
    """A machine that no longer exists: it was deleted, or is in the trash."""


class BuildTimeoutError(BuildError):
    """A machine that had not started at the deadline; the build goes on, and waiting again is safe."""
