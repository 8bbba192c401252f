"""Files that ``.gitignore`` files and patterns of the command line leave out: the same as git does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmspec.cli.inputs.gitignore import MAX_BYTES, MAX_LENGTH, PatternError, expression_of
from vmspec.cli.inputs.paths import InputPath, UnreadablePath, expand_paths

NAMES = ("a", "b", "ab", "web", "x y", "[a]", "a*b", "!a", "#a")
PIECES = (*NAMES, "*", "?", "[ab]", "[!a]", "[a-c]", "\\*", ".xml", "*.xml", "-")
FILES = tuple(f"{name}.xml" for name in NAMES)


def found(*paths: str | Path) -> list[str]:
    return [place.path for place in expand_paths(map(str, paths)) if isinstance(place, InputPath)]


def fill(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("")


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ("", ["a.xml", "b/a.xml", "b/c/a.xml", "d.xml/e.xml"]),
        ("a.xml", ["d.xml/e.xml"]),
        ("/a.xml", ["b/a.xml", "b/c/a.xml", "d.xml/e.xml"]),
        ("b/a.xml", ["a.xml", "b/c/a.xml", "d.xml/e.xml"]),
        ("*.xml/", ["a.xml", "b/a.xml", "b/c/a.xml"]),
        ("**/c/*", ["a.xml", "b/a.xml", "d.xml/e.xml"]),
        ("b/**", ["a.xml", "d.xml/e.xml"]),
        ("*.xml\n!/a.xml", ["a.xml"]),
        ("!a.xml\na.xml", ["d.xml/e.xml"]),
        ("b\n!b/a.xml", ["a.xml", "d.xml/e.xml"]),
        ("# a.xml\n\n \\\n", ["a.xml", "b/a.xml", "b/c/a.xml", "d.xml/e.xml"]),
        ("a.xml \r\nd.xml  \r\n", []),
        ("\ufeffa.xml", ["d.xml/e.xml"]),
    ],
)
def test_matching_files_and_folders_are_ignored(folder: Path, patterns: str, left: list[str]) -> None:
    fill(folder, "a.xml", "b/a.xml", "b/c/a.xml", "d.xml/e.xml")
    (folder / ".gitignore").write_text(patterns, encoding="utf-8", newline="")
    assert found(".") == left


def test_nearer_gitignore_takes_precedence(folder: Path) -> None:
    fill(folder, "a.xml", "b/a.xml", "b/b.xml")
    (folder / ".gitignore").write_text("a.xml")
    (folder / "b" / ".gitignore").write_text("!a.xml\n/b.xml")
    assert found(".") == ["b/a.xml"]


def test_gitignore_files_above_apply_within_the_repository(folder: Path) -> None:
    fill(folder, "r/s/a.xml", "r/s/b.xml", "r/s/c.xml")
    (folder / ".gitignore").write_text("a.xml")
    (folder / "r" / ".gitignore").write_text("/s/b.xml")
    assert found("r/s") == ["r/s/a.xml", "r/s/b.xml", "r/s/c.xml"]
    (folder / "r" / ".git").mkdir()
    assert found("r/s") == found("r") == ["r/s/a.xml", "r/s/c.xml"]
    assert found(".") == ["r/s/a.xml", "r/s/c.xml"]  # a repository within a folder is its own


def test_named_files_and_folders_are_not_ignored(folder: Path) -> None:
    fill(folder, "build/a.xml", "b.xml")
    (folder / ".git").mkdir()
    (folder / ".gitignore").write_text("build/\nb.xml\n")
    assert found("build", "b.xml", ".") == ["build/a.xml", "b.xml"]


def test_command_line_patterns_respect_gitignore(folder: Path) -> None:
    fill(folder, "a.xml", "b/a.xml", "b/c.conf", ".d/a.xml", "build/a.xml")
    (folder / ".gitignore").write_text("build")
    (folder / "link").symlink_to("b")
    assert found("**/*.xml") == ["a.xml", "b/a.xml"]
    assert found("*/*") == found("b/?.*") == ["b/a.xml", "b/c.conf"]
    assert found(".d/*.xml", "lin[k]/*") == [".d/a.xml"]
    assert found(str(folder / "*.xml")) == [str(folder / "a.xml")]
    assert [*expand_paths(["*.json", "none/*.xml"])] == [
        UnreadablePath("*.json", "matches no file"),
        UnreadablePath("none", "No such file or directory"),
    ]


def test_file_named_like_a_pattern_is_found(folder: Path) -> None:
    fill(folder, "[a].xml", "a.xml")
    assert found("[a].xml") == ["[a].xml"]
    assert found(r"\[a].xml") == ["[a].xml"]


def test_gitignore_that_is_not_a_text_file_is_harmless(folder: Path) -> None:
    fill(folder, "a/a.xml", "b/a.xml", "c/a.xml", "d/a.xml", "d/web.xml")
    os.mkfifo(folder / "a" / ".gitignore")  # to open it would wait for a writer
    (folder / "b" / ".gitignore").mkdir()
    (folder / "patterns").write_text("a.xml")
    (folder / "c" / ".gitignore").symlink_to("../patterns")
    (folder / "d" / ".gitignore").write_bytes(b"\xff\xfe\0\n[\nweb.xml\n" + b"#" * MAX_BYTES + b"\na.xml\n")
    assert found(".") == ["a/a.xml", "b/a.xml", "c/a.xml", "d/a.xml"]


def test_pattern_cut_at_the_size_limit_is_ignored(folder: Path) -> None:
    fill(folder, "a.xml")
    (folder / ".gitignore").write_text("#" * (MAX_BYTES - 6) + "\na.xml-not-this")
    assert found(".") == ["a.xml"]


parts = st.just("**") | (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3)
    .map("".join)
    .filter(lambda part: "**" not in part)
)
"""Parts of patterns. git reads ``web**/a`` as ``web`` and ``**/a``, which its documentation does not say."""


def is_supported(pattern: str) -> bool:
    try:
        expression_of(pattern)
    except PatternError:
        return False
    return True


lines = st.builds(
    lambda negated, rooted, parts, folder: f"{negated}{rooted}{'/'.join(parts)}{folder}",
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "", "", "/"]),
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(["", "", "", "/"]),
).filter(is_supported)
trees = st.lists(
    st.builds(
        lambda folders, file: "/".join([*folders, file]),
        st.lists(st.sampled_from(NAMES), max_size=3),
        st.sampled_from(FILES),
    ),
    min_size=4,
    max_size=12,
)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@settings(max_examples=40)
@given(trees, st.lists(lines, min_size=1, max_size=5), st.lists(lines, max_size=3), st.sampled_from(NAMES))
def test_same_files_as_git(
    files: list[str], patterns: list[str], inner_patterns: list[str], inner: str
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, *files, f"{inner}/a.xml")
        (folder / ".gitignore").write_text("\n".join(patterns))
        (folder / inner / ".gitignore").write_text("\n".join(inner_patterns))
        listed = of_git(folder, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
        assert sorted(found(folder)) == sorted(f"{name}/{file}" for file in listed if file.endswith(".xml"))


def of_git(folder: Path, *arguments: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", folder], env=env, check=True)
    return subprocess.run(
        ["git", "-C", folder, *arguments], env=env, check=True, capture_output=True, text=True
    ).stdout


def matches(pattern: str, path: str) -> bool:
    expression = expression_of(pattern)
    return expression is not None and re.match(expression, path) is not None


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("web.xml", ["web.xml"], ["webxxml"]),
        ("*", ["a", "a.b"], []),
        ("*.xml", [".xml", "a.xml", "a.xml.xml"], ["a.xmlx"]),
        ("a*b*c", ["abc", "axbxbxc", "abcbc"], ["abcx", "acb"]),
        ("**a", ["a", "xa"], []),
        ("?", ["a", "é"], ["ab"]),
        ("[ab]c", ["ac", "bc"], ["c", "abc"]),
        ("[a-cx]", ["b", "x"], ["d", "-"]),
        ("[!a-c]", ["d", "-"], ["b"]),
        ("[^a]", ["b"], ["a"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("x/[+-9]y", ["x/0y"], ["x//y"]),
        ("x[!a]y/z", ["xby/z"], ["x/y/z"]),
        ("[a", [], ["a", "[a"]),
        (r"\*\a", ["*a"], ["xa", r"\*\a"]),
        ("a\\", [], ["a", "a\\"]),
        ("(a|b)+", ["(a|b)+"], ["a"]),
        ("!a", ["!a"], ["a"]),
        ("#a", ["#a"], ["a"]),
        ("a/b", ["a/b"], ["b", "x/a/b", "a/b/c"]),
        ("a/*", ["a/b"], ["a", "a/b/c"]),
        ("**/a", ["a", "x/a", "x/y/a"], ["xa", "a/x"]),
        ("a/**", ["a/b", "a/b/c"], ["a"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/c"]),
        ("***/a", ["a", "x/a"], []),
        ("**/**/**/a", ["a", "x/a"], []),
        ("a**/b", ["a/b", "ax/b"], ["a/x/b"]),
    ],
)
def test_pattern_matches_as_in_git(pattern: str, matching: list[str], others: list[str]) -> None:
    assert [path for path in [*matching, *others] if matches(pattern, path)] == matching


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a*b*c*d*e", "more than 3 wildcards"),
        ("**/a/**/b/**/c", "more than 2 double wildcards"),
        ("a" * (MAX_LENGTH + 1), "longer than 1,000 characters"),
        ("[[:digit:]]", "these brackets are not supported"),
        (r"[a\]]", "these brackets are not supported"),
        ("[a--b]", "these brackets are not supported"),
        ("[z-a]", "these brackets are not supported"),
    ],
)
def test_unsupported_pattern_is_named_and_matches_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], pattern: str, reason: str
) -> None:
    fill(folder, "axbxcxdxe/a.xml", "1.xml")
    (folder / ".gitignore").write_text(f"# first\n{pattern}\n1.xml\n")
    assert found(".") == ["axbxcxdxe/a.xml"]
    warning = capsys.readouterr().err
    assert re.fullmatch(r'warning: \.gitignore:2: pattern ".+" is ignored: .+\n', warning)
    assert warning.endswith(f": {reason}\n")


def test_unsupported_pattern_of_the_command_line_is_an_error(folder: Path) -> None:
    assert [*expand_paths(["a*b*c*d*.xml"])] == [
        UnreadablePath("a*b*c*d*.xml", "pattern not supported: more than 3 wildcards")
    ]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a*a*b", "a" * 255),
        ("*" * 900 + "a*" * 2 + "b", "a" * 255),
        ("**/a/**/a*b", "a/" * 2000 + "a"),
        ("**/*/**/*b", "a/" * 2000 + "a"),
        ("**/" + "*/" * 300 + "**/*b", "a/" * 2000 + "a"),
        ("**/*a*a", ("b" + "a" * 253 + "b/") * 15),
        ("[ab]" * 200 + "c", "ab" * 127),
        ("?" * 900 + "c", "ab" * 127),
    ],
)
def test_matching_takes_less_than_a_second(pattern: str, path: str) -> None:
    start = time.process_time()
    assert not matches(pattern, path)
    assert time.process_time() - start < 1
