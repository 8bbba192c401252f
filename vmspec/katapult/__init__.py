"""The Katapult API: from a spec to a started machine.

from vmspec.katapult import Katapult

with Katapult.from_environment() as katapult:
    submission = katapult.submit(spec)
    vm = katapult.wait(submission)
"""

from vmspec.katapult.client import AsyncKatapult, Katapult
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine

__all__ = ["AsyncKatapult", "Build", "Katapult", "Progress", "Submission", "Task", "VirtualMachine"]
