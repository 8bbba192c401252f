"""Following submissions and builds that were sent before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import evolve

from vmspec.errors import VmspecError
from vmspec.katapult.patterns import UUID as SUBMISSION_ID
from vmspec.katapult.records import Submission
from vmspec.katapult.submission import on_record
from vmspec.katapult.submission.batch import MOST_OPEN, Batch, BatchOptions, Result, broken_off
from vmspec.katapult.submission.operation import Announce, Interruption, Operation, Session
from vmspec.katapult.submission.wait import wait


class FollowBatch(Batch):
    """Submissions and builds that were sent before: looked for where unknown, then waited for."""

    wanted: Mapping[str, Submission | str]

    @classmethod
    def of(cls, conversation: Session, terms: BatchOptions, wanted: Mapping[str, Submission | str]) -> Self:
        batch = cls(conversation, terms, dict.fromkeys(wanted, ""), concurrency=MOST_OPEN)
        batch.wanted = wanted
        return batch

    def _exchange(self, name: str) -> Operation[Result]:
        return _from_record_to_machine(self.conversation, name, self.wanted[name], self.terms)


def _from_record_to_machine(
    conversation: Session, name: str, wanted: Submission | str, terms: BatchOptions
) -> Operation[Result]:
    result = Result(name=name)
    try:
        if isinstance(wanted, str) and SUBMISSION_ID.fullmatch(wanted):
            wanted = yield from on_record.reconcile(
                conversation, terms.api_url, terms.organization, wanted, terms.settle_s
            )
        if isinstance(wanted, Submission):
            result = evolve(result, submission=wanted, virtual_machine=wanted.virtual_machine)
            yield Announce(wanted)
        if terms.poll_s is not None:
            machine = yield from wait(conversation, wanted, terms.timeout_s, terms.poll_s)
            result = evolve(result, virtual_machine=machine)
    except GeneratorExit:
        raise
    except VmspecError as error:
        result = evolve(result, error=error)
    except Interruption as interruption:
        result = broken_off(result, interruption.cause)
    except BaseException as error:  # noqa: BLE001 - told as the result of this one
        result = broken_off(result, error)
    return result
