from __future__ import annotations

from pathlib import Path

import pytest

from vmspec import load, loads, validate

from ..support.command_line import Run


@pytest.mark.parametrize("suffix", ["xml", "json", "yaml", "yml"])
def test_first_spec_has_no_findings(run: Run, folder: Path, suffix: str) -> None:
    name = f"db-7.{suffix}"
    result = run("init", name)
    assert (result.code, result.out) == (0, "")
    assert result.err == f"{name} written; next: vmspec validate {name}\n"
    assert validate(folder / name).findings == ()
    assert load(folder / name).hostname == "db-7"


def test_formats_have_the_same_spec(run: Run, folder: Path) -> None:
    for suffix in ("xml", "json", "yaml"):
        (folder / suffix).mkdir()
        run("init", f"{suffix}/web.{suffix}")
    assert load(folder / "xml/web.xml") == load(folder / "json/web.json") == load(folder / "yaml/web.yaml")


def test_comments_are_in_xml_and_yaml(run: Run, folder: Path) -> None:
    for name in ("web.xml", "web.yaml", "web.json"):
        run("init", name)
    assert (folder / "web.xml").read_text().count("<!--") > 5
    assert (folder / "web.yaml").read_text().count("\n#") > 5
    assert "#" not in (folder / "web.json").read_text()


def test_document_is_in_canonical_form(run: Run, folder: Path) -> None:
    for name in ("web.xml", "web.json"):
        run("init", name)
    assert run("format", "--check", ".").code == 0


def test_commented_lines_are_valid_yaml_too(run: Run) -> None:
    text = run("init").out
    for name in ("backup_policies", "tags", "cloud_init"):
        start = text.index(f"# {name}:")
        block = text[start:].partition("\n\n")[0]
        more = "".join(f"{line.removeprefix('# ')}\n" for line in block.splitlines())
        assert getattr(loads(f"{text}\n{more}", "yaml"), name)


@pytest.mark.parametrize(
    "name", ["null.yaml", "1.yaml", "Web.yaml", "a_b.yaml", "-.yaml", f"{'x' * 64}.yaml"]
)
def test_name_that_cannot_be_a_hostname_is_not_taken(run: Run, folder: Path, name: str) -> None:
    assert run("init", f"./{name}").code == 0
    assert load(folder / name).hostname == "web-1"


def test_without_a_file_yaml_is_printed(run: Run, folder: Path) -> None:
    for arguments in ([], ["-"]):
        result = run("init", *arguments)
        assert (result.code, result.err) == (0, "")
        assert validate(result.out, "yaml").findings == ()
    assert [*folder.iterdir()] == []


def test_file_that_exists_is_not_replaced(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text("mine")
    (folder / "link.yaml").symlink_to("missing.yaml")
    for name in ("web.xml", "link.yaml"):
        result = run("init", name)
        message = f"error: {name} exists and is not replaced; choose another name\n"
        assert (result.code, result.out, result.err) == (2, "", message)
    assert (folder / "web.xml").read_text() == "mine"
    assert not (folder / "missing.yaml").exists()


def test_wrong_use_returns_2(run: Run, folder: Path) -> None:
    assert "The format is unknown" in run("init", "web.toml").err
    assert run("init", "missing/web.xml").err == "error: missing/web.xml: No such file or directory\n"
    assert run("init", "web").code == run("init", ".").code == 2
    assert [*folder.iterdir()] == []
