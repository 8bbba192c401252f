"""Answers of the API, as values; only what vmspec needs of them is kept, and no password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

from vmspec.katapult.journal.states import Outcome


@frozen(kw_only=True)
class Task:
    """The work behind a build; ``progress`` is 0 to 100, and None where the answer does not tell."""

    id: str
    name: str
    status: str
    progress: int | None = None


@frozen(kw_only=True)
class VirtualMachine:
    """A virtual machine; a row of a list has neither state nor annotations, a build no addresses."""

    id: str
    hostname: str
    fqdn: str
    state: str | None = None
    created_at: int | None = None
    addresses: tuple[str, ...] = ()
    annotations: Mapping[str, str] | None = field(default=None, hash=False)


@frozen(kw_only=True)
class PolicyLimit:
    """A limit of an organization, and how much of it is used; None where the API does not tell."""

    limit: int
    current: int | None = None


@frozen(kw_only=True)
class Build:
    """The build of an accepted spec; ``virtual_machine`` is None until it exists.

    ``spec_xml`` is the spec as the API stores it, and holds the secrets that were in the one sent.
    """

    id: str
    state: str
    virtual_machine: VirtualMachine | None = None
    spec_xml: str | None = field(default=None, repr=False)
    created_at: int | None = None
    annotations: Mapping[str, str] = field(factory=dict, hash=False)


@frozen(kw_only=True)
class Submission:
    """One wish for one virtual machine, and what became of it.

    ``annotations`` are those sent with it, vmspec's own among them. ``warnings`` are sentences about
    an answer that was good enough and yet not as documented.
    """

    id: str
    outcome: Outcome = Outcome.CREATED
    build: Build | None = None
    virtual_machine: VirtualMachine | None = None
    task: Task | None = None
    hostname: str | None = None
    annotations: Mapping[str, str] = field(factory=dict, hash=False)
    request_id: str | None = None
    warnings: tuple[str, ...] = ()
    journalled: bool = True
    """False where the journal could not be told: it still says that the outcome is unknown."""
    is_new: bool = True
    """False where an earlier call created it, and this one sent nothing."""

    @property
    def build_id(self) -> str | None:
        """The id of the build; None for a machine that was adopted without one."""
        return self.build.id if self.build is not None else None


Phase: TypeAlias = Literal["held", "looking", "unseen", "building"]
"""``held``: another process sends it. ``looking``: the outcome is unknown, its machine is looked for.
``unseen``: what is waited for is the id of a build, and no such build is visible yet."""


@frozen(kw_only=True)
class Progress:
    """Progress of a submission; ``task`` is None where the token may not read tasks."""

    elapsed_s: float
    phase: Phase = "building"
    left_s: float | None = None
    """Seconds left of the time for this phase."""
    submission_id: str | None = None
    hostname: str | None = None
    build: Build | None = None
    task: Task | None = None
    virtual_machine: VirtualMachine | None = None
