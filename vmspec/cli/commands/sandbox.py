"""``vmspec sandbox``: a Katapult on this machine, until Ctrl-C."""

from __future__ import annotations

import errno
import gc
import threading
from contextlib import ExitStack

import click

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import echo, echo_err, flush, print_error
from vmspec.cli.signals import terminable
from vmspec.errors import VmspecError
from vmspec.sandbox import RunningSandbox, running
from vmspec.text import printable


@click.command("sandbox")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="By default any free one, a new one each time."
)
def command(port: int) -> int:
    """Run a Katapult on this machine, for trying and testing.

    Prints what to paste into another shell, then each request, until Ctrl-C. No real machine is made,
    and those it makes are gone when it ends.
    """
    gc.enable()  # off for short runs, but this one may be long
    with terminable(), ExitStack() as stack:
        try:
            api = stack.enter_context(running(port=port, log=_log))
        except VmspecError as error:
            print_error(str(error))
            return ExitCode.USAGE_ERROR
        except OSError as error:
            print_error(_why_not(port, error))
            return ExitCode.USAGE_ERROR
        _introduce(api)
        threading.Event().wait()
    return ExitCode.OK


def _introduce(api: RunningSandbox) -> None:
    echo_err("sandbox: paste these into the shell that submits; Ctrl-C ends it")
    echo(f"export KATAPULT_API_URL={api.url}")
    echo(f"export KATAPULT_ORGANIZATION={api.organization}")
    echo(f"export KATAPULT_API_KEY={api.token}")
    flush()


def _log(method: str, path: str, status: int) -> None:
    echo_err(printable(f"{method} {path} {status}"))


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken; give another one, or leave --port out"
    return f"port {port}: {error.strerror or error}"
