"""Files: read up to the size limit, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from vmspec.documents.limits import MAX_SIZE

_CHUNK = 1 << 16
"""Bytes of one read: larger than nearly every spec, and cheap to allocate."""

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def read_file(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file, at most one byte more than the size limit.

    Raises OSError. Reads by descriptor, because a file object costs twice as much as the reading.
    """
    pieces: list[bytes] = []
    left = MAX_SIZE + 1
    descriptor = os.open(path, _FLAGS)
    try:
        while left and (piece := os.read(descriptor, min(left, _CHUNK))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    return b"".join(pieces)


def write_text(path: Path, text: str) -> None:
    """Write a file by way of a temporary one beside it, so that it is never seen half written.

    A symbolic link is followed, the mode of an existing file is kept, and anything but a regular file
    (a terminal, a pipe) is written to directly. Raises OSError, and then leaves the file as it was.
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
    import tempfile  # importing it takes 10 ms

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:32]}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
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
    """Return 0666 without the bits of the umask, which can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask
