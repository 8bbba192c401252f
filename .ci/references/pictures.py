"""The pictures in the documentation: sessions of the real program in a terminal, and the page of a fleet."""

from __future__ import annotations

import os
import pty
import re
import sys
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from vmspec import VM, dump, existing_ip, new_ipv4
from vmspec.sandbox import Sandbox, running

COLUMNS = 92
SESSIONS = {
    "validate": ["vmspec validate web-2.yaml", "vmspec validate web-2.yaml --fix"],
    "show": ["vmspec show ."],
    "submit": ["vmspec submit web-1.yaml --key shop --poll 0.05", "vmspec submissions"],
}
"""The commands of each picture, in the order in which they run."""


@cache
def pictures() -> dict[str, str]:
    """Return the text of each picture by the name of its file."""
    with TemporaryDirectory() as folder, running(Sandbox(speed=500, seed="pictures")) as api:
        _write_specs(Path(folder))
        environment = {
            "HOME": folder,
            "KATAPULT_API_KEY": api.token,
            "KATAPULT_API_URL": api.url,
            "KATAPULT_ORGANIZATION": api.organization,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TERM": "xterm-256color",
            "VMSPEC_JOURNAL": f"{folder}/.journal",
        }
        drawn = {
            f"{name}.svg": _svg(name, "".join(_prompt(line, folder, environment) for line in lines))
            for name, lines in SESSIONS.items()
        }
        _run("vmspec show . --html fleet.html", folder, environment)
        return drawn | {"fleet.html": (Path(folder) / "fleet.html").read_text(encoding="utf-8")}


def _write_specs(folder: Path) -> None:
    base = (
        VM()
        .data_center("uk-lon-01")
        .template("templates/ubuntu-22-04")
        .authorize(users="all", ssh_keys="all")
        .disk(20, name="System")
    )
    web = base.package("rock-3").network("uk-lon-01-public", new_ipv4()).tags("web")
    db = base.package("rock-6").network("uk-lon-01-public", existing_ip("185.53.57.48")).disk(5, name="Data")
    for vm in (web.hostname("web-1"), web.hostname("web-2"), db.hostname("db-1")):
        dump(vm.spec, folder / f"{vm.spec.hostname}.yaml")
    broken = folder / "web-2.yaml"
    broken.write_text(broken.read_text().replace("hostname:", "hostnme:").replace("size: 20", "size: 20GB"))


def _prompt(line: str, folder: str, environment: dict[str, str]) -> str:
    return f"\x1b[32m$\x1b[0m \x1b[1m{line}\x1b[0m\n{_run(line, folder, environment)}"


def _run(line: str, folder: str, environment: dict[str, str]) -> str:
    """Return what a command prints on a terminal, as it stands there in the end."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve("/bin/sh", ["sh", "-c", f"stty cols {COLUMNS}; exec {line}"], environment)
    printed = b""
    try:
        while piece := os.read(terminal, 1 << 16):
            printed += piece
    except OSError:  # Linux says so at the end
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    text = printed.decode().replace("\r\n", "\n")
    text = re.sub(r"\x1b\[\?25[lh]", "", text)
    lines = [row.rpartition("\r\x1b[2K")[2] for row in text.split("\n")]
    text = "\n".join(row for row in lines if not row.endswith("\x1b[2K"))
    text = re.sub(r"\d+ s\b", "9 s", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-11-28 14:30", text)
    return re.sub(r"^[0-9a-f]{8}(?=  )", "7f3c2a10", text, flags=re.MULTILINE)


def _svg(name: str, text: str) -> str:
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(text))
    drawn = console.export_svg(title="", theme=MONOKAI, unique_id=f"session-{name}")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # they name another server
