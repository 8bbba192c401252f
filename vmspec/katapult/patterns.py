"""Shapes of texts that are kept, sent and shown."""

from __future__ import annotations

import re

UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Pattern of the ids that vmspec gives to submissions, and Katapult to requests."""
_WORD = re.compile(r"[\x21-\x7e]+")


def is_word(text: str, most: int | None = None) -> bool:
    """Return whether a text is visible ASCII without blanks, of one to ``most`` characters.

    >>> is_word("org_1"), is_word("org 1"), is_word(""), is_word("org_1", 4)
    (True, False, False, False)
    """
    return _WORD.fullmatch(text) is not None and (most is None or len(text) <= most)


def is_submission_id(text: str) -> bool:
    """Return whether a text has the form of a submission's id, which is a UUID."""
    return UUID.fullmatch(text) is not None
