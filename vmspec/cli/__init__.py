"""The command line: data on standard output, messages on standard error, and an exit code.

Each command is a module of ``vmspec.cli.commands``, loaded when it is used: ``vmspec.cli.app`` lists them.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output import console

COMPLETION = "_VMSPEC_COMPLETE"
"""Environment variable set by shells that complete a command line; see click's documentation."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of this process, and return its exit code.

    The garbage collector is off while modules load and while the process exits, when there is nothing
    to collect; this saves a fifth of a short run.
    """
    if arguments is not None:
        return _run_guarded(arguments)
    gc.disable()
    code = _run_guarded(sys.argv[1:])
    gc.freeze()
    return code


def _run_guarded(arguments: Sequence[str]) -> int:
    """Run a command line, and turn every exception into an exit code."""
    try:
        console.configure_streams()
        code = _run(arguments)
        console.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        console.discard_output()
        return ExitCode.BROKEN_PIPE
    except OSError as error:
        console.discard_output()
        with suppress(OSError):
            console.print_error(error.strerror or str(error))
        return ExitCode.USAGE_ERROR
    except Exception as error:  # noqa: BLE001 - a traceback might show a secret
        console.discard_output()
        with suppress(OSError):
            console.print_error(f"internal error in vmspec: {_origin_of(error)}; please report it")
        return ExitCode.USAGE_ERROR
    return code


def _run(arguments: Sequence[str]) -> int:
    import click

    from vmspec.cli.app import vmspec
    from vmspec.errors import ConfigurationError, VmspecError

    if COMPLETION in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(vmspec, {}, "vmspec", COMPLETION, os.environ[COMPLETION])
    try:  # not click's main, which ends with 1 for a broken pipe
        with vmspec.make_context("vmspec", [*arguments]) as context:
            code: object = vmspec.invoke(context)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show(console.EscapingStream(sys.stderr))
        return error.exit_code
    except VmspecError as error:
        console.print_error(str(error))
        return ExitCode.USAGE_ERROR if isinstance(error, ConfigurationError) else ExitCode.FINDINGS
    return code if isinstance(code, int) else ExitCode.OK


def _origin_of(error: Exception) -> str:
    """Return an error's type and where it was raised, without its message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{place}"
