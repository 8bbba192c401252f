"""Single values: what they are read from, and what they refuse."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import pytest

from vmspec.model.leaves import MOST, Characters, Choice, Leaf, Reference, VersionReference, Whole, YesNo

SPEEDS = Choice(("nvme", "ssd"))
VERSIONS = Choice((4, 6))


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    SMALL = 20


@pytest.mark.parametrize(
    ("leaf", "text", "value"),
    [
        (Characters(), "", ""),
        (Characters(), " a\r\n\tb ", " a\r\n\tb "),
        (Reference(), "\t uk-lon-01\r\n", "uk-lon-01"),
        (Reference(), "two  words", "two  words"),
        (VersionReference(), " +007 ", "7"),
        (VersionReference(), "dtv_p2Fh9GcYs6MdK1Ae", "dtv_p2Fh9GcYs6MdK1Ae"),
        (Whole(), "1", 1),
        (Whole(), "\n 20\t", 20),
        (Whole(), "+000000020", 20),
        (Whole(), "999999999", MOST),
        (Whole(0), "0", 0),
        (Whole(0), "+0", 0),
        (SPEEDS, "\n  nvme ", "nvme"),
        (VERSIONS, "+06", 6),
        (YesNo(), "yes", True),
        (YesNo(), "no", False),
    ],
)
def test_read(leaf: Leaf, text: str, value: object) -> None:
    assert leaf.read(text) == value
    assert leaf.wrong(leaf.read(text)) is None


@pytest.mark.parametrize(
    ("leaf", "texts"),
    [
        (Reference(), ["", " \t\r\n", "\xa0a", "a\u2003", "\ufeffa", "a\u200b", "\x85"]),
        (VersionReference(), ["", "0", "-1", "v3", "3.0", "dtv_", "_1", "dtv_1 2", "\u0663", "1000000000"]),
        (
            Whole(),
            ["", " ", "0", "-1", "1_0", "1.0", "1e1", "0x1", "\u0661", "\xa01", "1 0", "++1", "+", "20GB"],
        ),
        (Whole(), ["1000000000", "0000000001", "9" * 5000]),
        (Whole(0), ["", "-0", "-1"]),
        (SPEEDS, ["", "SSD", "hdd", "nvme ssd", "nvme\xa0"]),
        (VERSIONS, ["", "5", "4.0", "46", "\uff14"]),
        (YesNo(), ["", "Yes", " yes", "true", "1"]),
    ],
)
def test_read_refuses(leaf: Leaf, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=r"\w"):
            leaf.read(text)


@pytest.mark.parametrize(
    ("leaf", "value", "problem"),
    [
        (Characters(), 5, "is of type int, not text"),
        (Characters(), b"a", "is of type bytes, not text"),
        (Characters(), Colour.RED, "is of type Colour, not text"),
        (Characters(), "a\x00", "holds the character U+0000, which XML cannot hold"),
        (Characters(), "a\x0bb", "holds the character U+000B, which XML cannot hold"),
        (Characters(), "\ud83d", "holds the character U+D83D, which XML cannot hold"),
        (Characters(), "\ufffe", "holds the character U+FFFE, which XML cannot hold"),
        (Reference(), "", "is empty"),
        (Reference(), "a ", "begins or ends with a blank"),
        (Reference(), "\u2028a", "begins or ends with a blank"),
        (Reference(), None, "is of type NoneType, not text"),
        (VersionReference(), 3, "is 3, not a version's number such as 3, or its id"),
        (VersionReference(), "03", "is '03', not a version's number such as 3, or its id"),
        (Whole(1, "GB"), 0, "is 0; it is at least 1 GB"),
        (Whole(1, "GB"), MOST + 1, "is 1000000000; it is at most 999999999 GB"),
        (Whole(), -3, "is -3; it is at least 1"),
        (Whole(), "3", "is '3', not a whole number"),
        (Whole(), 3.0, "is 3.0, not a whole number"),
        (Whole(), True, "is True, not a whole number"),
        (Whole(), Size.SMALL, "is <Size.SMALL: 20>, not a whole number"),
        (SPEEDS, "SSD", "is 'SSD'; it is nvme or ssd"),
        (SPEEDS, ["nvme"], "is ['nvme']; it is nvme or ssd"),
        (VERSIONS, "4", "is '4'; it is 4 or 6"),
        (VERSIONS, 4.0, "is 4.0; it is 4 or 6"),
        (YesNo(), 1, "is 1, neither True nor False"),
        (YesNo(), "yes", "is 'yes', neither True nor False"),
    ],
)
def test_wrong(leaf: Leaf, value: object, problem: str) -> None:
    assert leaf.wrong(value) == problem


@pytest.mark.parametrize(
    "text", ["", "\t\n\r", "\x85", "\ud7ff", "\ue000", "\ufffd", "\U00010000", "\U0010ffff"]
)
def test_text_may_be_all_that_xml_can_hold(text: str) -> None:
    assert Characters().wrong(text) is None


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        (Whole(1, "GB"), "a whole number from 1 (GB)"),
        (Whole(0), "a whole number from 0"),
        (SPEEDS, "nvme or ssd"),
        (Choice(("a", "b", "c")), "a, b or c"),
        (Choice(("random",)), "random"),
        (YesNo(), "yes or no"),
    ],
)
def test_what_is_expected_in_words(leaf: Leaf, expected: str) -> None:
    assert leaf.expected == expected
