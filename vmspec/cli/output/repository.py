"""Paths as a service that shows findings beside code wants them: from the top of the repository on."""

from __future__ import annotations

import os
from pathlib import Path


def path_in_repository(path: str) -> str:
    """A path relative to the workspace of GitHub, else to the current folder; absolute if it is in neither.

    The workspace is where an action checked the repository out, and a step may run in a folder of it.
    """
    absolute = os.path.abspath(path)  # noqa: PTH100 - resolves no links: the service knows them as they are
    for top in (os.environ.get("GITHUB_WORKSPACE"), Path.cwd()):
        if top and Path(absolute).is_relative_to(top):
            return str(Path(absolute).relative_to(top))
    return absolute
