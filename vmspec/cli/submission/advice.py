"""Errors and warnings of jobs, grouped by cause, and advice on how to go on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import define, field, frozen

from vmspec.cli.submission.connection import ConnectionOptions
from vmspec.cli.submission.job import Job
from vmspec.katapult import Outcome
from vmspec.text import printable

MAX_NAMES = 3
"""Names listed of the jobs that have the same error."""
MAX_IDS = 8
"""Ids in one command."""
NOT_SENT = "nothing was sent: "

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[a-z]+_[A-Za-z0-9]{16}\b")


@define
class ErrorGroups:
    """Errors and warnings by cause: the first is printed at once, the others are counted until the end.

    Errors of specs that were not sent can all wait until the end.
    """

    _groups: dict[tuple[Outcome, str], list[Job]] = field(init=False, factory=dict)
    _warnings: dict[str, list[Job]] = field(init=False, factory=dict)

    def add(self, job: Job) -> str | None:
        """Return the line to print now, if any."""
        if job.error is None:
            return None
        group = self._groups.setdefault((job.outcome, _ID.sub("", job.error.message)), [])
        group.append(job)
        is_first = len(group) == 1 and job.outcome is not Outcome.NOT_SENT
        return _error_line(job) if is_first else None

    def warn(self, job: Job, warning: str) -> str | None:
        """Return the line of a warning to print now, if any."""
        group = self._warnings.setdefault(_ID.sub("", warning), [])
        group.append(job)
        return f"warning: {job.name}: {printable(warning)}" if len(group) == 1 else None

    def rest(self) -> Iterator[str]:
        """Yield the lines to print at the end."""
        for _, *warned in self._warnings.values():
            if warned:
                yield f"warning: the same for {_names(warned)}"
        for (outcome, _), group in self._groups.items():
            first, *others = group
            if outcome is not Outcome.NOT_SENT:
                if others:
                    yield f"error: {len(others)} more for the same reason: {_names(others)}"
            elif not others:
                yield _error_line(first)
            elif first.error is not None:
                reason = printable(first.error.message.removeprefix(NOT_SENT))
                yield f"error: {len(group)} specs were not sent: {reason}: {_names(group)}"


def _error_line(job: Job) -> str:
    return f"error: {job.name}: {printable(job.error.message if job.error else '')}"


def _names(jobs: Sequence[Job]) -> str:
    more = f" and {len(jobs) - MAX_NAMES} more" if len(jobs) > MAX_NAMES else ""
    return ", ".join(job.name for job in jobs[:MAX_NAMES]) + more


@frozen
class Step:
    """Next step for a job that did not end well."""

    sentence: str = ""
    command: tuple[str, ...] = ()
    """Words of the command to run, before the ids."""


NOTHING = Step()
RERUN = Step("to go on, run the same command again")
WAIT = Step("do not submit it again; to go on waiting:", ("wait",))
VANISHED = Step(
    "look for its machine in the organization; if it does not exist either, as when a sandbox was restarted,"
    " submit the spec with another --key"
)
LOOK_FOR_BUILD = Step(
    "a build may become visible only some time after it was accepted; to look for it again:", ("wait",)
)
BUILD_AGAIN = Step(
    "the key stays taken; to build it again under the same key, first run:", ("submissions", "abandon")
)
FREE_KEY = Step(
    "a rerun with the key would look for a machine that does not exist; to free the key:",
    ("submissions", "abandon"),
)
REPAIR_JOURNAL = Step(
    "do not submit it again without its key; once the journal can be written, go on with:", ("reconcile",)
)
CHOOSE = Step("check each of them and delete those that are not wanted; then run:", ("reconcile",))
LOOK = Step(
    "look for its machine after a minute, and again later; not finding it proves nothing:", ("reconcile",)
)
LOOK_OR_ABANDON = Step("look for its machine again later; not finding it proves nothing:", ("reconcile",))
ADOPT = Step(
    "there is nothing left to do; if its machine appears, delete it or adopt it with:", ("reconcile",)
)


def advice(jobs: Sequence[Job], connection: ConnectionOptions) -> Iterator[str]:
    """Yield lines that say what is known of jobs that did not end well, and how to go on."""
    groups: dict[Step, list[Job]] = {}
    for job in jobs:
        if (step := _step_of(job, connection)) is not None:
            groups.setdefault(step, []).append(job)
    for step, group in groups.items():
        if step is not FREE_KEY:
            yield from _known(group)
        if connection.is_sandbox:
            if group[0].outcome in (Outcome.UNKNOWN, Outcome.BUILDING):
                yield "  the sandbox, and what was built in it, is gone when this command ends"
            continue
        if step.sentence:
            yield f"  {step.sentence}"
        if step.command:
            yield f"    {_command(step, group, connection)}"
        if step is LOOK_OR_ABANDON:
            abandon = connection.journal_command("submissions", "abandon", *_ids(group))
            yield f"  once you are sure that it does not exist, give the submission up: {abandon}"


def _step_of(job: Job, connection: ConnectionOptions) -> Step | None:
    if job.error is None:
        return None
    match job.outcome:
        case Outcome.FAILED | Outcome.GONE:
            return NOTHING if job.key is None else BUILD_AGAIN
        case Outcome.BUILDING if job.error.code == "build_not_found":
            return VANISHED
        case Outcome.BUILDING if job.is_document and job.key is not None:
            return RERUN
        case Outcome.BUILDING if job.progress is not None and job.progress.phase == "unseen":
            return LOOK_FOR_BUILD
        case Outcome.BUILDING:
            return WAIT
        case Outcome.UNKNOWN:
            return _step_of_unknown(job)
        case _:
            is_known = job.error.is_journalled or job.key is None or connection.is_sandbox
            return None if is_known else FREE_KEY


def _step_of_unknown(job: Job) -> Step:
    if job.duplicates:
        return CHOOSE
    if job.submission is not None:
        return REPAIR_JOURNAL
    if job.unknown_cause == "abandoned":
        return ADOPT
    if job.is_document:
        return LOOK if job.key is None else RERUN
    return LOOK if job.unknown_cause in (None, "not_on_record") else LOOK_OR_ABANDON


def _known(group: Sequence[Job]) -> Iterator[str]:
    """Ids of a single job; those of several are in the results."""
    if len(group) > 1:
        yield f"  {len(group)} {group[0].outcome_words}: {_names(group)}"
        return
    job = group[0]
    known = {
        "submission": job.submission_id,
        "build": job.build_id,
        "virtual machine": job.machine.id if job.machine is not None else None,
        "hostname": job.hostname,
    }
    yield f"  {', '.join(f'{what} {printable(value)}' for what, value in known.items() if value)}"
    yield from (f"  {printable(machine)}" for machine in job.duplicates)


def _command(step: Step, group: Sequence[Job], connection: ConnectionOptions) -> str:
    words = step.command
    make = connection.journal_command if words[0] == "submissions" else connection.command
    if len(group) <= MAX_IDS:
        return make(*words, *_ids(group))
    if words == ("reconcile",):  # without ids it looks for all that are unknown
        return make(*words)
    return make(*words, "ID...") + "  # with the submission ids of the results"


def _ids(group: Sequence[Job]) -> list[str]:
    return [job.submission_id or job.build_id or "" for job in group]
