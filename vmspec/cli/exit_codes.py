"""Exit codes, which scripts rely on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit code of a command."""

    OK = 0
    FINDINGS = 1
    """Findings, files that are not formatted, or a difference that was asked about."""
    USAGE_ERROR = 2
    """Wrong use, an unreadable path, or a missing key."""
    REFUSED = 3
    """The API refused a submission."""
    NOT_SENT = 4
    FAILED = 5
    """The build failed, or its machine is gone."""
    UNKNOWN = 6
    """The outcome is unknown, or is known and cannot be printed."""
    BUILDING = 7
    """Still building at the deadline."""
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    """The reader of the output went away."""
