from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..support.command_line import Run
from ..support.documents import BAD, FINE, FULL, GOOD, SECRET
from ..support.processes import loaded_modules

COMMAND = re.compile(r"::(error|warning|notice) ([^\n]*?)::(.*)\n")


def annotations(out: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the annotations that GitHub reads from an output."""
    found: list[tuple[str, dict[str, str], str]] = []
    for line in out.splitlines(keepends=True):
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = (pair.split("=", 1) for pair in match[2].split(","))
        properties = {name: unescaped(value, "%3A:", "%2C,") for name, value in pairs}
        found.append((match[1], properties, unescaped(match[3])))
    return found


def unescaped(text: str, *more: str) -> str:
    for code in (*more, "%0D\r", "%0A\n", "%25%"):
        text = text.replace(code[:3], code[3:])
    return text


def test_finding_becomes_a_workflow_command(run: Run, folder: Path) -> None:
    (folder / "bad.xml").write_text(BAD)
    (folder / "fine.xml").write_text(FINE)
    result = run("validate", "--output-format", "github", ".")
    assert result.out == (
        "::error file=bad.xml,line=5,col=6,title=VMS102::"
        "<Resources> has no child <Packge>; did you mean <Package>?\n"
    )
    assert (result.code, result.err) == (1, "1 error in 1 of 2 files\n")


def test_each_severity_has_its_command(run: Run, folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.vmspec]\nseverity = { VMS224 = "info" }\n')
    (folder / "web.xml").write_text(GOOD.replace("web-1", "WEB-1"))
    kinds = [kind for kind, _, _ in annotations(run("validate", "--output-format", "github", "web.xml").out)]
    assert kinds == ["notice", "warning"]


def test_format_is_the_default_in_an_action(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "web.xml").write_text(BAD)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run("validate", "web.xml").out.startswith("::error ")
    assert run("validate", "--output-format", "text", "web.xml").out.startswith("web.xml:5:6: error")
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    assert run("validate", "web.xml").out.startswith("web.xml:5:6: error")


@pytest.mark.parametrize(
    "name", ["100 %.xml", "a::b,c=d.xml", "%0A.xml", "two\nlines\r.xml", "::error::.xml"]
)
def test_file_names_are_escaped_without_loss(run: Run, folder: Path, name: str) -> None:
    (folder / name).write_text(BAD)
    [(_, properties, _)] = annotations(run("validate", "--output-format", "github", "--", name).out)
    assert properties == {"file": name, "line": "5", "col": "6", "title": "VMS102"}


@pytest.mark.parametrize(
    "value", ["100 %", "%0A::error::x", "::stop-commands::x", "a&#10;::error::b", "a,b=c"]
)
def test_values_are_not_read_as_commands(run: Run, folder: Path, value: str) -> None:
    (folder / "web.xml").write_text(GOOD.replace('by="permalink">rock-3', f'by="{value}">rock-3'))
    [(kind, _, message), *_] = annotations(run("validate", "--output-format", "github", "web.xml").out)
    assert kind == "error"
    assert value.replace("&#10;", r"\n") in message


def test_file_names_do_not_steer_a_terminal(run: Run, folder: Path) -> None:
    (folder / "red\x1b[31m\udcff.xml").write_text(BAD)
    assert r"file=red\x1b[31m\xff.xml," in run("validate", "--output-format", "github", ".").out


def test_standard_input_has_no_file_property(run: Run) -> None:
    result = run("validate", "--output-format", "github", "-", stdin=BAD.encode())
    assert result.out.startswith("::error line=5,col=6,title=VMS102::")


def test_file_names_are_relative_to_the_workspace(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "r" / "specs").mkdir(parents=True)
    (folder / "r" / "specs" / "web.xml").write_text(BAD)
    monkeypatch.chdir(folder / "r" / "specs")

    def file(path: str | Path) -> str:
        [(_, properties, _)] = annotations(run("validate", "--output-format", "github", path).out)
        return properties["file"]

    assert file("web.xml") == file(folder / "r" / "specs" / "web.xml") == "web.xml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder / "r"))
    assert file("web.xml") == file("../specs/web.xml") == "specs/web.xml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder / "elsewhere"))
    monkeypatch.chdir(folder)
    assert file("r/specs/web.xml") == "r/specs/web.xml"
    monkeypatch.chdir(folder / "r" / "specs")
    (folder / "r" / "db.xml").write_text(BAD)
    assert file("../db.xml") == str(folder / "r" / "db.xml")


def test_annotations_show_no_secrets(run: Run, folder: Path) -> None:
    for text in (FULL, FULL.replace("UserData", "UserDta"), FULL.replace(SECRET, f"{SECRET} & <")):
        (folder / "web.xml").write_text(text)
        result = run("validate", "--output-format", "github", "web.xml")
        assert SECRET not in result.out + result.err


def test_other_formats_are_not_imported(folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    loaded = loaded_modules("validate", "web.xml", env={"GITHUB_ACTIONS": "true"})
    assert "vmspec.cli.output.github" in loaded
    assert not {"vmspec.cli.output.sarif", "vmspec.cli.output.json", "rich", "multiprocessing"} & loaded
