"""``vmspec show``: a machine at a glance, and a fleet as a table or as a page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.checking import report_of
from vmspec.cli.inputs.paths import is_folder_or_pattern, reason_of
from vmspec.cli.inputs.sources import Sources, read_spec
from vmspec.cli.output.console import echo, echo_err, print_error, rich_console, shown_path
from vmspec.documents.files import write_text
from vmspec.documents.formats import format_of_name

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from vmspec.validation import Report


@click.command("show")
@options.paths
@click.option(
    "--html", metavar="FILE", callback=options.not_empty, help="Write a page for a browser instead."
)
def command(paths: tuple[str, ...], html: str | None) -> int:
    """PATH is an XML, JSON or YAML file, a folder, a pattern, or - for standard input. Of several specs a
    table is printed. Secrets (values of template options, cloud-init user data) are shown as ***.

    The page that --html writes needs neither a network nor other files.
    """
    if html is None and len(paths) == 1 and not is_folder_or_pattern(paths[0]):
        return _show_one(paths[0])
    if html is not None and format_of_name(Path(html)) is not None:
        raise click.UsageError("--html writes a page for a browser; name it .html.")
    from vmspec.cli.output.fleet.machines import machines_of, summary

    sources = Sources(paths)
    machines = machines_of(_reports(sources))
    if html is not None:
        from vmspec.cli.output.fleet.page import page

        try:
            write_text(Path(html), page(machines))
        except OSError as error:
            print_error(f"{shown_path(html)}: {reason_of(error)}")
            return ExitCode.USAGE_ERROR
    elif machines:
        from vmspec.cli.output.fleet.table import fleet_table

        console = rich_console(sys.stdout)
        _print(console, fleet_table(machines, console.width))
    written = f"{shown_path(html)}: " if html is not None else ""
    echo_err(f"{written}{summary(machines)}{sources.summary()}")
    if sources.unreadable:
        return ExitCode.USAGE_ERROR
    return ExitCode.OK if all(machine.is_readable for machine in machines) else ExitCode.FINDINGS


def _reports(sources: Sources) -> Iterator[tuple[str, Report]]:
    for source in sources:
        yield source.name, report_of(source)


def _show_one(path: str) -> ExitCode:
    from vmspec.cli.output.panel import panel

    spec = read_spec(path)
    if isinstance(spec, ExitCode):
        return spec
    _print(rich_console(sys.stdout), panel(spec))
    return ExitCode.OK


def _print(console: Console, content: RenderableType) -> None:
    with console.capture() as capture:  # rich would end the program itself if the pipe is broken
        console.print(content)
    echo("\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n")))
