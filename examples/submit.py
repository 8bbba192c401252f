"""Submit a spec, wait for its machine, and handle every outcome, on the sandbox.

For the real API use ``with Katapult.from_environment() as katapult:`` and the default ``poll_s``.
"""

import sys

from vmspec import VM, new_ipv4
from vmspec.errors import (
    BuildFailedError,
    BuildTimeoutError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
)
from vmspec.katapult import Katapult, Progress, SQLiteJournal
from vmspec.sandbox import running


def show(progress: Progress) -> None:
    if progress.build is not None:
        done = progress.task.progress if progress.task is not None else None
        print(f"{progress.elapsed_s:4.1f} s  {progress.build.state}  {done} %")


web = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04")
    .network("uk-lon-01-public", new_ipv4())
    .authorize(users="all", ssh_keys="all")
    .build()
)

with (
    running() as api,
    Katapult(
        token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
    ) as katapult,
):
    try:
        submission = katapult.submit(web, annotations={"team": "shop"})
        print(f"submission {submission.id}: {submission.hostname} is being built")
        machine = katapult.wait(submission, timeout_s=600, poll_s=0.3, on_progress=show)
    except RefusedError as error:
        sys.exit(f"no machine was created: {error}")
    except (NotSentError, RateLimitedError) as error:
        sys.exit(f"try again later: {error}")
    except OutcomeUnknownError as error:  # a machine may exist, so do not submit again
        sys.exit(str(error))
    except BuildFailedError as error:
        sys.exit(str(error))
    except BuildTimeoutError as error:  # the build continues
        sys.exit(f"wait again with katapult.wait({error.build_id!r}): {error}")

print(machine.fqdn, *machine.addresses, machine.state)
