"""The log of vmspec on standard error; not that of other libraries, which log secrets."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vmspec.cli.output.console import echo_err
from vmspec.text import printable


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print one line; ignore errors."""
        try:
            echo_err(printable(self.format(record)))
            if sys.stderr is not None:
                sys.stderr.flush()
        except (OSError, ValueError):
            return


@contextmanager
def log_to_stderr(level: str) -> Iterator[None]:
    """Print the log of vmspec while the block runs."""
    logger, handler = logging.getLogger("vmspec"), _Handler()
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    before = logger.level
    logger.setLevel(level.upper())
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
