from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from vmspec import loads
from vmspec.builder.source import to_module

from ..support.command_line import Process, Run
from ..support.documents import BAD, BAD_LINES, GOOD, GOOD_JSON, GOOD_YAML, NOTE

FACES = {"xml": GOOD, "json": GOOD_JSON, "yaml": GOOD_YAML}


@pytest.mark.parametrize(("source", "target"), [*itertools.product(FACES, FACES)])
def test_format_is_converted_to_every_other(run: Run, folder: Path, source: str, target: str) -> None:
    (folder / f"in.{source}").write_text(FACES[source])
    result = run("convert", f"in.{source}", "-o", f"out.{target}")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (folder / f"out.{target}").read_text() == FACES[target]


def test_standard_input_is_converted_to_standard_output(run: Run) -> None:
    result = run("convert", "-", "--to", "yaml", stdin=GOOD_JSON.encode())
    assert (result.code, result.out, result.err) == (0, GOOD_YAML, "")


def test_options_take_precedence_over_suffixes(run: Run, folder: Path) -> None:
    (folder / "in.txt").write_text(GOOD_JSON)
    assert run("convert", "in.txt", "--from", "yaml", "--to", "xml", "-o", "out.json").code == 0
    assert (folder / "out.json").read_text() == GOOD


@pytest.mark.parametrize("output", [[], ["-o", "out"], ["-o", "-"]])
def test_unknown_target_format_is_a_usage_error(run: Run, folder: Path, output: list[str]) -> None:
    (folder / "web.xml").write_text(GOOD)
    result = run("convert", "web.xml", *output)
    assert (result.code, result.out) == (2, "")
    assert "The output format is unknown; use --to, or -o with a suffix." in result.err


def test_invalid_document_is_not_converted(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    result = run("convert", "web.xml", "-o", "web.json")
    assert (result.code, result.out, result.err) == (1, "", BAD_LINES.format(name="web.xml") + NOTE)
    assert not (folder / "web.json").exists()


@pytest.mark.parametrize("path", ["missing.xml", ""])
def test_unreadable_file_is_an_error(run: Run, folder: Path, path: str) -> None:
    result = run("convert", path, "--to", "json")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {path}: ")


def test_unwritable_file_is_an_error(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(GOOD)
    result = run("convert", "web.xml", "-o", "missing/web.json")
    assert (result.code, result.err) == (2, "error: missing/web.json: No such file or directory\n")


def test_output_is_utf8_in_any_locale(process: Process) -> None:
    source = GOOD.replace("web-1", "wéb-日本")
    result = process(
        "convert", "-", "--to", "xml", input=source.encode(), env={"PYTHONIOENCODING": "latin-1"}
    )
    assert (result.returncode, result.stdout) == (0, source.encode())


class TestFolders:
    @pytest.fixture
    def specs(self, folder: Path) -> Path:
        (folder / "specs/db").mkdir(parents=True)
        (folder / "specs/web.xml").write_text(GOOD)
        (folder / "specs/db/db.json").write_text(GOOD_JSON)
        (folder / "specs/other.yaml").write_text("replicas: 3\n")
        return folder

    def test_each_spec_becomes_a_file_at_the_same_path(self, run: Run, specs: Path) -> None:
        result = run("convert", "specs", "-o", "out/yaml", "--to", "yaml")
        assert (result.code, result.out, result.err) == (0, "", "2 files written to out/yaml\n")
        written = {str(path.relative_to(specs)) for path in (specs / "out").rglob("*") if path.is_file()}
        assert written == {"out/yaml/web.yaml", "out/yaml/db/db.yaml"}
        assert (specs / "out/yaml/db/db.yaml").read_text() == GOOD_YAML

    def test_several_files_go_into_one_folder(self, run: Run, specs: Path) -> None:
        result = run("convert", "specs/web.xml", "specs/db/db.json", "-o", "out", "--to", "json")
        assert result.code == 0
        assert {path.name for path in (specs / "out").iterdir()} == {"web.json", "db.json"}

    def test_one_file_goes_into_an_existing_folder(self, run: Run, specs: Path) -> None:
        (specs / "out").mkdir()
        assert run("convert", "specs/web.xml", "-o", "out", "--to", "json").code == 0
        assert (specs / "out/web.json").read_text() == GOOD_JSON

    def test_invalid_document_does_not_stop_the_others(self, run: Run, specs: Path) -> None:
        (specs / "specs/bad.xml").write_text(BAD)
        result = run("convert", "specs", "-o", "out", "--to", "json")
        assert (result.code, result.out) == (1, "")
        assert "specs/bad.xml:5:6: error VMS102" in result.err
        assert result.err.endswith(f"2 files written to out\n{NOTE}")

    @pytest.mark.parametrize("options", [["--to", "json"], ["-o", "out"], ["-o", "out", "--from", "xml"]])
    def test_folder_without_output_folder_or_format_is_a_usage_error(
        self, run: Run, specs: Path, options: list[str]
    ) -> None:
        assert run("convert", "specs", *options).code == 2
        assert not (specs / "out").exists()

    def test_nothing_is_written_if_two_would_have_one_name(self, run: Run, specs: Path) -> None:
        (specs / "specs/web.json").write_text(GOOD_JSON)
        result = run("convert", "specs", "-o", "out", "--to", "yaml")
        message = "error: specs/web.xml and specs/web.json would both become out/web.yaml\n"
        assert (result.code, result.err) == (2, message)
        assert not (specs / "out").exists()

    def test_input_is_not_replaced(self, run: Run, specs: Path) -> None:
        result = run("convert", "specs", "-o", "specs", "--to", "xml")
        assert (result.code, "specs/web.xml would be replaced" in result.err) == (2, True)
        assert not (specs / "specs/db/db.xml").exists()


class TestPython:
    def test_module_assigns_the_spec(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD)
        result = run("convert", "web.xml", "--to", "python")
        names: dict[str, object] = {}
        exec(result.out, names)
        assert (result.code, names["spec"]) == (0, loads(GOOD))
        assert result.out == (
            'from vmspec import VM\n\nspec = VM("web-1").data_center("uk-lon-01").package("rock-3").build()\n'
        )

    def test_suffix_py_means_python(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD)
        assert run("convert", "web.xml", "-o", "web.py").code == 0
        assert (folder / "web.py").read_text() == to_module(loads(GOOD))

    def test_folder_becomes_modules(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD)
        assert run("convert", ".", "-o", "out", "--to", "python").code == 0
        assert (folder / "out/web.py").read_text() == to_module(loads(GOOD))
