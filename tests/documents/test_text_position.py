"""Positions within the user data of a document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmspec import VirtualMachineSpec, dumps
from vmspec.documents import FORMATS, FormatName
from vmspec.documents.formats import open_document
from vmspec.model.elements import CloudInit
from vmspec.testing import texts

PATH = "cloud_init.user_data"


def positions(text: str, format: FormatName, count: int) -> list[tuple[int, int]]:
    document = open_document(text, format)
    return [document.position_in_text(PATH, offset) for offset in range(count)]


@pytest.mark.parametrize("format", FORMATS)
@given(lines=st.lists(texts(), max_size=5))
def test_every_character_of_written_text_is_found(format: FormatName, lines: list[str]) -> None:
    user_data = "#".join(["\n".join(lines), "x"])
    text = dumps(VirtualMachineSpec(cloud_init=CloudInit(user_data=user_data)), format)
    source = text.split("\n")
    for character, (line, column) in zip(user_data, positions(text, format, len(user_data)), strict=True):
        if character.isascii() and character.isalnum():
            assert source[line - 1][column - 1] == character


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        (
            "<VirtualMachineSpec><CloudInit>\n<UserData>a&amp;<![CDATA[<é]]><!-- x -->\r\nb</UserData>"
            "</CloudInit></VirtualMachineSpec>",
            "xml",
            [(2, 11), (2, 12), (2, 26), (2, 27), (2, 41), (3, 1)],
        ),
        (
            r'{"cloud_init": {"user_data": "a\n\ud83d\udc27\u00e9\"b"}}',
            "json",
            [(1, 31), (1, 32), (1, 34), (1, 46), (1, 52), (1, 54)],
        ),
        ("cloud_init:\n  user_data: |\n\n    a\n     b", "yaml", [(3, 1), (4, 5), (4, 6), (5, 5), (5, 6)]),
        ("cloud_init:\n  user_data: |2-\r\n     a\r\n    b", "yaml", [(3, 5), (3, 6), (3, 7), (4, 5)]),
        ("cloud_init: {user_data: 'a''b'}", "yaml", [(1, 26), (1, 27), (1, 29)]),
        ("cloud_init: {user_data: a b}", "yaml", [(1, 25), (1, 26), (1, 27)]),
        ('cloud_init: {user_data: "a\\x20b"}', "yaml", [(1, 26), (1, 27), (1, 31)]),
        ("cloud_init:\n  user_data: >\n    a\n    b", "yaml", [(2, 3), (2, 3), (2, 3)]),
        ("cloud_init:\n  user_data: a\n    b", "yaml", [(2, 3), (2, 3), (2, 3)]),
    ],
)
def test_position_of_each_character(text: str, format: FormatName, expected: list[tuple[int, int]]) -> None:
    assert positions(text, format, len(expected)) == expected
