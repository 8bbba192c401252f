"""Every exception of vmspec.

VmspecError
├── DocumentError               a document that is no spec; carries ``findings``
│   ├── MalformedDocumentError      not XML, JSON or YAML as vmspec reads them
│   └── UnexpectedContentError      well formed, but not what the grammar allows
├── SpecError                   a value the format cannot hold
├── InvalidSpecError            a spec that breaks rules; carries ``findings``
├── SubmissionError             a submission that is not on record, or does not stand as is needed
├── ClashError                  specs of one batch that cannot all be built; carries ``clashes``
├── ConfigurationError          a key, organization, address or certificate that is missing or of no use
├── ApiError                    submission and reading; carries code, status, request id
│   ├── NotSentError                nothing was sent; may be tried again
│   │   ├── JournalError                the journal cannot be read or written
│   │   └── KeyInUseError               the key belongs to another spec
│   ├── RefusedError                the API said no; one subclass per kind of no
│   │   ├── InvalidSpecXMLError         400 invalid_spec_xml
│   │   ├── MissingApiTokenError        400 missing_api_token
│   │   ├── InvalidApiTokenError        403 invalid_api_token
│   │   ├── ScopeNotGrantedError        403 scope_not_granted
│   │   ├── PermissionDeniedError       403 permission_denied
│   │   ├── OrganizationSuspendedError  403 organization_suspended
│   │   ├── OrganizationNotActivatedError  403 organization_not_activated
│   │   ├── UnauthorizedNetworkError    403 unauthorized_network_for_api_token
│   │   ├── OrganizationNotFoundError   404 organization_not_found
│   │   └── ValidationRefusedError      422 validation_error
│   ├── RateLimitedError            429, until the deadline; nothing was made
│   ├── OutcomeUnknownError         a machine may have been made; do not repeat
│   │   └── SeveralMachinesError        an alarm: more than one machine carries the submission's id
│   └── UnexpectedAnswerError       a read that got no answer, or one that is not Katapult's
└── BuildError                  waiting; carries the ids of what was waited for
    ├── BuildFailedError            the build ended as failed
    └── BuildTimeoutError           still building at the deadline
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vmspec.findings import Finding


class VmspecError(Exception):
    """The root: whatever vmspec raises on purpose is one of these."""


class _WithFindings(VmspecError):
    """An error that is made of findings; its text is one line for each."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(self.findings)

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


class DocumentError(_WithFindings):
    """A document that cannot be read as a spec; ``findings`` says all that is wrong, with places."""


class MalformedDocumentError(DocumentError):
    """The text is not XML, JSON or YAML of the kind vmspec reads (see docs/documents.md)."""


class UnexpectedContentError(DocumentError):
    """The text is well formed but holds what a VirtualMachineSpec does not allow."""


class SpecError(VmspecError, ValueError):
    """A value the format cannot hold, refused when the object is made."""


class InvalidSpecError(_WithFindings):
    """A spec the grammar allows and the rules do not; ``findings`` holds every finding."""


class ClashError(VmspecError):
    """Specs of one batch that claim the same hostname or IP address; found before any byte is sent.

    ``clashes`` has a sentence for each of them.
    """

    def __init__(self, clashes: Sequence[str]) -> None:
        super().__init__("; ".join(clashes))
        self.clashes = tuple(clashes)


class SubmissionError(VmspecError):
    """A submission that is not on record, or does not stand so that it could be done what was asked."""


class ConfigurationError(VmspecError):
    """A setting of the client that is missing or cannot be used; found before any byte is sent."""


class ApiError(VmspecError):
    """What went wrong between vmspec and the API; the text is safe to show on a terminal.

    Of a submission it carries ``submission_id`` and the ``annotations`` that were sent with it.
    """

    journalled: bool = True
    """False where nothing was made, but the journal could not be told: it says it is unknown."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        submission_id: str | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.request_id = request_id
        self.submission_id = submission_id
        self.annotations = dict(annotations or {})


class NotSentError(ApiError):
    """Nothing was sent: no machine was made, and trying again is safe."""


class JournalError(NotSentError):
    """The journal of submissions cannot be read or written, so nothing was sent."""


class KeyInUseError(NotSentError):
    """The key belongs to a submission of another spec: choose another one, or abandon that submission."""


class RefusedError(ApiError):
    """The API said no: nothing was made, and the same request would be refused again."""


class InvalidSpecXMLError(RefusedError):
    """400 ``invalid_spec_xml``: the document is not what the API takes for a spec."""


class MissingApiTokenError(RefusedError):
    """400 ``missing_api_token``: no token arrived."""


class InvalidApiTokenError(RefusedError):
    """403 ``invalid_api_token``: the token is wrong, or no longer valid."""


class ScopeNotGrantedError(RefusedError):
    """403 ``scope_not_granted``: the token may not do this; building needs the scope ``virtual_machines``."""


class PermissionDeniedError(RefusedError):
    """403 ``permission_denied``: the token's owner may not do this."""


class OrganizationSuspendedError(RefusedError):
    """403 ``organization_suspended``."""


class OrganizationNotActivatedError(RefusedError):
    """403 ``organization_not_activated``."""


class UnauthorizedNetworkError(RefusedError):
    """403 ``unauthorized_network_for_api_token``: the token may not be used from this network."""


class OrganizationNotFoundError(RefusedError):
    """404 ``organization_not_found``: no organization of this id or sub-domain, for this token."""


class ValidationRefusedError(RefusedError):
    """422 ``validation_error``: a spec the API can read and cannot build."""


class RateLimitedError(ApiError):
    """429 until the deadline: nothing was made, and trying again later is safe."""


class OutcomeUnknownError(ApiError):
    """The spec was sent and no verdict came back: a machine may have been made; do not repeat.

    ``cause`` is one of ``time_out``, ``connection_lost``, ``cut_answer``, ``answer_too_large``,
    ``foreign_answer``, ``server_error``, ``interrupted``, and ``held`` where another process is sending it.
    Of a submission that is looked for again it may also be ``abandoned``, or ``not_on_record``, where
    nothing says that it was sent.
    """

    def __init__(
        self,
        message: str,
        *,
        cause: str = "connection_lost",
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        submission_id: str | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            message,
            code=code,
            status=status,
            request_id=request_id,
            submission_id=submission_id,
            annotations=annotations,
        )
        self.cause = cause

    def __str__(self) -> str:
        text = super().__str__()
        if self.submission_id is None or self.cause in ("abandoned", "not_on_record"):
            return text
        return f"{text}: do not submit it again before submission {self.submission_id} has been looked for"


class SeveralMachinesError(OutcomeUnknownError):
    """More machines than one carry the id of one submission; ``machines`` are their ids.

    vmspec does not make this happen: look at each, and delete those that nobody wants.
    """

    machines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ApiError.__str__(self)


class UnexpectedAnswerError(ApiError):
    """A read that got no answer, or one that is not Katapult's; reading again is safe."""


class BuildError(VmspecError):
    """The waiting ended without a started machine; what is known of the create stays as it was."""

    def __init__(
        self,
        message: str,
        *,
        build_id: str | None = None,
        task_id: str | None = None,
        virtual_machine_id: str | None = None,
        submission_id: str | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.annotations = dict(annotations or {})
        self.build_id = build_id
        self.task_id = task_id
        self.virtual_machine_id = virtual_machine_id
        self.submission_id = submission_id


class BuildFailedError(BuildError):
    """The API ended the build as failed."""


class BuildTimeoutError(BuildError):
    """Not started at the deadline; the build goes on, and waiting again is safe."""
