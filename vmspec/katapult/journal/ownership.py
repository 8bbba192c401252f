"""Names of processes that work on submissions, and whether the process of a name still exists."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from vmspec.text import printable

HOST = socket.gethostname()


def _started(pid: int) -> str:
    """When a process was started, where that can be told: a number is given again, both together are not."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "dead" if state in "ZX" else rest[18]
    except (OSError, ValueError, IndexError):
        return ""


def current() -> str:
    """The name of this process."""
    return f"{HOST} process {os.getpid()} {_started(os.getpid())}".rstrip()


def describe(name: str) -> str:
    """The name as people read it, safe to show."""
    host, separator, process = name.partition(" process ")
    return printable(f"process {process.partition(' ')[0]} on {host}" if separator else name)


def is_alive(name: str) -> bool:
    """Return whether a process may still exist; one on another host always may."""
    host, _, rest = name.partition(" process ")
    pid, _, started = rest.partition(" ")
    if host != HOST or not pid.isdecimal() or os.name != "posix":
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return _started(int(pid)) == started
