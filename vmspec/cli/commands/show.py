"""``vmspec show``: a machine at a glance."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.sources import read_spec
from vmspec.cli.output.console import echo, supports_colour
from vmspec.cli.output.panel import panel

PIPE_WIDTH = 80
"""Columns of a panel that is not shown on a terminal."""


@click.command("show")
@click.argument("path", metavar="FILE")
def command(path: str) -> int:
    """Show the machine of a spec at a glance.

    FILE is an XML, JSON or YAML file, or - for standard input. Secrets (values of template options,
    cloud-init user data) are shown as ***.
    """
    spec = read_spec(path)
    if isinstance(spec, ExitCode):
        return spec
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    console = Console(
        width=None if is_terminal else PIPE_WIDTH,
        force_terminal=is_terminal,
        force_jupyter=False,
        color_system="auto" if supports_colour(sys.stdout) else None,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as capture:  # rich would end the program itself if the pipe is broken
        console.print(panel(spec))
    echo(capture.get().rstrip("\n"))
    return ExitCode.OK
