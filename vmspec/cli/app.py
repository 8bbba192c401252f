"""The command line's commands, each loaded when it is used."""

from __future__ import annotations

import gc
from functools import cache
from importlib import import_module
from inspect import cleandoc
from typing import NamedTuple

import click

from vmspec.cli.exit_codes import EXIT_CODES
from vmspec.version import __version__


class _Command(NamedTuple):
    summary: str
    """The first line of the command's help."""
    example: str


_COMMANDS = {
    "init": _Command("Write a first spec, with comments that explain it.", "vmspec init web.yaml"),
    "validate": _Command("Check specs, and print every finding with its place.", "vmspec validate specs/"),
    "format": _Command("Rewrite specs in canonical form, comments kept.", "vmspec format specs/"),
    "convert": _Command("Convert specs to XML, JSON, YAML or Python.", "vmspec convert web.yaml -o web.xml"),
    "show": _Command("Show a machine at a glance, or a fleet as a table or a page.", "vmspec show web.yaml"),
    "diff": _Command("Show the differences between two specs or folders.", "vmspec diff old.xml new.xml"),
    "submit": _Command(
        "Build virtual machines from specs, and wait until they are started.",
        "vmspec submit web.yaml --sandbox",
    ),
    "submissions": _Command("List recorded submissions, or abandon some.", "vmspec submissions"),
    "reconcile": _Command(
        "Look again for the machines of submissions whose outcome is unknown.", "vmspec reconcile"
    ),
    "wait": _Command("Wait again for a machine that was submitted before.", "vmspec wait 7f3c01aa"),
    "catalogue": _Command("Write what the organization has to a file.", "vmspec catalogue -o katapult.json"),
    "plan": _Command("Write what would be sent to a file.", "vmspec plan specs/ -o plan.json"),
    "apply": _Command("Make the machines of a plan, each once.", "vmspec apply plan.json"),
    "preflight": _Command("Check specs against the organization as it is now.", "vmspec preflight specs/"),
    "drift": _Command("Show what differs between specs and their machines.", "vmspec drift specs/ --key web"),
    "import": _Command("Write the spec of a machine that exists.", "vmspec import vm_... -o web.yaml"),
    "journal": _Command("Check, copy or prune the record of submissions.", "vmspec journal check"),
    "sandbox": _Command("Run a Katapult API on this machine, for trying and testing.", "vmspec sandbox"),
    "lsp": _Command("Run the language server for editors.", "vmspec lsp"),
    "explain": _Command("Explain a code, with an example and its correction.", "vmspec explain VMS231"),
    "rules": _Command("List all codes and rules.", "vmspec rules"),
    "schema": _Command("Print the schemas that editors and other tools use.", "vmspec schema json"),
}

_MODULES = {"import": "import_"}
"""Modules of commands whose names are words of Python."""


class _Commands(click.Group):
    """Commands that are listed without being loaded."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, placeholder, rest = super().resolve_command(ctx, args)
        if placeholder is None or placeholder.name is None:
            return name, None, rest
        command = _load(placeholder.name)
        gc.enable()  # main disables it until everything is loaded
        return name, command, rest


@cache
def _load(name: str) -> click.Command:
    command: click.Command = import_module(f"vmspec.cli.commands.{_MODULES.get(name, name)}").command
    summary, example = _COMMANDS[name]
    command.help = f"{summary}\n\n{cleandoc(command.help or '')}"
    command.epilog = f"\b\nExample: {example}\nExit codes: vmspec --help"
    return command


_EXIT_CODES = "\n".join(f"{code:>5}  {meaning}" for code, meaning in EXIT_CODES.items())


@click.group(
    cls=_Commands,
    commands={name: click.Command(name, short_help=command.summary) for name, command in _COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"\b\nExit codes:\n{_EXIT_CODES}\n\n\b\n"
    'Completion in bash: eval "$(_VMSPEC_COMPLETE=bash_source vmspec)"\n'
    "Example: vmspec validate web.xml specs/ 'more/**/*.yaml'",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option(
    "--log-level",
    envvar="VMSPEC_LOG",
    type=click.Choice(["debug", "info", "warning"], case_sensitive=False),
    help="Log to standard error, without secrets; also by VMSPEC_LOG.",
)
@click.pass_context
def vmspec(context: click.Context, log_level: str | None) -> None:
    """Build, check, write, convert and submit specs of Katapult virtual machines."""
    context.obj = log_level
    if log_level is not None:
        from vmspec.cli.logs import log_to_stderr

        context.with_resource(log_to_stderr(log_level))
