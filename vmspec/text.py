"""Untrusted text, made safe to show on a terminal."""

from __future__ import annotations

MASK = "***"
"""Placeholder shown instead of a secret."""


def printable(text: str) -> str:
    r"""Return text on one line, with every character escaped that could control a terminal or be invisible.

    These are control, format (such as bidirectional marks) and surrogate characters, and all whitespace
    except the space.

    >>> printable("web\x1b[2J")
    'web\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
