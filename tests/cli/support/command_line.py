"""Running the command line, in this process and as a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from vmspec import dumps, load

ENTRY = "import sys; from vmspec.cli import main; sys.exit(main())"
"""Code of the console script."""


@frozen
class Result:
    """Exit code and output of a run."""

    code: int
    out: str
    err: str


WEB = load(Path(__file__).parents[3] / "examples" / "web.yaml")
"""A spec without findings."""
WEB_XML = dumps(WEB, "xml")

Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[bytes]]
