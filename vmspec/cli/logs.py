"""The log of vmspec on standard error; nobody else's, for other libraries log what is secret here."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vmspec.cli.output.console import echo_err
from vmspec.text import printable


class _Talking(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """One line; that it cannot be written never matters."""
        try:
            echo_err(printable(self.format(record)))
            if sys.stderr is not None:
                sys.stderr.flush()
        except (OSError, ValueError):
            return


@contextmanager
def logging_to_stderr(level: str) -> Iterator[None]:
    """Lets the logger ``vmspec`` speak for as long as the block runs."""
    logger, handler = logging.getLogger("vmspec"), _Talking()
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
