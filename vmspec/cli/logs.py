"""The log of vmspec on standard error, as text or JSON; not that of other libraries, which log secrets."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from vmspec.cli.output.console import echo_err
from vmspec.text import printable

FORMAT_VARIABLE = "VMSPEC_LOG_FORMAT"
"""Environment variable for the format of the log: ``text``, or ``json`` for one object a line."""


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print one line; ignore errors."""
        try:
            echo_err(printable(self.format(record)))
            if sys.stderr is not None:
                sys.stderr.flush()
        except (OSError, ValueError):
            return


class _Formatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime


class _JSONFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return time, level and message, and the fields that the library gave to the record."""
        fields: Mapping[str, object] = getattr(record, "fields", {})
        stamp = f"{self.formatTime(record, self.datefmt)}.{int(record.msecs):03}Z"
        own: dict[str, object] = {
            "time": stamp,
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        return json.dumps(own | dict(fields))


@contextmanager
def log_to_stderr(level: str) -> Iterator[None]:
    """Print the log of vmspec while the block runs."""
    logger, handler = logging.getLogger("vmspec"), _Handler(level.upper())
    handler.setFormatter(_formatter())
    before = logger.level
    logger.setLevel(level.upper())
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def _formatter() -> logging.Formatter:
    match os.environ.get(FORMAT_VARIABLE) or "text":
        case "text":
            return _Formatter()
        case "json":
            return _JSONFormatter()
        case other:
            raise click.UsageError(f"{FORMAT_VARIABLE} is {printable(other)!r}; it may be text or json")
