"""What a single value is: how it is read from text, and checked.

A scalar is the type of one number, choice, yes-or-no or text. It is attached to a Python type with
``Annotated`` (``Gigabytes = Annotated[int, Whole(1, unit="GB")]``) or follows from it (``bool``,
``str``, ``Literal``), so that type checkers see the Python type and vmspec sees the rest.
"""

from __future__ import annotations

import re
from typing import Protocol

from attrs import field, frozen

XML_WHITESPACE = " \t\r\n"
"""White space in the sense of XML; only these are trimmed around a value."""

# Patterns stay text: compiling these sets costs a start 5 ms, and most documents never need them.
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_BLANK = "\x09-\x0d\x1c-\x20\x85\xa0\u1680\u180e\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_BLANK_ENDS = rf"\A[{_BLANK}]|[{_BLANK}]\Z"
ID_PATTERN = "[A-Za-z]+_[A-Za-z0-9]+"

MAX_INT = 999_999_999
"""The largest number a spec holds: our own limit, which fits every integer type a reader may use."""


class Scalar(Protocol):
    """One value: from text, and what is wrong with it."""

    @property
    def expected(self) -> str:
        """What would be right, to stand after "expected" in a message."""
        ...

    def read(self, text: str) -> object:
        """The value that an element's text stands for; ValueError where it stands for none."""
        ...

    def error(self, value: object) -> str | None:
        """What is wrong with a value, to stand after its name; None where nothing is."""
        ...


def _is_number(text: str) -> bool:
    """ASCII digits, nine at most, perhaps with a plus: int() takes far more, such as 1_000."""
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdigit() and len(digits) <= 9


@frozen
class String:
    """Any text that XML can hold, blanks and line ends included."""

    expected: str = field(default="text", init=False)

    def read(self, text: str) -> str:
        return text

    def error(self, value: object) -> str | None:
        if type(value) is not str:  # not a subclass either: an Enum is text, but writes as its name
            return f"is of type {type(value).__name__}, not text"
        if value.isascii() and value.isprintable():
            return None
        bad = re.search(_NOT_XML, value)
        return f"holds the character U+{ord(bad.group()):04X}, which XML cannot hold" if bad else None


@frozen
class Identifier:
    """What a lookup looks for: not empty, and without a blank of any kind at either end."""

    expected: str = field(default="an id, a name or the like, not empty", init=False)

    def read(self, text: str) -> str:
        value = text.strip(XML_WHITESPACE)
        if not value:
            raise ValueError("empty")
        if not value.isascii() and re.search(_BLANK_ENDS, value):  # XML holds no other blank of ASCII
            raise ValueError("a blank at an end")
        return value

    def error(self, value: object) -> str | None:
        problem = String().error(value)
        if problem is not None or not isinstance(value, str):
            return problem
        if not value:
            return "is empty"
        blank = value != value.strip() or (not value.isascii() and re.search(_BLANK_ENDS, value))
        return "begins or ends with a blank" if blank else None


@frozen
class VersionIdentifier:
    """A template version: its number, or the id of the version."""

    expected: str = field(default="a version's number such as 3, or its id", init=False)

    def read(self, text: str) -> str:
        value = text.strip(XML_WHITESPACE)
        if _is_number(value) and int(value) > 0:
            return str(int(value))
        if re.fullmatch(ID_PATTERN, value):
            return value
        raise ValueError("neither a number from 1 nor an id")

    def error(self, value: object) -> str | None:
        try:
            plain = isinstance(value, str) and self.read(value) == value
        except ValueError:
            plain = False
        return None if plain else f"is {value!r}, not {self.expected}"


@frozen
class Integer:
    """A whole number within a range, perhaps of a unit."""

    minimum: int = 1
    unit: str = ""
    maximum: int = MAX_INT

    @property
    def expected(self) -> str:
        unit = f" ({self.unit})" if self.unit else ""
        return f"a whole number from {self.minimum}{unit}"

    def read(self, text: str) -> int:
        text = text.strip(XML_WHITESPACE)
        if not _is_number(text):
            raise ValueError("not a whole number of at most 9 digits")
        value = int(text)
        if value < self.minimum:
            raise ValueError("too small")
        return value

    def error(self, value: object) -> str | None:
        if type(value) is not int:
            return f"is {value!r}, not a whole number"
        if self.minimum <= value <= self.maximum:
            return None
        unit = f" {self.unit}" if self.unit else ""
        if value < self.minimum:
            return f"is {value}; it is at least {self.minimum}{unit}"
        return f"is {value}; it is at most {self.maximum}{unit}"


@frozen
class Choice:
    """One of a few words or numbers."""

    values: tuple[str | int, ...]

    @property
    def words(self) -> dict[str, object]:
        """Each choice by its text."""
        return {str(value): value for value in self.values}

    @property
    def expected(self) -> str:
        words = [str(value) for value in self.values]
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

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


@frozen
class Boolean:
    """A yes or no in XML, true or false elsewhere."""

    expected: str = field(default="yes or no", init=False)

    @property
    def words(self) -> dict[str, object]:
        """What each word means."""
        return {"yes": True, "no": False}

    def read(self, text: str) -> bool:
        if text not in self.words:
            raise ValueError("neither yes nor no")
        return text == "yes"

    def error(self, value: object) -> str | None:
        return None if isinstance(value, bool) else f"is {value!r}, neither True nor False"
