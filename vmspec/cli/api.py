"""Commands that read from the API: their errors, and the exit codes for these."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import print_error
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.errors import ApiError, OutcomeUnknownError, RefusedError, VmspecError


def reads_api(command: Callable[..., int]) -> Callable[..., int]:
    """Make a command print errors of the API and return their exit code, and end quietly at Ctrl-C."""

    @wraps(command)
    def reading(*arguments: Any, **options: Any) -> int:
        with interrupt_on_sigterm():
            try:
                return command(*arguments, **options)
            except KeyboardInterrupt:
                return ExitCode.INTERRUPTED
            except VmspecError as error:
                print_error(str(error))
                return exit_code_of(error)

    return reading


def exit_code_of(error: VmspecError) -> ExitCode:
    """Return the exit code of an error that ended a command."""
    match error:
        case OutcomeUnknownError():
            return ExitCode.UNKNOWN
        case RefusedError():
            return ExitCode.REFUSED
        case ApiError():
            return ExitCode.NOT_SENT
        case _:
            return ExitCode.USAGE_ERROR
