"""``[tool.vmspec]`` in pyproject.toml: which findings are wanted in a project.

    [tool.vmspec]
    ignore = ["flexible-resources"]
    severity = { VMS231 = "info" }

Nothing in it opens a path, an address or code: it comes with the repository, which may be a stranger's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vmspec.cli.output.console import shown_path
from vmspec.documents.messages import join_or, quote
from vmspec.errors import ConfigurationError

if TYPE_CHECKING:
    from vmspec.validation.selection import Selection

FILE = "pyproject.toml"
MOST_BYTES = 1 << 18
"""Of the file: far above any project's, and little enough to be read at every start."""

MOST_DOTS = 100
"""In one line. A key of n parts costs tomllib the square of n: 4 s for the 40 KB of 20,000."""

KEYS = {
    "select": "a list of codes or names",
    "ignore": "a list of codes or names",
    "severity": "a table of codes and severities",
}


def selection_for(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Selection | None:
    """What a command line and the project of the current folder want to see; None for everything.

    On the command line ``select`` takes the place of the project's, ``ignore`` is added to it. Raises
    click.UsageError, which ends a command with 2, for what there is not.
    """
    choice = project_selection()
    if not select and not ignore:
        return choice
    from vmspec.validation.selection import Selection

    try:
        wanted = Selection.of(select or None, ignore)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    if choice is None:
        return wanted
    return Selection(
        wanted.select if wanted.select is not None else choice.select,
        choice.ignore | wanted.ignore,
        choice.severities,
    )


def project_selection(folder: Path | None = None) -> Selection | None:
    """What the nearest pyproject.toml that speaks of vmspec says, from a folder (the current one) upwards.

    None where none does. Raises click.UsageError, which ends a command with 2, for what it cannot say.
    """
    try:
        folder = Path.cwd() if folder is None else folder
    except OSError:  # it was removed
        return None
    for place in (folder, *folder.parents):
        path = place / FILE
        table = _table_in(path)
        if table is not None:
            return _choice(table, path)
    return None


def _table_in(path: Path) -> dict[str, Any] | None:
    data = _read(path)
    if b"vmspec" not in data:  # most are spared the parser, and one that is no TOML is not ours to mind
        return None
    if len(data) > MOST_BYTES:
        raise _refusal(path, f"it has more than {MOST_BYTES:,} bytes")
    if any(line.count(b".") > MOST_DOTS for line in data.splitlines()):
        raise _refusal(path, f"it has a line with more than {MOST_DOTS} dots")
    import tomllib

    try:
        tool = tomllib.loads(data.decode()).get("tool", {})
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and TOMLDecodeError among them
        words = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _refusal(path, f"it is not TOML: {words}") from None
    table = tool.get("vmspec") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise _refusal(path, "tool.vmspec is not a table")


def _read(path: Path) -> bytes:
    """What a regular file holds; nothing of what is none, such as a symbolic link or a pipe."""
    try:
        regular = stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return b""
    if not regular:  # opening a pipe would wait for a writer
        return b""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from None


def _choice(table: dict[str, Any], path: Path) -> Selection:
    from vmspec.validation.selection import Selection

    for key, value in table.items():
        if key not in KEYS:
            raise _refusal(path, f"[tool.vmspec] has no key {quote(key)}; it may have {join_or(KEYS)}")
        texts = value.values() if isinstance(value, dict) else value
        wanted = dict if key == "severity" else list
        if not isinstance(value, wanted) or not all(isinstance(text, str) for text in texts):
            raise _refusal(path, f"[tool.vmspec] {key} is not {KEYS[key]}")
    try:
        return Selection.of(**table)
    except ConfigurationError as error:
        raise _refusal(path, f"[tool.vmspec] {error}") from None


def _refusal(path: Path, words: str) -> click.UsageError:
    return click.UsageError(f"{shown_path(str(path))}: {words}")
