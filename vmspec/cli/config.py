"""``[tool.vmspec]`` in pyproject.toml: the findings that a project selects.

    [tool.vmspec]
    ignore = ["flexible-resources"]
    severity = { VMS231 = "info" }

No setting opens a path, an address or code: the file comes with a repository that may be a stranger's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vmspec.cli.inputs.paths import reason_of
from vmspec.cli.output.console import shown_path
from vmspec.errors import ConfigurationError
from vmspec.text import join_or, quote

if TYPE_CHECKING:
    from vmspec.validation.selection import Selection

FILE = "pyproject.toml"
MAX_BYTES = 1 << 18
"""Size of the file; far above any project's, and little enough to be read at every start."""

MAX_DOTS = 100
"""Dots in a line. tomllib needs time quadratic in the parts of a key: 4 s for 20,000."""

KEYS = {
    "select": "a list of codes or names",
    "ignore": "a list of codes or names",
    "severity": "a table of codes and severities",
}


def selection_for(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Selection | None:
    """Return the findings selected by the command line and the project; None for all.

    ``select`` of the command line replaces the project's, ``ignore`` is added to it. Raises
    click.UsageError for an unknown code or name.
    """
    project = project_selection()
    if not select and not ignore:
        return project
    from vmspec.validation.selection import Selection

    try:
        selection = Selection.of(select or None, ignore)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    if project is None:
        return selection
    return Selection(
        selection.select if selection.select is not None else project.select,
        project.ignore | selection.ignore,
        project.severities,
    )


def project_selection(folder: Path | None = None) -> Selection | None:
    """Return the selection of the nearest pyproject.toml with a table for vmspec, or None.

    The search begins in the given or current folder and goes up. Raises click.UsageError for a table
    that is not valid.
    """
    try:
        folder = Path.cwd() if folder is None else folder
    except OSError:  # it was removed
        return None
    for parent in (folder, *folder.parents):
        path = parent / FILE
        table = _table_in(path)
        if table is not None:
            return _selection_of(table, path)
    return None


def _table_in(path: Path) -> dict[str, Any] | None:
    data = _read(path)
    if b"vmspec" not in data:  # most files are not parsed, and their syntax errors are not reported here
        return None
    if len(data) > MAX_BYTES:
        raise _error(path, f"has more than {MAX_BYTES:,} bytes")
    if any(line.count(b".") > MAX_DOTS for line in data.splitlines()):
        raise _error(path, f"has a line with more than {MAX_DOTS} dots")
    import tomllib

    try:
        tool = tomllib.loads(data.decode()).get("tool", {})
    except RecursionError:
        raise _error(path, "not valid TOML: nested too deeply") from None
    except ValueError as error:  # UnicodeDecodeError or TOMLDecodeError
        raise _error(path, f"not valid TOML: {error}") from None
    table = tool.get("vmspec") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise _error(path, "tool.vmspec is not a table")


def _read(path: Path) -> bytes:
    """Return the content of a regular file; nothing for a symbolic link or a pipe, which would block."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return b""
    except OSError:
        return b""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _error(path, reason_of(error)) from None


def _selection_of(table: dict[str, Any], path: Path) -> Selection:
    from vmspec.validation.selection import Selection

    for key, value in table.items():
        if key not in KEYS:
            raise _error(path, f"[tool.vmspec] has no key {quote(key)}; the keys are {join_or(KEYS)}")
        texts = value.values() if isinstance(value, dict) else value
        wanted = dict if key == "severity" else list
        if not isinstance(value, wanted) or not all(isinstance(text, str) for text in texts):
            raise _error(path, f"[tool.vmspec] {key} is not {KEYS[key]}")
    if table.get("select") == []:
        raise _error(path, "[tool.vmspec] select is empty, so nothing would be checked; remove it")
    try:
        return Selection.of(**table)
    except ConfigurationError as error:
        raise _error(path, f"[tool.vmspec] {error}") from None


def _error(path: Path, problem: str) -> click.UsageError:
    return click.UsageError(f"{shown_path(str(path))}: {problem}")
