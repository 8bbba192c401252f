"""Patterns as shells and .gitignore files have them, turned into regular expressions.

Patterns come from strangers, so nothing may be tried twice: after each ``*`` the first place where the
next piece fits is as good as any other, and an atomic group keeps to it. Libraries that leave this to
backtracking need minutes for ``a*a*a*a*a*a*a*a*a*a*b``.
"""

from __future__ import annotations

import re

NEVER = "(?!)"
"""Matches nothing; what a pattern is that cannot be understood."""

_FOLDERS = "(?:[^/]+/)*"
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "space": r" \t\r\n\v\f",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


def of_name(pattern: str) -> str:
    """The regular expression of a pattern for one name: ``*``, ``?``, ``[a-z]``, and ``\\`` before either.

    >>> bool(re.fullmatch(of_name("web-[0-9]*.xml"), "web-1a.xml"))
    True
    """
    pieces = [""]
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            pieces.append("")
        elif character == "?":
            pieces[-1] += "[^/]"
        elif character == "[":
            found = _class(pattern, position)
            if found is None:
                return NEVER
            text, position = found
            pieces[-1] += text
        elif character == "\\":
            if position == len(pattern):
                return NEVER
            pieces[-1] += re.escape(pattern[position])
            position += 1
        else:
            pieces[-1] += re.escape(character)
    first, *others = pieces
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + f"[^/]*{last}"


def of_path(pattern: str) -> str:
    """The regular expression of a pattern for a path with slashes; ``**`` stands for any folders.

    >>> bool(re.fullmatch(of_path("specs/**/*.xml"), "specs/web/1.xml"))
    True
    """
    chunks: list[list[str]] = [[]]
    for part in pattern.split("/"):
        if len(part) > 1 and not part.strip("*"):
            chunks.append([])
        else:
            chunks[-1].append(of_name(part) if part else NEVER)
    first, *others = chunks
    if not others:
        return "/".join(first)
    *middle, last = others
    start = "".join(f"{name}/" for name in first)
    between = "".join(f"(?>(?:[^/]+/)*?{''.join(f'{name}/' for name in chunk)})" for chunk in middle if chunk)
    return start + between + (_FOLDERS + "/".join(last) if last else "(?s:.+)")


def _class(pattern: str, start: int) -> tuple[str, int] | None:
    """The expression of a bracket's content and where it ends; None where it does not end, or is odd."""
    position = start
    negated = pattern[position : position + 1] in ("!", "^")
    position += negated
    content = ""
    while True:
        named = re.compile(r"\[:(\w*):\]").match(pattern, position)
        if named is not None:
            if named[1] not in _CLASSES:
                return None
            content += _CLASSES[named[1]]
            position = named.end()
        else:
            found = _range(pattern, position)
            if found is None:
                return None
            text, position = found
            content += text
        if pattern[position : position + 1] == "]":
            break
    if negated:
        return f"[^/{content}]", position + 1
    return (f"(?!/)[{content}]" if content else NEVER), position + 1


def _range(pattern: str, position: int) -> tuple[str, int] | None:
    """The expression of ``a`` or ``a-z`` in a bracket, and what is behind it; ``z-a`` is z for git."""
    low, position = _character(pattern, position)
    high = low
    if pattern[position : position + 1] == "-" and pattern[position + 1 : position + 2] not in ("", "]"):
        high, position = _character(pattern, position + 1)
    if not low or not high:
        return None
    return f"{re.escape(low)}-{re.escape(max(low, high))}", position


def _character(pattern: str, position: int) -> tuple[str, int]:
    """The character of a bracket's content that stands somewhere, and what is behind it; empty at the end."""
    position += pattern[position : position + 1] == "\\"
    return pattern[position : position + 1], position + 1
