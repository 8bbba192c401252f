"""The page of all commands, ``docs/reference/commands.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from vmspec.cli.app import vmspec
from vmspec.cli.exit_codes import EXIT_CODES

INTRODUCTION = """\
# Commands

`vmspec` and `python -m vmspec` are the same command. Data goes to standard output; messages and progress
go to standard error. `-` stands for standard input. `NO_COLOR` switches colours off.

| command | does | more |
|---|---|---|
"""

GUIDES = {
    "init": "tutorials/first-machine",
    "validate": "how-to/validation",
    "format": "explanation/canonical-xml",
    "convert": "how-to/convert",
    "show": "how-to/show",
    "diff": "how-to/diff",
    "submit": "how-to/submitting",
    "submissions": "how-to/unknown-outcomes",
    "reconcile": "how-to/unknown-outcomes",
    "wait": "how-to/submitting",
    "catalogue": "how-to/catalogue",
    "plan": "how-to/plan",
    "apply": "how-to/plan",
    "preflight": "how-to/catalogue",
    "drift": "how-to/drift",
    "import": "how-to/drift",
    "journal": "how-to/journal",
    "sandbox": "reference/sandbox",
    "lsp": "how-to/editors",
    "explain": "rules/index",
    "rules": "rules/index",
    "schema": "how-to/editors",
}
"""The page that shows a command at work."""

ENVIRONMENT = """\
## Environment variables

| variable | holds |
|---|---|
| `KATAPULT_API_KEY`, or `KATAPULT_API_KEY_FILE` | the API key, or the path of a file that contains it |
| `KATAPULT_ORGANIZATION` | the organization, by id (`org_...`) or subdomain |
| `KATAPULT_API_URL` | the address of the API |
| `VMSPEC_JOURNAL` | the [journal](../how-to/journal.md): a file, or a `postgresql://` database |
| `VMSPEC_LOG` | the log level, as for `--log-level` |
| `VMSPEC_LOG_FORMAT` | the format of the log: `text`, or `json` for one object a line |
| `VMSPEC_SANDBOX_TOKEN` | the token of `vmspec sandbox` |

The first four have options as well, except the API key: other users of the system can read the arguments of a
process. [Proxies](../how-to/proxies.md) are named by variables, too.
"""


def command_page() -> str:
    """Return the text of the page."""
    sections = [
        INTRODUCTION + "\n".join(_summary_row(name) for name in vmspec.commands),
        "## Options of every command\n\n" + _options(vmspec),
        *(_section(words, command) for name in vmspec.commands for words, command in _commands(name)),
        "## Exit codes\n\n" + _exit_codes(),
        ENVIRONMENT.rstrip(),
    ]
    return "\n\n".join(sections) + "\n"


def _summary_row(name: str) -> str:
    page = GUIDES[name]
    link = f"[{page.rpartition('/')[2].replace('index', 'rules')}](../{page}.md)"
    summary = vmspec.commands[name].short_help or ""
    return f"| [`vmspec {name}`](#vmspec-{name}) | {summary} | {link} |"


def _commands(name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and the commands in it, with the words that call them."""
    _, command, _ = vmspec.resolve_command(click.Context(vmspec), [name])
    assert command is not None
    yield f"vmspec {name}", command
    if isinstance(command, click.Group):
        for inner, subcommand in command.commands.items():
            yield f"vmspec {name} {inner}", subcommand


def _section(words: str, command: click.Command) -> str:
    context = click.Context(command, info_name=words)
    usage = " ".join([words, *command.collect_usage_pieces(context)])
    level = "##" if words.count(" ") == 1 else "###"
    parts = [f"{level} {words}", f"```text\n{usage}\n```", _help(command), _options(command)]
    example = re.search(r"^Example: (.*)$", command.epilog or "", re.MULTILINE)
    if example:
        parts.append(f"Example: `{example[1]}`")
    return "\n\n".join(part for part in parts if part)


def _help(command: click.Command) -> str:
    paragraphs = cleandoc(command.help or "").replace("\f", "").split("\n\n")
    return "\n\n".join(_paragraph(text) for text in paragraphs if text.strip())


def _paragraph(text: str) -> str:
    if text.startswith("\b"):
        return f"```text\n{text.removeprefix(chr(8)).strip()}\n```"
    return _escaped(text)


def _options(command: click.Command) -> str:
    context = click.Context(command)
    rows = [
        f"| {_names(option)}{_value(option, context)} | {_about(option, context)} |"
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    ]
    return "\n".join(["| option | meaning |", "|---|---|", *rows]) if rows else ""


def _names(option: click.Option) -> str:
    return ", ".join(_code(name) for name in (*option.opts, *option.secondary_opts))


def _value(option: click.Option, context: click.Context) -> str:
    if option.is_flag or option.count:
        return ""
    return f" {_code(option.make_metavar(context))}"


def _about(option: click.Option, context: click.Context) -> str:
    text = _escaped(" ".join((option.help or "").split()))
    if option.show_default and option.default not in (None, ""):
        shown = option.show_default if isinstance(option.show_default, str) else option.default
        text += f" Default: {_code(str(shown))}."
    if isinstance(option.envvar, str):
        text += f" Environment: {_code(option.envvar)}."
    return text


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _escaped(text: str) -> str:
    return re.sub(r"(?<![\\\w])([*|<])|([*|<])(?!\w)", lambda match: f"\\{match[0]}", text)


def _exit_codes() -> str:
    rows = [f"| {int(code)} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    table = "\n".join(["| code | meaning |", "|---|---|", *rows])
    return f"{table}\n\n[Submitting](../how-to/submitting.md#exit-codes) says what to do about each."
