"""Types of single values: how they are read from text, and which values they accept.

A scalar is attached to a Python type with ``Annotated`` (``Gigabytes = Annotated[int, Integer(1, "GB")]``) or
follows from it (``bool``, ``str``, ``Literal``). Type checkers see the Python type, vmspec sees the scalar.
"""

from __future__ import annotations

import re
from typing import Protocol

from attrs import frozen

from vmspec.text import join_or

XML_WHITESPACE = " \t\r\n"
"""Whitespace as XML defines it, the only characters that are trimmed from values."""

# Patterns are compiled when needed: compiling these sets takes 5 ms, and most documents never need them.
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_SPACE = "\x09-\x0d\x1c-\x20\x85\xa0\u1680\u180e\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_SPACE_AT_AN_END = rf"\A[{_SPACE}]|[{_SPACE}]\Z"
ID_PATTERN = "[A-Za-z]+_[A-Za-z0-9]+"

MAX_INT = 999_999_999
"""The largest integer of a spec; a limit of vmspec, which fits every integer type of other readers."""


class Scalar(Protocol):
    """The type of a single value."""

    @property
    def expected(self) -> str:
        """The values that are accepted, in words that follow "it is"."""
        ...

    def read(self, text: str) -> object:
        """Return the value of a text; raise ValueError if it is not a valid value."""
        ...

    def error(self, value: object) -> str | None:
        """Return what is wrong with a value, in words that follow its name, or None."""
        ...


def _is_number(text: str) -> bool:
    """Return True for up to nine ASCII digits with an optional plus; int() accepts more, such as 1_000."""
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdigit() and len(digits) <= 9


class _Simple:
    """Base class of scalars without parameters."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class String(_Simple):
    """Any text that XML allows, including whitespace and line breaks."""

    expected = "a string"

    def read(self, text: str) -> str:
        return text

    def error(self, value: object) -> str | None:
        if type(value) is not str:  # not even a subclass: an Enum with string values is written as its name
            return f"is of type {type(value).__name__}, not str"
        if value.isascii() and value.isprintable():
            return None
        bad = re.search(_NOT_XML, value)
        return f"contains the character U+{ord(bad.group()):04X}, which XML does not allow" if bad else None


class Identifier(_Simple):
    """The value of a lookup: not empty, and without whitespace of any kind at either end."""

    expected = "a non-empty string"

    def read(self, text: str) -> str:
        value = text.strip(XML_WHITESPACE)
        if not value:
            raise ValueError("empty")
        if not value.isascii() and re.search(_SPACE_AT_AN_END, value):  # XML allows no other ASCII whitespace
            raise ValueError("whitespace at an end")
        return value

    def error(self, value: object) -> str | None:
        problem = String().error(value)
        if problem is not None or not isinstance(value, str):
            return problem
        if not value:
            return "is empty"
        has_space = value != value.strip() or (not value.isascii() and re.search(_SPACE_AT_AN_END, value))
        return "starts or ends with whitespace" if has_space else None


class VersionIdentifier(_Simple):
    """A template version: its number, or the id of the version."""

    expected = "a version number such as 3, or a version id"

    def read(self, text: str) -> str:
        value = text.strip(XML_WHITESPACE)
        if _is_number(value) and int(value) > 0:
            return str(int(value))
        if re.fullmatch(ID_PATTERN, value):
            return value
        raise ValueError("neither a number from 1 nor an id")

    def error(self, value: object) -> str | None:
        try:
            is_valid = isinstance(value, str) and self.read(value) == value
        except ValueError:
            is_valid = False
        return None if is_valid else f"is {value!r}; it is {self.expected}"


@frozen
class Integer:
    """An integer within a range, with an optional unit."""

    minimum: int = 1
    unit: str = ""
    maximum: int = MAX_INT

    @property
    def expected(self) -> str:
        unit = f" ({self.unit})" if self.unit else ""
        return f"an integer from {self.minimum}{unit}"

    def read(self, text: str) -> int:
        text = text.strip(XML_WHITESPACE)
        if not _is_number(text):
            raise ValueError("not an integer of at most 9 digits")
        value = int(text)
        if value < self.minimum:
            raise ValueError("too small")
        return value

    def error(self, value: object) -> str | None:
        if type(value) is not int:
            meant = re.fullmatch(r"\s*([0-9]{1,9})(?:\.0)?\s*[A-Za-z]*\s*", str(value), re.ASCII)
            return f"is {value!r}, not an integer" + (f"; write {meant[1]}" if meant else "")
        if self.minimum <= value <= self.maximum:
            return None
        unit = f" {self.unit}" if self.unit else ""
        if value < self.minimum:
            return f"is {value}; it is at least {self.minimum}{unit}"
        return f"is {value}; it is at most {self.maximum}{unit}"


@frozen
class Choice:
    """One of a few words or integers."""

    values: tuple[str | int, ...]

    @property
    def words(self) -> dict[str, object]:
        """The values by their text."""
        return {str(value): value for value in self.values}

    @property
    def expected(self) -> str:
        return join_or(map(str, self.values))

    def read(self, text: str) -> str | int:
        text = text.strip(XML_WHITESPACE)
        value: str | int = text
        if isinstance(self.values[0], int):
            value = Integer().read(text)
        if value in self.values:
            return value
        raise ValueError("not one of the choices")

    def error(self, value: object) -> str | None:
        if type(value) in (str, int) and value in self.values:
            return None
        return f"is {value!r}; it is {self.expected}"


class Boolean(_Simple):
    """A boolean, written yes or no in XML and true or false elsewhere."""

    expected = "yes or no"

    @property
    def words(self) -> dict[str, object]:
        """The values by their text in XML."""
        return {"yes": True, "no": False}

    def read(self, text: str) -> bool:
        if text not in self.words:
            raise ValueError("neither yes nor no")
        return text == "yes"

    def error(self, value: object) -> str | None:
        return None if isinstance(value, bool) else f"is {value!r}; it is True or False"
