"""The command line: data on standard output, talk on standard error, and an exit code that tells.

One module per command, loaded when the command is used: ``vmspec.cli.app`` lists them.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output import console

COMPLETION = "_VMSPEC_COMPLETE"
"""Set by shells that complete a command line; see click's documentation."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line, that of this process where none is given, and returns its exit code.

    A process looks for garbage neither while it loads modules nor as it ends: there is none, and
    looking takes a fifth of a short run.
    """
    if arguments is not None:
        return _guarded(arguments)
    gc.disable()
    code = _guarded(sys.argv[1:])
    gc.freeze()
    return code


def _guarded(arguments: Sequence[str]) -> int:
    try:
        console.configure_streams()
        code = _run(arguments)
        console.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        console.discard_output()
        return ExitCode.BROKEN_PIPE
    except OSError as error:
        console.discard_output()
        console.print_error(error.strerror or str(error))
        return ExitCode.USAGE_ERROR
    except Exception as error:  # noqa: BLE001 - ours to mend; a traceback helps no user and may tell a secret
        console.discard_output()
        console.print_error(f"a mistake in vmspec itself: {_place_of(error)}; please report it")
        return ExitCode.USAGE_ERROR
    return code


def _run(arguments: Sequence[str]) -> int:
    import click

    from vmspec.cli.app import vmspec
    from vmspec.errors import VmspecError

    if COMPLETION in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(vmspec, {}, "vmspec", COMPLETION, os.environ[COMPLETION])
    try:  # not by click's own main, which would take a broken pipe for its own and end with 1
        with vmspec.make_context("vmspec", [*arguments]) as context:
            code: object = vmspec.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show(console.EscapingStream(sys.stderr))
        return error.exit_code
    except VmspecError as error:
        console.print_error(str(error))
        return ExitCode.FINDINGS
    return code if isinstance(code, int) else ExitCode.OK


def _place_of(error: Exception) -> str:
    """The kind of an error and where it was raised, without its words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{place}"
