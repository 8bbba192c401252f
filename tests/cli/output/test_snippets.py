"""The line of a snippet, and the place of its carets."""

from __future__ import annotations

import pytest

from vmspec.cli.output.snippets import MASK_NOTE, MAX_BYTES, WIDTH, Snippets
from vmspec.documents.formats import FormatName

from ..conftest import Run

SECRET = "hunter2"


def snippet(text: str, format: FormatName, line: int, column: int) -> tuple[str, str] | None:
    return Snippets(text.encode(), format).at(line, column)


def test_carets_are_below_the_word() -> None:
    assert snippet("hostname: web\nname:  we-b.x # y\n", "yaml", 2, 8) == (
        "name:  we-b.x ***",
        "       ^^^^^^",
    )


def test_carets_are_below_a_mask() -> None:
    text = f"cloud_init:\n  user_data: {{a: {SECRET}}}\n"
    assert snippet(text, "yaml", 2, 14) == ("  user_data: {***: ***}", "             ^")
    assert snippet(text, "yaml", 2, 20) == ("  user_data: {***: ***}", "                   ^^^")


def test_carets_count_columns_of_the_terminal() -> None:
    text = "<VirtualMachineSpec>\n\t<Name>日本e\u0301</Name><Zone>x</Zone></VirtualMachineSpec>"
    assert snippet(text, "xml", 2, 20) == (
        "    <Name>日本e\u0301</Name><Zone>x</Zone></VirtualMachineSpec>",
        " " * 23 + "^^^^",
    )


def test_masked_value_takes_three_characters() -> None:
    text = (
        f"<VirtualMachineSpec><CloudInit><UserData>a {SECRET} b</UserData></CloudInit></VirtualMachineSpec>"
    )
    assert snippet(text, "xml", 1, text.index("CloudInit>") + 1) == (
        "<VirtualMachineSpec><CloudInit><UserData>***</UserData></CloudInit></VirtualMachineSpec>",
        " " * 21 + "^" * 9,
    )


def test_long_line_is_cut() -> None:
    text = "name: " + "a" * 1000 + " " + "b" * 1000
    found = snippet(text, "yaml", 1, 1008)
    assert found is not None
    assert found[0].startswith("…aaa")
    assert found[0].endswith("bbb…")
    assert len(found[0]) == WIDTH + 2
    assert found[1].count("^") == WIDTH - found[0].index("b") + 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("name: x", 2, 1),
        ("name: x", 1, 20),
        ("name: x", 1, 0),
        ("", 1, 1),
        ("name: [x", 1, 1),
        ("name: x\n" * MAX_BYTES, 1, 1),
    ],
)
def test_line_that_cannot_be_shown_has_no_snippet(text: str, line: int, column: int) -> None:
    assert snippet(text, "yaml", line, column) is None


def test_finding_without_a_place_has_no_snippet() -> None:
    assert Snippets(b"name: x", "yaml").at(None, None) is None


def test_byte_order_mark_and_carriage_return_are_not_shown() -> None:
    assert Snippets(b"\xef\xbb\xbfname: x\r\ntags: []\r\n", "yaml").at(1, 1) == ("name: x", "^^^^")
    assert Snippets(b"<VirtualMachineSpec>\r\n</VirtualMachineSpec>", "xml").at(1, 2) == (
        "<VirtualMachineSpec>",
        " " + "^" * 18,
    )


def test_characters_that_steer_terminals_are_escaped() -> None:
    assert snippet("name: a\u202eb", "yaml", 1, 1) == (r"name: a\u202eb", "^^^^")


@pytest.mark.parametrize(
    "command", [("validate",), ("format", "--diff"), ("show",), ("convert", "--to", "json")]
)
def test_mask_is_explained_once(command: str, run: Run) -> None:
    result = run(
        *command, "-", stdin=b"<VirtualMachineSpec><Nmae>x</Nmae><Size>y</Size></VirtualMachineSpec>"
    )
    assert result.err.splitlines().count(MASK_NOTE) == 1


def test_mask_is_explained_for_a_diff(run: Run) -> None:
    result = run("format", "--diff", "-", stdin=b"<VirtualMachineSpec><!-- x --></VirtualMachineSpec>")
    assert result.err.splitlines().count(MASK_NOTE) == 1


def test_nothing_is_explained_without_a_mask(run: Run) -> None:
    result = run(
        "validate", "-", stdin=b"<VirtualMachineSpec><Zone>x</Zone><Name/><Nmae/></VirtualMachineSpec>"
    )
    assert MASK_NOTE not in result.err
