"""The Katapult API: from a spec to a started machine.

from vmspec.katapult import Katapult

with Katapult.from_environment() as katapult:
    submission = katapult.submit(spec)
    vm = katapult.wait(submission)
"""

from vmspec.katapult.client import AsyncKatapult, Katapult
from vmspec.katapult.journal import Entry, Journal
from vmspec.katapult.journal.sqlite import SQLiteJournal
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine
from vmspec.katapult.submission.batch import Result

__all__ = [
    "AsyncKatapult",
    "Build",
    "Entry",
    "Journal",
    "Katapult",
    "Progress",
    "Result",
    "SQLiteJournal",
    "Submission",
    "Task",
    "VirtualMachine",
]
