"""Single values: reading, and the values they reject."""

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
def test_read_rejects_invalid_text(scalar: Scalar, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=r"\w"):
            scalar.read(text)


@pytest.mark.parametrize(
    ("scalar", "value", "problem"),
    [
        (String(), 5, "is of type int, not str"),
        (String(), b"a", "is of type bytes, not str"),
        (String(), Colour.RED, "is of type Colour, not str"),
        (String(), "a\x00", "contains the character U+0000, which XML does not allow"),
        (String(), "a\x0bb", "contains the character U+000B, which XML does not allow"),
        (String(), "\ud83d", "contains the character U+D83D, which XML does not allow"),
        (String(), "\ufffe", "contains the character U+FFFE, which XML does not allow"),
        (Identifier(), "", "is empty"),
        (Identifier(), "a ", "starts or ends with whitespace"),
        (Identifier(), "\u2028a", "starts or ends with whitespace"),
        (Identifier(), None, "is of type NoneType, not str"),
        (VersionIdentifier(), 3, "is 3; it is a version number such as 3, or a version id"),
        (VersionIdentifier(), "03", "is '03'; it is a version number such as 3, or a version id"),
        (Integer(1, "GB"), 0, "is 0; it is at least 1 GB"),
        (Integer(1, "GB"), MAX_INT + 1, "is 1000000000; it is at most 999999999 GB"),
        (Integer(), -3, "is -3; it is at least 1"),
        (Integer(), "3", "is '3', not an integer; write 3"),
        (Integer(), 3.0, "is 3.0, not an integer; write 3"),
        (Integer(), True, "is True, not an integer"),
        (Integer(), Size.SMALL, "is <Size.SMALL: 20>, not an integer; write 20"),
        (SPEEDS, "SSD", "is 'SSD'; it is nvme or ssd"),
        (SPEEDS, ["nvme"], "is ['nvme']; it is nvme or ssd"),
        (VERSIONS, "4", "is '4'; it is 4 or 6"),
        (VERSIONS, 4.0, "is 4.0; it is 4 or 6"),
        (Boolean(), 1, "is 1; it is True or False"),
        (Boolean(), "yes", "is 'yes'; it is True or False"),
    ],
)
def test_error_describes_an_invalid_value(scalar: Scalar, value: object, problem: str) -> None:
    assert scalar.error(value) == problem


@pytest.mark.parametrize(
    "text", ["", "\t\n\r", "\x85", "\ud7ff", "\ue000", "\ufffd", "\U00010000", "\U0010ffff"]
)
def test_string_may_contain_every_character_of_xml(text: str) -> None:
    assert String().error(text) is None


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        (Integer(1, "GB"), "an integer from 1 (GB)"),
        (Integer(0), "an integer from 0"),
        (SPEEDS, "nvme or ssd"),
        (Choice(("a", "b", "c")), "a, b or c"),
        (Choice(("random",)), "random"),
        (Boolean(), "yes or no"),
    ],
)
def test_expected_values_in_words(scalar: Scalar, expected: str) -> None:
    assert scalar.expected == expected
