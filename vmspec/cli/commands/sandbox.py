"""``vmspec sandbox``: a Katapult on this machine, until Ctrl-C."""

from __future__ import annotations

import errno
import gc
import shlex
import threading
from contextlib import ExitStack

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import echo, echo_err, flush, print_error
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.errors import VmspecError
from vmspec.sandbox import DEFAULT_SPEED, Catalogue, RunningSandbox, Sandbox, load_catalogue, running
from vmspec.text import printable

RATE_LIMIT = 1000
"""Requests a minute, as Katapult has it."""
MAX_SPEED = 1_000_000
"""At this speed a build takes less than a request."""


@click.command("sandbox")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; by default any free one."
)
@click.option(
    "--rate-limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=RATE_LIMIT,
    show_default=True,
    help="Requests answered within a minute.",
)
@click.option(
    "--speed",
    metavar="X",
    type=click.FloatRange(0, MAX_SPEED, min_open=True),
    default=DEFAULT_SPEED,
    show_default=True,
    help="Build X times as fast as Katapult.",
)
@click.option("--seed", metavar="TEXT", help="Seed of ids and random hostnames [default: random].")
@options.text("--catalogue", "FILE", "What the organization has; by default a few resources of each kind.")
def command(port: int, rate_limit: int, speed: float, seed: str | None, catalogue: str | None) -> int:
    """Print the settings to paste into another shell, then log each request, until Ctrl-C. It makes no
    real machines, and its own are gone when it ends. The API key is a random one, or that of
    VMSPEC_SANDBOX_TOKEN. FILE is JSON as `vmspec catalogue` writes it, or in the form of the API's lists.
    """
    gc.enable()  # off for short runs, but this one may be long
    with interrupt_on_sigterm(), ExitStack() as stack:
        try:
            known = Catalogue() if catalogue is None else load_catalogue(catalogue)
            sandbox = Sandbox(rate_limit=rate_limit, speed=speed, seed=seed, catalogue=known, strict=True)
            api = stack.enter_context(running(sandbox, port=port, log=_log))
        except (VmspecError, ValueError) as error:
            print_error(str(error))
            return ExitCode.USAGE_ERROR
        except OSError as error:
            print_error(_explain(port, error))
            return ExitCode.USAGE_ERROR
        _print_settings(api)
        threading.Event().wait()
    return ExitCode.OK


def _print_settings(api: RunningSandbox) -> None:
    echo_err("sandbox: paste these lines into another shell to submit to it; Ctrl-C ends it")
    echo(f"export KATAPULT_API_URL={api.url}")
    echo(f"export KATAPULT_ORGANIZATION={api.organization}")
    echo(f"export KATAPULT_API_KEY={shlex.quote(api.token)}")
    flush()


def _log(method: str, path: str, status: int) -> None:
    echo_err(printable(f"{method} {path} {status}"))


def _explain(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another one, or omit --port"
    return f"port {port}: {error.strerror or error}"
