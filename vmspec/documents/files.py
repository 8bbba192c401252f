"""Files: read up to a limit, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from vmspec.documents.xml.limits import LIMITS


def read_bytes(path: Path) -> bytes:
    """What a file holds, up to one byte more than the gate lets pass; raises OSError."""
    with path.open("rb") as file:
        return file.read(LIMITS.size + 1)


def write_text(path: Path, text: str) -> None:
    """Writes a file by way of a temporary one beside it, so that nobody ever sees half of it.

    A symbolic link is followed, the mode of a file that exists is kept, and what is not a regular
    file (a terminal, a pipe) is written to directly. Raises OSError, and leaves what was there.
    """
    try:
        _write(Path(os.path.realpath(path)), text.encode())  # Path.resolve raises a RuntimeError for a loop
    except OSError as error:  # which may name the temporary file
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write(path: Path, data: bytes) -> None:
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        path.write_bytes(data)
        return
    import tempfile  # costs a start of the command line 10 ms

    handle, name = tempfile.mkstemp(prefix=f".{path.name[:32]}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(stat.S_IMODE(mode) if mode is not None else _new_file_mode())
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _new_file_mode() -> int:
    """What the umask leaves of 0666; it can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask
