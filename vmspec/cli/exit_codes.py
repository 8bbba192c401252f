"""The exit codes, which scripts rely on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command ended with; wrong use outweighs findings."""

    FINE = 0
    FINDINGS = 1
    """Errors in documents, or files that are not formatted."""
    WRONG_USE = 2
    """Also a path that cannot be read or written."""
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    """The reader of the output went away; what a shell says of any program that this ends."""
