"""What holds for every command: help, wrong use, streams that fail, colours, and a quick start."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from vmspec.cli import main
from vmspec.version import __version__

from .support.command_line import Process, Run
from .support.documents import BAD, FULL, GOOD, GOOD_YAML, SECRET
from .support.processes import TERMINAL, terminal_output

HEAVY = (
    "rich",
    "httpx",
    "xmlschema",
    "starlette",
    "yaml",
    "hypothesis",
    "importlib.metadata",
    "importlib.resources",
)


class TestUse:
    def test_version(self, run: Run) -> None:
        assert run("--version").out == f"vmspec {__version__}\n"

    def test_help_lists_each_command_with_its_own_first_sentence(self, run: Run) -> None:
        overview = run("--help")
        assert overview.code == 0
        names = re.findall(r"^  (\w+)", overview.out.partition("Commands:\n")[2], re.MULTILINE)
        assert {"convert", "format", "schema", "show", "validate"} <= set(names)
        for name in names:
            sentence = run(name, "-h").out.split("\n\n")[1]
            assert " ".join([name, *sentence.split()]) in " ".join(overview.out.split())

    @pytest.mark.parametrize(
        "arguments", [[], ["valdate"], ["validate"], ["validate", "--nope"], ["schema", "x"]]
    )
    def test_wrong_use_ends_with_2_and_a_word_on_standard_error(self, run: Run, arguments: list[str]) -> None:
        result = run(*arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("Usage: vmspec")

    def test_a_misspelt_command_is_suggested(self, run: Run) -> None:
        assert "Did you mean 'validate'?" in run("valdate").err

    def test_words_of_the_user_are_escaped(self, run: Run) -> None:
        assert "\x1b" not in run("validate", "--\x1b[31m").err

    def test_schema_prints_the_xsd(self, run: Run) -> None:
        result = run("schema", "xsd")
        assert result.code == 0
        assert result.out.startswith('<?xml version="1.0"')
        assert 'name="VirtualMachineSpec"' in result.out


class TestStreams:
    def test_a_reader_that_went_away_ends_the_run_quietly(self, process: Process) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        result = process("schema", "xsd", stdout=writing)
        os.close(writing)
        assert (result.returncode, result.stderr) == (141, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_a_full_disk_is_told(self, process: Process) -> None:
        with Path("/dev/full").open("wb") as full:
            result = process("schema", "xsd", stdout=full)
        assert (result.returncode, result.stderr) == (2, b"error: No space left on device\n")

    def test_streams_may_be_closed(self, process: Process, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD)
        assert process("validate", "web.xml", preexec_fn=lambda: (os.close(1), os.close(2))).returncode == 0
        closed = process("validate", "-", preexec_fn=lambda: os.close(0))
        assert closed.returncode == 2
        assert closed.stderr.startswith(b"error: -: standard input is closed\n")
        closed = process("schema", "xsd", preexec_fn=lambda: os.close(1))
        assert (closed.returncode, closed.stderr) == (2, b"error: standard output is closed\n")

    def test_a_character_that_the_encoding_has_not_is_escaped(self, process: Process, folder: Path) -> None:
        text = GOOD.replace('by="permalink">rock-3', 'by="slug">rock-日')
        (folder / "wéb.xml").write_text(text, encoding="utf-8")
        result = process("validate", "wéb.xml", env={"PYTHONIOENCODING": "ascii"})
        assert (result.returncode, result.stderr) == (1, b"1 error in 1 file\n")
        assert result.stdout.startswith(b"w\\xe9b.xml:5:18: error")
        assert b"rock-\\u65e5" in result.stdout

    def test_an_interrupt_ends_with_130(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Interrupted:
            @property
            def buffer(self) -> object:
                raise KeyboardInterrupt

        monkeypatch.setattr(sys, "stdin", Interrupted())
        assert main(["validate", "-"]) == 130

    def test_a_mistake_of_our_own_shows_no_traceback_and_no_words(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        class Odd:
            @property
            def buffer(self) -> object:
                raise RuntimeError(SECRET)

        monkeypatch.setattr(sys, "stdin", Odd())
        assert main(["validate", "-"]) == 2
        assert re.fullmatch(
            r"error: a mistake in vmspec itself: RuntimeError in buffer, line \d+; please report it\n",
            capsys.readouterr().err,
        )


class TestTerminals:
    @pytest.mark.parametrize("command", ["validate", "show", "format"])
    def test_show_colours_unless_these_are_not_wanted(self, folder: Path, command: str) -> None:
        text = GOOD if command == "show" else BAD
        (folder / "web.xml").write_text(text)
        assert "\x1b[" in terminal_output([command, "web.xml"], TERMINAL)
        assert "\x1b[3" not in terminal_output([command, "web.xml"], TERMINAL | {"NO_COLOR": "1"})
        assert "\x1b[3" not in terminal_output([command, "web.xml"], TERMINAL | {"TERM": "dumb"})

    def test_are_not_steered_by_documents(self, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD.replace("web-1", "web&#x9b;2J&#x202e;"))
        for arguments in (["convert", "web.xml", "--to", "xml"], ["show", "web.xml"]):
            written = terminal_output(arguments, TERMINAL | {"NO_COLOR": "1"})
            assert r"web\x9b2J\u202e" in written
            assert not {"\x9b", "\u202e"} & set(written)


BREAKS = [
    ("nothing", "", ""),
    ("a misspelt element around it", "UserData", "UserDta"),
    ("a misspelt option", "Option", "Optoin"),
    ("a character left unescaped", SECRET, f"{SECRET} & <"),
    ("a closing tag left out", "</UserData>", ""),
    ("a closing tag left out before it", "</Version>", "<Version>"),
    ("a root of another name", "VirtualMachineSpec", "Machine"),
    ("all on one line", "\n", ""),
    ("a wrong value", "<Size>20<", "<Size>twenty<"),
]


class TestSecrets:
    """Option values and user data appear in documents that are asked for, and nowhere else."""

    @pytest.mark.parametrize(("old", "new"), [pair[1:] for pair in BREAKS], ids=[pair[0] for pair in BREAKS])
    @pytest.mark.parametrize(
        "arguments",
        [
            ["validate"],
            ["validate", "--output-format", "json"],
            ["format", "--check"],
            ["format", "--diff"],
            ["format"],
            ["show"],
            ["convert", "--to", "json", "-o", "out"],
        ],
        ids=" ".join,
    )
    def test_are_in_no_output(self, run: Run, folder: Path, arguments: list[str], old: str, new: str) -> None:
        for text in (FULL.replace(old, new) if old else FULL, FULL.replace(old, new).replace("\n", " ")):
            (folder / "web.xml").write_text(text)
            result = run(*arguments, "web.xml")
            assert SECRET not in result.out + result.err

    @pytest.mark.parametrize("broken", ["user_data: |", "value:", "cloud_init:", "options:"])
    def test_of_yaml_are_in_no_output(self, run: Run, folder: Path, broken: str) -> None:
        (folder / "web.xml").write_text(FULL)
        text = run("convert", "web.xml", "--to", "yaml").out
        assert SECRET in text
        for slip in ("x" + broken, broken[:-1], broken + " [", broken.replace(":", ";")):
            (folder / "web.yaml").write_text(text.replace(broken, slip))
            result = run("validate", "web.yaml")
            assert result.code == 1
            assert SECRET not in result.out + result.err


class TestStart:
    @pytest.mark.parametrize(
        "arguments", [["--help"], ["--version"], ["validate", "web.xml"], ["format", "web.xml"]]
    )
    def test_loads_nothing_heavy(self, process: Process, folder: Path, arguments: list[str]) -> None:
        (folder / "web.xml").write_text(GOOD)
        assert self.loaded(process, arguments, folder) == set()

    def test_loads_yaml_for_yaml_only(self, process: Process, folder: Path) -> None:
        (folder / "web.yaml").write_text(GOOD_YAML)
        assert self.loaded(process, ["validate", "web.yaml"], folder) == {"yaml"}

    def loaded(self, process: Process, arguments: list[str], folder: Path) -> set[str]:
        result = process(*arguments, env={"PYTHONPROFILEIMPORTTIME": "1"})
        assert result.returncode == 0
        names = {line.rpartition("|")[2].strip() for line in result.stderr.decode().splitlines()}
        assert "vmspec.cli.app" in names
        return {heavy for heavy in HEAVY if heavy in names}


@pytest.mark.parametrize("command", ["validate", "format", "submit"])
def test_only_one_path_can_be_standard_input(run: Run, folder: Path, command: str) -> None:
    result = run(command, "-", "web.xml", "-", stdin=GOOD.encode())
    assert (result.code, result.out) == (2, "")
    assert result.err.endswith("Error: Invalid value for 'PATH...': only one can be standard input.\n")
