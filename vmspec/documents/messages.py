"""The codes of the grammar, and the words its findings share over XML, JSON and YAML."""

from __future__ import annotations

from collections.abc import Iterable

from vmspec.text import printable

MALFORMED = "VMS001"
ENCODING = "VMS002"
DOCTYPE = "VMS003"
TOO_LARGE = "VMS004"
NOT_READ = "VMS005"
UNKNOWN_FORMAT = "VMS006"
WRONG_ROOT = "VMS101"
UNKNOWN_NAME = "VMS102"
WRONG_LOOKUP = "VMS103"
REPEATED = "VMS104"
UNKNOWN_ATTRIBUTE = "VMS105"
MISSING = "VMS106"
WRONG_VALUE = "VMS107"
STRAY_TEXT = "VMS108"
WRONG_NESTING = "VMS109"
EXCLUSIVE = "VMS110"
NAMESPACE = "VMS111"
WRONG_SHAPE = "VMS112"


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, or None: another case first, then a small slip."""
    from difflib import get_close_matches

    names = list(names)
    same = {folded(known): known for known in names}.get(folded(name))
    if same is not None:
        return same
    close = get_close_matches(name[:64], names, n=1, cutoff=0.6)
    return close[0] if close else None


def folded(name: str) -> str:
    """A name without what people tell apart last: its case, its underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "")


def join_or(names: Iterable[str]) -> str:
    """``a, b or c``.

    >>> join_or(["id", "name", "permalink"])
    'id, name or permalink'
    """
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def quote(text: str, limit: int = 60) -> str:
    """A piece of a document for a message: in quotes, on one line, cut, nothing but printable characters."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return f'"{printable(cut)}"'
