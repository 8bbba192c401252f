"""Single values: what they are read from, and what they refuse."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import pytest

from vmspec.model.scalars import (
    MAX_INT,
    Boolean,
    Choice,
    Identifier,
    Integer,
    Scalar,
    String,
    VersionIdentifier,
)

SPEEDS = Choice(("nvme", "ssd"))
VERSIONS = Choice((4, 6))


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    SMALL = 20


@pytest.mark.parametrize(
    ("scalar", "text", "value"),
    [
        (String(), "", ""),
        (String(), " a\r\n\tb ", " a\r\n\tb "),
        (Identifier(), "\t uk-lon-01\r\n", "uk-lon-01"),
        (Identifier(), "two  words", "two  words"),
        (VersionIdentifier(), " +007 ", "7"),
        (VersionIdentifier(), "dtv_p2Fh9GcYs6MdK1Ae", "dtv_p2Fh9GcYs6MdK1Ae"),
        (Integer(), "1", 1),
        (Integer(), "\n 20\t", 20),
        (Integer(), "+000000020", 20),
        (Integer(), "999999999", MAX_INT),
        (Integer(0), "0", 0),
        (Integer(0), "+0", 0),
        (SPEEDS, "\n  nvme ", "nvme"),
        (VERSIONS, "+06", 6),
        (Boolean(), "yes", True),
        (Boolean(), "no", False),
    ],
)
def test_read(scalar: Scalar, text: str, value: object) -> None:
    assert scalar.read(text) == value
    assert scalar.error(scalar.read(text)) is None


@pytest.mark.parametrize(
    ("scalar", "texts"),
    [
        (Identifier(), ["", " \t\r\n", "\xa0a", "a\u2003", "\ufeffa", "a\u200b", "\x85"]),
        (VersionIdentifier(), ["", "0", "-1", "v3", "3.0", "dtv_", "_1", "dtv_1 2", "\u0663", "1000000000"]),
        (
            Integer(),
            ["", " ", "0", "-1", "1_0", "1.0", "1e1", "0x1", "\u0661", "\xa01", "1 0", "++1", "+", "20GB"],
        ),
        (Integer(), ["1000000000", "0000000001", "9" * 5000]),
        (Integer(0), ["", "-0", "-1"]),
        (SPEEDS, ["", "SSD", "hdd", "nvme ssd", "nvme\xa0"]),
        (VERSIONS, ["", "5", "4.0", "46", "\uff14"]),
        (Boolean(), ["", "Yes", " yes", "true", "1"]),
    ],
)
def test_read_refuses(scalar: Scalar, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=r"\w"):
            scalar.read(text)


@pytest.mark.parametrize(
    ("scalar", "value", "problem"),
    [
        (String(), 5, "is of type int, not text"),
        (String(), b"a", "is of type bytes, not text"),
        (String(), Colour.RED, "is of type Colour, not text"),
        (String(), "a\x00", "holds the character U+0000, which XML cannot hold"),
        (String(), "a\x0bb", "holds the character U+000B, which XML cannot hold"),
        (String(), "\ud83d", "holds the character U+D83D, which XML cannot hold"),
        (String(), "\ufffe", "holds the character U+FFFE, which XML cannot hold"),
        (Identifier(), "", "is empty"),
        (Identifier(), "a ", "begins or ends with a blank"),
        (Identifier(), "\u2028a", "begins or ends with a blank"),
        (Identifier(), None, "is of type NoneType, not text"),
        (VersionIdentifier(), 3, "is 3, not a version's number such as 3, or its id"),
        (VersionIdentifier(), "03", "is '03', not a version's number such as 3, or its id"),
        (Integer(1, "GB"), 0, "is 0; it is at least 1 GB"),
        (Integer(1, "GB"), MAX_INT + 1, "is 1000000000; it is at most 999999999 GB"),
        (Integer(), -3, "is -3; it is at least 1"),
        (Integer(), "3", "is '3', not a whole number"),
        (Integer(), 3.0, "is 3.0, not a whole number"),
        (Integer(), True, "is True, not a whole number"),
        (Integer(), Size.SMALL, "is <Size.SMALL: 20>, not a whole number"),
        (SPEEDS, "SSD", "is 'SSD'; it is nvme or ssd"),
        (SPEEDS, ["nvme"], "is ['nvme']; it is nvme or ssd"),
        (VERSIONS, "4", "is '4'; it is 4 or 6"),
        (VERSIONS, 4.0, "is 4.0; it is 4 or 6"),
        (Boolean(), 1, "is 1, neither True nor False"),
        (Boolean(), "yes", "is 'yes', neither True nor False"),
    ],
)
def test_wrong(scalar: Scalar, value: object, problem: str) -> None:
    assert scalar.error(value) == problem


@pytest.mark.parametrize(
    "text", ["", "\t\n\r", "\x85", "\ud7ff", "\ue000", "\ufffd", "\U00010000", "\U0010ffff"]
)
def test_text_may_be_all_that_xml_can_hold(text: str) -> None:
    assert String().error(text) is None


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        (Integer(1, "GB"), "a whole number from 1 (GB)"),
        (Integer(0), "a whole number from 0"),
        (SPEEDS, "nvme or ssd"),
        (Choice(("a", "b", "c")), "a, b or c"),
        (Choice(("random",)), "random"),
        (Boolean(), "yes or no"),
    ],
)
def test_what_is_expected_in_words(scalar: Scalar, expected: str) -> None:
    assert scalar.expected == expected
