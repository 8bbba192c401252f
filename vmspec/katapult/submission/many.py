"""Batches of submissions, new ones and those that were sent before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from vmspec.errors import ClashError, ConfigurationError, DocumentError, LimitExceededError
from vmspec.katapult.arguments import (
    check_most,
    check_seconds,
    check_text,
    check_texts,
    check_until,
    check_wanted,
)
from vmspec.katapult.patterns import is_submission_id
from vmspec.katapult.records import Submission, VirtualMachine
from vmspec.katapult.submission.batch import CONCURRENCY, Batch, Start
from vmspec.katapult.submission.create import Unsettled
from vmspec.katapult.submission.operation import JournalGet, Operation, Session, note
from vmspec.katapult.submission.record import recall
from vmspec.katapult.submission.request import SubmitRequest, check_annotations, text_of
from vmspec.katapult.submission.submit import create
from vmspec.katapult.submission.wait import Until
from vmspec.model.claims import Claim, claims_of
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec


def submit_batch(
    session: Session,
    specs: Mapping[str, VirtualMachineSpec | str],
    key: str | Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    ids: Mapping[str, str] | None = None,
    *,
    timeout_s: float,
    poll_s: float | None,
    settle_s: float,
    until: Until = "started",
    max_failures: int | None = None,
    max_machines: int | None = None,
    machines: Mapping[str, VirtualMachine] | None = None,
    concurrency: int = CONCURRENCY,
) -> Batch:
    """Return the batch of new submissions; raise an error for arguments by which nothing may be sent.

    ``ids`` are the submission ids of a plan, which serve as keys, too.
    """
    annotations = {} if annotations is None else annotations
    check_annotations(annotations)
    _check_times(timeout_s, poll_s, settle_s, until)
    check_most(max_failures=max_failures, max_machines=max_machines)
    keys = dict(ids) if ids is not None else keys_of(specs, key)
    if max_machines is not None and len(specs) > max_machines:
        raise LimitExceededError(
            f"nothing was sent: {len(specs)} machines are more than the limit of {max_machines}"
        )
    if clashes := find_clashes(specs):
        raise ClashError(clashes)
    shared = session.new_id() if len(specs) > 1 else None

    def start(name: str, found: Mapping[str, VirtualMachine] | None) -> Operation[Submission | Unsettled]:
        xml, hostname = text_of(specs[name])
        request = SubmitRequest(
            xml=xml,
            hostname=hostname,
            key=keys.get(name),
            annotations=annotations,
            timeout_s=timeout_s,
            settle_s=settle_s,
            queues=True,
            batch=shared,
            submission_id=None if ids is None else ids[name],
        )
        return create(session, request, found)

    return Batch(
        session=session,
        starts={name: partial(start, name) for name in specs},
        keys=keys if len(specs) > 1 else {},
        timeout_s=timeout_s,
        settle_s=settle_s,
        poll_s=poll_s,
        until=until,
        max_failures=max_failures,
        machines=machines,
        concurrency=concurrency,
        checks_limits=len(specs) > 1,
    )


def follow_batch(
    session: Session,
    wanted: Mapping[str, Submission | str],
    *,
    timeout_s: float,
    poll_s: float | None,
    settle_s: float,
    until: Until = "started",
) -> Batch:
    """Return the batch of submissions and builds that were sent before."""
    _check_times(timeout_s, poll_s, settle_s, until)
    for each in wanted.values():
        if isinstance(each, Submission) or not is_submission_id(each):
            check_wanted(each)

    def start(wish: Submission | str, _: object) -> Operation[Submission | Unsettled | str]:
        if isinstance(wish, str):
            is_recorded = (yield from note(JournalGet(wish))) is not None
            if is_recorded or is_submission_id(wish):
                return (yield from recall(session, wish))
        return wish

    starts: dict[str, Start] = {name: partial(start, wish) for name, wish in wanted.items()}
    return Batch(
        session=session,
        starts=starts,
        timeout_s=timeout_s,
        settle_s=settle_s,
        poll_s=poll_s,
        until=until,
        is_created=True,
    )


def _check_times(timeout_s: float, poll_s: float | None, settle_s: float, until: str) -> None:
    check_seconds(timeout_s=timeout_s, settle_s=settle_s)
    if poll_s is not None:
        check_seconds(poll_s=poll_s)
    check_until(until)


def keys_of(specs: Mapping[str, object], key: str | Mapping[str, str] | None) -> dict[str, str]:
    """Return the key of each spec that has one, by name."""
    if key is None:
        return {}
    if isinstance(key, Mapping):
        check_texts("keys", key)
        return {name: key[name] for name in specs if name in key}
    check_text("a key", key)
    if not key:
        raise ConfigurationError("the key is empty; leave it out, or give one")
    return {name: f"{key}/{name}" for name in specs}


def find_clashes(specs: Mapping[str, VirtualMachineSpec | str]) -> list[str]:
    """Return a sentence for each hostname and IP address that two specs claim, or one claims twice."""
    claims: dict[str, tuple[Claim, list[str]]] = {}
    for name, spec in specs.items():
        for claim in _claims(spec):
            claims.setdefault(claim.key, (claim, []))[1].append(printable(name))
    return [
        f"{printable(claim.text)} is claimed by {' and by '.join(names)}"
        for claim, names in claims.values()
        if len(names) > 1
    ]


def _claims(spec: VirtualMachineSpec | str) -> Iterable[Claim]:
    if isinstance(spec, str):
        from vmspec.documents import loads

        try:
            spec = loads(spec, "xml")
        except DocumentError:  # the API decides about it
            return ()
    return claims_of(spec)
