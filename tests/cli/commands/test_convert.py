from __future__ import annotations

import itertools
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", ["missing.xml", "", "."])
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
