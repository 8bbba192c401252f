"""The commands by name, each loaded when it is used."""

from __future__ import annotations

import gc
from importlib import import_module

import click

from vmspec.version import __version__

_COMMANDS = {
    "validate": "Check specs: all mistakes of all files, with their places.",
    "format": "Bring XML and JSON specs into canonical form, comments kept.",
    "convert": "Turn a spec into XML, JSON or YAML.",
    "show": "Show the machine of a spec at a glance.",
    "diff": "Show the differences between two specs, field by field.",
    "submit": "Have virtual machines built from specs, and wait until they are started.",
    "submissions": "List the submissions on record, or give one up.",
    "reconcile": "Look again for the machines of submissions whose outcome is unknown.",
    "wait": "Go on waiting for a machine that was submitted before.",
    "sandbox": "Run a Katapult on this machine, for trying and testing.",
    "explain": "Explain a code: what it means, why, an example, what to write instead.",
    "rules": "List all codes and rules, with severity and one line each.",
    "schema": "Print the schemas that editors and other tools use.",
}
"""What ``--help`` says of each; the command itself is ``command`` in the module of its name."""


class _Commands(click.Group):
    """Lists stand-ins of its commands, and loads the one that is called."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, stand_in, rest = super().resolve_command(ctx, args)
        if stand_in is None:
            return name, None, rest
        command: click.Command = import_module(f"vmspec.cli.commands.{stand_in.name}").command
        gc.enable()  # what main put off until everything is loaded
        return name, command, rest


@click.group(
    cls=_Commands,
    commands={name: click.Command(name, short_help=line) for name, line in _COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option(
    "--log-level",
    envvar="VMSPEC_LOG",
    type=click.Choice(["debug", "info", "warning"], case_sensitive=False),
    help="Log to standard error, in lines that are safe to paste; also by VMSPEC_LOG.",
)
@click.pass_context
def vmspec(context: click.Context, log_level: str | None) -> None:
    """Build, check, write, convert and submit specs of Katapult virtual machines."""
    context.obj = log_level
    if log_level is not None:
        from vmspec.cli.logs import logging_to_stderr

        context.with_resource(logging_to_stderr(log_level))
