"""``vmspec show``: a machine at a glance."""

from __future__ import annotations

import sys

import click

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.sources import read_spec
from vmspec.cli.output.console import echo, rich_console
from vmspec.cli.output.panel import panel


@click.command("show")
@click.argument("path", metavar="FILE")
def command(path: str) -> int:
    """FILE is an XML, JSON or YAML file, or - for standard input. Secrets (values of template options,
    cloud-init user data) are shown as ***.
    """
    spec = read_spec(path)
    if isinstance(spec, ExitCode):
        return spec
    console = rich_console(sys.stdout)
    with console.capture() as capture:  # rich would end the program itself if the pipe is broken
        console.print(panel(spec))
    echo(capture.get().rstrip("\n"))
    return ExitCode.OK
