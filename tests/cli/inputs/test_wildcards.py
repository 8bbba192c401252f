"""Patterns mean what they mean to git and to shells, and none of them takes long."""

from __future__ import annotations

import re
import time

import pytest

from vmspec.cli.inputs.wildcards import of_name, of_path


def fits(expression: str, text: str) -> bool:
    return re.fullmatch(expression, text) is not None


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("web.xml", ["web.xml"], ["webxxml", "web.xml "]),
        ("*", ["a", "a.b", "a\nb"], ["a/b"]),
        ("*.xml", [".xml", "a.xml", "a.xml.xml"], ["a.xmlx", "a/b.xml"]),
        ("a*b*c", ["abc", "axbxbxc", "abcbc"], ["abcx", "acb"]),
        ("**a", ["a", "xa"], ["x/a"]),
        ("?", ["a", "é"], ["", "ab", "/"]),
        ("[ab]c", ["ac", "bc"], ["c", "abc"]),
        ("[a-cx]", ["b", "x"], ["d", "-"]),
        ("[!a-c]", ["d", "-"], ["b", "/"]),
        ("[^a]", ["b"], ["a"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[+-9]", ["0"], ["/", "a"]),
        ("[z-a]", ["z"], ["a", "m"]),
        (r"[\]\-z]", ["]", "-", "z"], ["a", "\\"]),
        ("[[:digit:]x]", ["7", "x"], ["a", ":"]),
        ("[[:nonsense:]]", [], ["n", ":]"]),
        ("[a", [], ["a", "[a"]),
        ("[a-", [], ["a", "[a-"]),
        (r"\*\a", ["*a"], ["xa", r"\*\a"]),
        ("a\\", [], ["a", "a\\"]),
        ("(a|b)+", ["(a|b)+"], ["a"]),
        ("", [""], ["a"]),
    ],
)
def test_names(pattern: str, fitting: list[str], others: list[str]) -> None:
    expression = of_name(pattern)
    assert [text for text in fitting if not fits(expression, text)] == []
    assert [text for text in others if fits(expression, text)] == []


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("a/b", ["a/b"], ["b", "x/a/b", "a/b/c"]),
        ("a/*", ["a/b"], ["a", "a/b/c"]),
        ("**/a", ["a", "x/a", "x/y/a"], ["xa", "a/x"]),
        ("a/**", ["a/b", "a/b/c", "a/\n"], ["a", "a/"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/c"]),
        ("**/a*/**/b*/c", ["a/b/c", "x/a1/y/b1/c", "a/b/b/c"], ["a/c", "b/a/c"]),
        ("**", ["a", "a/b"], [""]),
        ("***/a", ["a", "x/a"], []),
        ("a**/b", ["a/b", "ax/b"], ["a/x/b"]),
        ("a//b", [], ["a/b", "a//b"]),
    ],
)
def test_paths(pattern: str, fitting: list[str], others: list[str]) -> None:
    expression = of_path(pattern)
    assert [text for text in fitting if not fits(expression, text)] == []
    assert [text for text in others if fits(expression, text)] == []


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("a*" * 60 + "b", "a" * 255),
        ("*a" * 60, "a" * 254 + "b"),
        ("[ab]*" * 60 + "c", "ab" * 127),
        ("**/a*/" * 60 + "b", "a/" * 2000 + "a"),
        ("**/" * 60 + "x*y", "a/" * 2000),
    ],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    """A library that backtracks needs longer than anybody has for each of these."""
    start = time.process_time()
    assert not fits(of_path(pattern), path)
    assert time.process_time() - start < 1
