from __future__ import annotations

import os
import time
from pathlib import Path

import click
import pytest

from vmspec import Severity
from vmspec.cli.config import MAX_BYTES, project_selection, selection_for
from vmspec.validation.selection import Selection


def project(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return path


def test_select_ignore_and_severity_are_read(folder: Path) -> None:
    project(
        folder,
        '[tool.vmspec]\nselect = ["VMS231", "small-disk"]\nignore = ["flexible-resources"]\n'
        'severity = { VMS231 = "info", small-disk = "error" }\n',
    )
    assert project_selection() == Selection(
        frozenset({"VMS231", "VMS242"}),
        frozenset({"VMS214"}),
        {"VMS231": Severity.INFO, "VMS242": Severity.ERROR},
    )


def test_nearest_file_with_a_table_applies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deepest = folder / "a" / "b" / "c"
    deepest.mkdir(parents=True)
    project(folder, '[tool.vmspec]\nignore = ["VMS201"]\n')
    project(folder / "a", '[tool.vmspec]\nignore = ["VMS202"]\n')
    project(folder / "a" / "b", '[project]\nname = "vmspec"\n[tool.other]\nignore = ["VMS211"]\n')
    monkeypatch.chdir(deepest)
    assert project_selection() == Selection(ignore=frozenset({"VMS202"}))
    assert project_selection(folder) == Selection(ignore=frozenset({"VMS201"}))


@pytest.mark.parametrize(
    "text", ["", "not TOML at all", "[tool]\n", '[tool.other]\nkey = "vmspec"\n', "tool = 1 # vmspec\n"]
)
def test_file_without_a_table_is_passed_over(folder: Path, text: str) -> None:
    (folder / "inner").mkdir()
    project(folder / "inner", text)
    project(folder, '[tool.vmspec]\nignore = ["VMS201"]\n')
    assert project_selection(folder / "inner") == Selection(ignore=frozenset({"VMS201"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("engine = 'x'", '[tool.vmspec] has no key "engine"; the keys are select, ignore or severity'),
        ("path = 'x'", '[tool.vmspec] has no key "path"; the keys are select, ignore or severity'),
        ("ignore = 'VMS231'", "[tool.vmspec] ignore is not a list of codes or names"),
        ("select = [231]", "[tool.vmspec] select is not a list of codes or names"),
        ("severity = ['info']", "[tool.vmspec] severity is not a table of codes and severities"),
        ("severity.VMS231.a = 1", "[tool.vmspec] severity is not a table of codes and severities"),
        (
            "ignore = ['small-dsk']",
            '[tool.vmspec] "small-dsk" is not a code or the name of a rule; did you mean small-disk?',
        ),
        ("ignore = ['VMS102']", "[tool.vmspec] VMS102 does not belong to a rule and always stays an error"),
        (
            "severity.VMS231 = 'fatal'",
            '[tool.vmspec] "fatal" is not a severity; choose error, warning or info',
        ),
        ("select = []", "[tool.vmspec] select is empty, so nothing would be checked; remove it"),
        ("ignore = [", "not valid TOML: Invalid value (at end of document)"),
        ("a = " + "[" * 50_000, "not valid TOML: nested too deeply"),
        ("a" + ".a" * 50_000 + " = 1", "has a line with more than 100 dots"),
        ("#" * MAX_BYTES, "has more than 262,144 bytes"),
    ],
)
def test_invalid_table_is_a_usage_error(folder: Path, text: str, words: str) -> None:
    path = project(folder, f"[tool.vmspec]\n{text}\n")
    begun = time.monotonic()
    with pytest.raises(click.UsageError) as caught:
        project_selection()
    assert caught.value.exit_code == 2
    assert caught.value.message == f"{path}: {words}"
    assert time.monotonic() - begun < 5


def test_tool_vmspec_must_be_a_table(folder: Path) -> None:
    project(folder, "[tool]\nvmspec = 1\n")
    with pytest.raises(click.UsageError, match=r"tool\.vmspec is not a table"):
        project_selection()


def test_symbolic_links_and_pipes_are_not_opened(folder: Path) -> None:
    project(folder, '[tool.vmspec]\nignore = ["VMS201"]\n')
    (folder / "linked").mkdir()
    (folder / "linked" / "pyproject.toml").symlink_to(folder / "elsewhere.toml")
    (folder / "elsewhere.toml").write_text("[tool.vmspec]\nignore = []\n")
    (folder / "piped").mkdir()
    os.mkfifo(folder / "piped" / "pyproject.toml")  # to open it would wait for a writer
    for name in ("linked", "piped"):
        assert project_selection(folder / name) == Selection(ignore=frozenset({"VMS201"}))


def test_command_line_replaces_select_and_adds_to_ignore(folder: Path) -> None:
    project(
        folder, '[tool.vmspec]\nselect = ["VMS201"]\nignore = ["VMS211"]\nseverity = { VMS231 = "info" }\n'
    )
    info = {"VMS231": Severity.INFO}
    assert selection_for() == project_selection()
    assert selection_for(["VMS231"]) == Selection(frozenset({"VMS231"}), frozenset({"VMS211"}), info)
    assert selection_for((), ["VMS242"]) == Selection(
        frozenset({"VMS201"}), frozenset({"VMS211", "VMS242"}), info
    )
    with pytest.raises(click.UsageError, match='"VMS999" is not a code'):
        selection_for(["VMS999"])


def test_command_line_applies_without_a_project(folder: Path) -> None:
    assert selection_for(["VMS231"], ["VMS242"]) == Selection(frozenset({"VMS231"}), frozenset({"VMS242"}))
