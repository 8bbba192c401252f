"""Standard output and standard error: never a crash for a character, never a raw one of a stranger's."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TextIO

from vmspec.text import printable


def configure_streams() -> None:
    """Lets both streams write an escape for a character that their encoding has not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Brings out what is buffered while an error can still be told; raises OSError."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def discard_output() -> None:
    """Drops what cannot be written, so that the interpreter does not try again when it ends."""
    try:
        flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())


def supports_colour(stream: TextIO | None) -> bool:
    """Whether colours are seen there, and wanted."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream is not None and stream.isatty()


def echo(line: str) -> None:
    """One line of data, made of safe characters."""
    _write(sys.stdout, line + "\n")


def echo_err(line: str) -> None:
    """One line that is not data, made of safe characters."""
    _write(sys.stderr, line + "\n")


def print_error(message: str) -> None:
    """What went wrong, in the words of anybody."""
    _write(sys.stderr, "".join(f"error: {printable(line)}\n" for line in message.split("\n")))


def write_document(text: str) -> None:
    """A document as it is, in UTF-8 whatever the terminal speaks; to a terminal with visible escapes."""
    stream = sys.stdout
    if stream is None:
        raise OSError(errno.EBADF, "standard output is closed")
    if stream.isatty():
        _write(stream, escape(text))
        return
    stream.flush()
    stream.buffer.write(text.encode())


def escape(text: str) -> str:
    """A text of several lines with visible escapes for what could steer a terminal; tabs and LF stay."""
    if text.isprintable():
        return text
    lines = text.split("\n")
    return "\n".join("\t".join(printable(part) for part in line.split("\t")) for line in lines)


def shown_path(path: str) -> str:
    r"""A path for people and for JSON: one line, bytes that are no UTF-8 as ``\xff``."""
    if path.isascii() and path.isprintable():
        return path
    return printable(os.fsencode(path).decode("utf-8", "backslashreplace"))


class EscapingStream(io.StringIO):
    """A stream for a library's messages, in which a stranger's words may stand."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        """Passes the text on, escaped."""
        _write(self._stream, escape(text))
        return len(text)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:  # None where the shell closed it
        stream.write(text)
