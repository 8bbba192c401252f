"""Files: read up to the size limit, written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
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


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Replace the content of a regular file, with its mode and owner kept, and never seen half written.

    Raises OSError, and leaves the file as it was, if it is a symbolic link, has other hard links, or does
    not hold ``before`` any more. Nothing but the folder is looked up by its path, so that a symbolic link
    that takes the place of the file meanwhile is not followed.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        state = _check_unchanged(path.name, folder, before)
        temporary = f".{path.name[:32]}.{os.getpid()}.tmp"
        try:
            _write_temporary(temporary, folder, after, state)
            if os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_ino != state.st_ino:
                raise OSError(errno.EBUSY, "the file was replaced by another program")
            os.replace(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            raise OSError(errno.EEXIST, f"{temporary} is in the way") from None
        except BaseException:  # an interrupt too
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
    finally:
        os.close(folder)


def _check_unchanged(name: str, folder: int, content: bytes) -> os.stat_result:
    """Return the state of a regular file that holds some content; raise OSError for another one."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if state.st_nlink > 1:
            raise OSError(errno.EMLINK, "the file has other hard links, which would keep the old content")
        if file.read(len(content) + 1) != content:
            raise OSError(errno.EBUSY, "the file was changed by another program")
    return state


def _write_temporary(name: str, folder: int, content: bytes, state: os.stat_result) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        own = os.fstat(descriptor)
        if (own.st_uid, own.st_gid) != (state.st_uid, state.st_gid):
            os.fchown(descriptor, state.st_uid, state.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(state.st_mode))
        os.fsync(descriptor)


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
