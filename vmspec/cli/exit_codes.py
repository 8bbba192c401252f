"""Exit codes, which scripts rely on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit code of a command."""

    OK = 0
    FINDINGS = 1
    USAGE_ERROR = 2
    REFUSED = 3
    NOT_SENT = 4
    FAILED = 5
    UNKNOWN = 6
    BUILDING = 7
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    """The reader of the output went away; shells use this code for any program that ends so."""


EXIT_CODES = {
    ExitCode.OK: "fine",
    ExitCode.FINDINGS: "findings, files not formatted, or a difference that was asked about",
    ExitCode.USAGE_ERROR: "wrong use, unreadable path, or missing key",
    ExitCode.REFUSED: "the API refused",
    ExitCode.NOT_SENT: "nothing was sent",
    ExitCode.FAILED: "the build failed, or its machine is gone",
    ExitCode.UNKNOWN: "outcome unknown, or known but not written out",
    ExitCode.BUILDING: "still building at the deadline",
    ExitCode.INTERRUPTED: "interrupted",
}
"""Meanings of the exit codes, as ``--help`` prints them."""
