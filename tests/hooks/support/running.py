"""The published hooks, called as pre-commit does."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

MANIFEST = Path(__file__).parents[3] / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
}


def environment() -> dict[str, str]:
    """Return the environment with the installed command on PATH, and without variables of Git and GitHub."""
    names = [name for name in os.environ if not name.startswith(("GIT_", "GITHUB_"))]
    here = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return {name: os.environ[name] for name in names} | {"PATH": here}


def run_hook(
    name: str, files: list[str], folder: Path, args: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the entry of a hook with its own or configured arguments, followed by files."""
    hook = HOOKS[name]
    command = [*shlex.split(hook["entry"]), *(hook["args"] if args is None else args), *files]
    return subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=120
    )
