"""``vmspec sandbox``: a Katapult on this machine, until Ctrl-C."""

from __future__ import annotations

import errno
import gc
import threading
from contextlib import ExitStack

import click

from vmspec.cli.exits import ExitCode
from vmspec.cli.interruption import terminable
from vmspec.cli.streams import complain, flush, talk, tell
from vmspec.errors import VmspecError
from vmspec.sandbox import RunningSandbox, running
from vmspec.terminal import printable


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
            complain(str(error))
            return ExitCode.WRONG_USE
        except OSError as error:
            complain(_why_not(port, error))
            return ExitCode.WRONG_USE
        _introduce(api)
        threading.Event().wait()
    return ExitCode.FINE


def _introduce(api: RunningSandbox) -> None:
    talk("sandbox: paste these into the shell that submits; Ctrl-C ends it")
    tell(f"export KATAPULT_API_URL={api.url}")
    tell(f"export KATAPULT_ORGANIZATION={api.organization}")
    tell(f"export KATAPULT_API_KEY={api.token}")
    flush()


def _log(method: str, path: str, status: int) -> None:
    talk(printable(f"{method} {path} {status}"))


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken; give another one, or leave --port out"
    return f"port {port}: {error.strerror or error}"
