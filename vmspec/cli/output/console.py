"""Standard output, standard error and the terminal, where untrusted text is printed escaped."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

from vmspec.text import printable

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 80
"""Columns of tables and panels that are not printed on a terminal."""

MIN_WIDTH = 40
"""Columns of a terminal below which lines are not wrapped."""

_WORKFLOW_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[)", re.MULTILINE)
"""The start of a command that GitHub's runner obeys in any line of output."""


def configure_streams() -> None:
    """Escape characters that the encoding of standard output or standard error does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write what is buffered; raises OSError."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def discard_output() -> None:
    """Discard what cannot be written, so that the interpreter does not try again at exit."""
    try:
        flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(null, stream.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; it is None if the shell closed it."""
    return stream is not None and stream.isatty()


def supports_colour(stream: TextIO | None) -> bool:
    """Return whether to print colours on a stream."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def supports_progress(stream: TextIO | None) -> bool:
    """Return whether to redraw lines on a stream."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def rich_console(stream: TextIO | None, *, force_terminal: bool = False) -> Console:
    """Return a rich console that prints text as it is: no markup, no emoji, no highlighting."""
    from rich.console import Console

    return Console(
        file=stream,
        width=None if is_terminal(stream) else PIPE_WIDTH,
        force_terminal=force_terminal or is_terminal(stream),
        force_jupyter=False,
        color_system="auto" if supports_colour(stream) else None,
        markup=False,
        emoji=False,
        highlight=False,
    )


def echo(text: str) -> None:
    """Print lines of text, safe to print, on standard output."""
    _write(sys.stdout, without_commands(text) + "\n")


def echo_err(text: str) -> None:
    """Print lines of text, safe to print, on standard error."""
    _write(sys.stderr, without_commands(text) + "\n")


def print_error(message: str) -> None:
    """Print an error on standard error, escaped, and wrapped if that is a terminal."""
    for line in message.split("\n"):
        echo_err(wrap(f"error: {printable(line)}", sys.stderr))


def without_commands(text: str) -> str:
    """Return text in which no line is a command for GitHub's runner; unchanged outside of an action."""
    return escape_commands(text) if os.environ.get("GITHUB_ACTIONS") == "true" else text


def escape_commands(text: str) -> str:
    """Return text with a visible escape in each command for GitHub's runner, valid in JSON strings too."""
    return _WORKFLOW_COMMAND.sub(lambda found: r"\u0023" if found[1] is None else found[1] + r"\u003a", text)


def wrap(line: str, stream: TextIO | None) -> str:
    """Return a line wrapped between words for a terminal, with further lines indented."""
    if len(line) <= MIN_WIDTH or not is_terminal(stream):
        return line
    columns = _columns(stream)
    if columns < MIN_WIDTH or len(line) <= columns:
        return line
    lines: list[str] = []
    rest = line
    while len(rest) > columns and (space := rest.rfind(" ", 5, columns + 1)) > 0:
        lines.append(rest[:space])
        rest = f"    {rest[space + 1 :]}"
    return "\n".join((*lines, rest))


def _columns(stream: TextIO | None) -> int:
    """Return the width of a terminal, 0 if it is unknown."""
    if (columns := os.environ.get("COLUMNS", "")).isdecimal():
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream is not None else 0
    except (OSError, ValueError):
        return 0


def write_data(*parts: str) -> None:
    """Write parts of ASCII data, such as JSON, to standard output."""
    for part in parts:
        _write(sys.stdout, part)


def write_document(text: str) -> None:
    """Write a document to standard output in UTF-8, unchanged; escaped if that is a terminal."""
    stream = sys.stdout
    if stream is None:
        raise OSError(errno.EBADF, "standard output is closed")
    if is_terminal(stream):
        _write(stream, escape(text))
        return
    stream.flush()
    stream.buffer.write(text.encode())


def escape(text: str) -> str:
    """Return a text with visible escapes for characters that steer a terminal; tabs and newlines stay."""
    if text.isprintable():
        return text
    lines = text.split("\n")
    return "\n".join("\t".join(printable(part) for part in line.split("\t")) for line in lines)


def shown_path(path: str) -> str:
    r"""Return a path for people and for JSON: on one line, bytes that are not UTF-8 as ``\xff``."""
    if path.isascii() and path.isprintable():
        return path
    return printable(os.fsencode(path).decode("utf-8", "backslashreplace"))


class EscapingStream(io.StringIO):
    """A stream for a library's messages, which may repeat untrusted text."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, escaped."""
        _write(self._stream, without_commands(escape(text)))
        return len(text)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:
        stream.write(text)
