"""Behaviour of all commands: help, usage errors, closed streams, terminals, and a quick start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vmspec.cli import main
from vmspec.version import __version__

from .support.command_line import Process, Run
from .support.documents import BAD, FULL, GOOD, GOOD_YAML, SECRET
from .support.processes import TERMINAL, loaded_modules, terminal_output

HEAVY = {
    "rich",
    "httpx",
    "xmlschema",
    "starlette",
    "yaml",
    "pathspec",
    "hypothesis",
    "importlib.metadata",
    "importlib.resources",
}


class TestUsage:
    def test_version(self, run: Run) -> None:
        assert run("--version").out == f"vmspec {__version__}\n"

    def test_python_m_runs_the_command_line(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "vmspec", "--version"], capture_output=True, text=True, check=True
        )
        assert done.stdout == f"vmspec {__version__}\n"

    def test_help_lists_each_command_with_the_first_sentence_of_its_own_help(self, run: Run) -> None:
        overview = run("--help")
        assert overview.code == 0
        commands = overview.out.partition("Commands:\n")[2].partition("\n\n")[0]
        names = re.findall(r"^  (\w+)", commands, re.MULTILINE)
        assert {"convert", "format", "schema", "show", "validate"} <= set(names)
        for name in names:
            sentence = run(name, "-h").out.split("\n\n")[1]
            assert " ".join([name, *sentence.split()]) in " ".join(commands.split())

    def test_help_lists_exit_codes_and_examples(self, run: Run) -> None:
        overview = run("--help").out
        assert "      6  outcome unknown, or known but not written out\n" in overview
        assert "  Example: vmspec validate web.xml specs/ 'more/**/*.yaml'\n" in overview
        assert run("validate", "--help").out.endswith(
            "  Example: vmspec validate specs/\n  Exit codes: vmspec --help\n"
        )

    @pytest.mark.parametrize(
        "arguments", [[], ["valdate"], ["validate"], ["validate", "--nope"], ["schema", "x"]]
    )
    def test_usage_error_ends_with_2_and_a_message(self, run: Run, arguments: list[str]) -> None:
        result = run(*arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("Usage: vmspec")

    def test_misspelt_command_is_corrected(self, run: Run) -> None:
        assert "Did you mean 'validate'?" in run("valdate").err

    def test_arguments_are_escaped_in_messages(self, run: Run) -> None:
        assert "\x1b" not in run("validate", "--\x1b[31m").err

    def test_schema_prints_the_xsd(self, run: Run) -> None:
        result = run("schema", "xsd")
        assert result.code == 0
        assert result.out.startswith('<?xml version="1.0"')
        assert 'name="VirtualMachineSpec"' in result.out

    @pytest.mark.parametrize("command", ["validate", "format", "submit"])
    def test_only_one_path_can_be_standard_input(self, run: Run, folder: Path, command: str) -> None:
        result = run(command, "-", "web.xml", "-", stdin=GOOD.encode())
        assert (result.code, result.out) == (2, "")
        assert result.err.endswith("Error: Invalid value for 'PATH...': only one can be standard input.\n")


class TestCompletion:
    def complete(self, process: Process, *words: str) -> list[str]:
        env = {
            "_VMSPEC_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(["vmspec", *words]),
            "COMP_CWORD": str(len(words)),
        }
        result = process(env=env)
        assert result.returncode == 0
        return [line.removeprefix("plain,") for line in result.stdout.decode().splitlines()]

    def test_script_for_a_shell(self, process: Process) -> None:
        result = process(env={"_VMSPEC_COMPLETE": "bash_source"})
        assert (result.returncode, b"complete" in result.stdout) == (0, True)

    def test_commands_are_completed(self, process: Process) -> None:
        assert self.complete(process, "val") == ["validate"]

    def test_options_are_completed(self, process: Process) -> None:
        assert self.complete(process, "validate", "--output-f") == ["--output-format"]

    @pytest.mark.parametrize("words", [["explain"], ["validate", "--select"], ["validate", "--ignore"]])
    def test_codes_and_names_are_completed(self, process: Process, words: list[str]) -> None:
        assert self.complete(process, *words, "vms23")[1] == "VMS231"
        assert self.complete(process, *words, "hostname-in-c") == ["hostname-in-capitals"]

    def test_codes_are_completed_after_a_comma(self, process: Process) -> None:
        assert self.complete(process, "validate", "--select", "VMS224,VMS231") == ["VMS224,VMS231"]


class TestStreams:
    def test_closed_pipe_ends_the_run_silently(self, process: Process) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        result = process("schema", "xsd", stdout=writing)
        os.close(writing)
        assert (result.returncode, result.stderr) == (141, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device of Linux")
    def test_full_disk_is_an_error(self, process: Process) -> None:
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

    def test_character_missing_in_the_encoding_is_escaped(self, process: Process, folder: Path) -> None:
        (folder / "wéb.xml").write_text(BAD.replace("Packge", "Pack日ge"), encoding="utf-8")
        result = process("validate", "wéb.xml", env={"PYTHONIOENCODING": "ascii"})
        assert result.returncode == 1
        assert result.stdout.startswith(b"w\\xe9b.xml:5:6: error")
        assert b"<Pack\\u65e5ge>" in result.stdout

    def test_interrupt_ends_with_130(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class InterruptedStream:
            @property
            def buffer(self) -> object:
                raise KeyboardInterrupt

        monkeypatch.setattr(sys, "stdin", InterruptedStream())
        assert main(["validate", "-"]) == 130

    def test_internal_error_shows_no_traceback_and_no_message(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        class BrokenStream:
            @property
            def buffer(self) -> object:
                raise RuntimeError(SECRET)

        monkeypatch.setattr(sys, "stdin", BrokenStream())
        assert main(["validate", "-"]) == 2
        assert re.fullmatch(
            r"error: internal error in vmspec: RuntimeError in buffer, line \d+; please report it\n",
            capsys.readouterr().err,
        )


class TestTerminals:
    @pytest.mark.parametrize("command", ["validate", "show", "format"])
    def test_colours_are_printed_unless_disabled(self, folder: Path, command: str) -> None:
        (folder / "web.xml").write_text(GOOD if command == "show" else BAD)
        assert "\x1b[" in terminal_output([command, "web.xml"], TERMINAL)
        assert "\x1b[3" not in terminal_output([command, "web.xml"], TERMINAL | {"NO_COLOR": "1"})
        assert "\x1b[3" not in terminal_output([command, "web.xml"], TERMINAL | {"TERM": "dumb"})

    def test_documents_do_not_steer_a_terminal(self, folder: Path) -> None:
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
    ("a missing closing tag", "</UserData>", ""),
    ("a missing closing tag before it", "</Version>", "<Version>"),
    ("another root", "VirtualMachineSpec", "Machine"),
    ("all on one line", "\n", ""),
    ("a wrong value", "<Size>20<", "<Size>twenty<"),
]


class TestSecrets:
    """Option values and user data are printed only as part of a requested document."""

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
    def test_secrets_of_xml_are_not_printed(
        self, run: Run, folder: Path, arguments: list[str], old: str, new: str
    ) -> None:
        for text in (FULL.replace(old, new) if old else FULL, FULL.replace(old, new).replace("\n", " ")):
            (folder / "web.xml").write_text(text)
            result = run(*arguments, "web.xml")
            assert SECRET not in result.out + result.err

    @pytest.mark.parametrize("broken", ["user_data: |", "value:", "cloud_init:", "options:"])
    def test_secrets_of_yaml_are_not_printed(self, run: Run, folder: Path, broken: str) -> None:
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
    def test_heavy_modules_are_not_imported(self, folder: Path, arguments: list[str]) -> None:
        (folder / "web.xml").write_text(GOOD)
        loaded = loaded_modules(*arguments)
        assert "vmspec.cli.app" in loaded
        assert HEAVY & loaded == set()

    def test_yaml_is_imported_for_yaml(self, folder: Path) -> None:
        (folder / "web.yaml").write_text(GOOD_YAML)
        assert HEAVY & loaded_modules("validate", "web.yaml") == {"yaml"}


COMMANDS_OF_THE_RUNNER = re.compile(r"^\s*::|##\[", re.MULTILINE)


class TestGitHubActions:
    """GitHub's runner obeys ``::name`` at the start of a line and ``##[name]`` anywhere in one."""

    @pytest.fixture(autouse=True)
    def action(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")

    @pytest.mark.parametrize("name", ["::error::.xml", "##[error].xml", "a##[group]b.xml"])
    @pytest.mark.parametrize(
        "arguments",
        [
            ["validate", "--output-format", "text", "."],
            ["validate", "--output-format", "text", "--verbose", "."],
            ["format", "."],
            ["format", "--check", "."],
            ["format", "--diff", "."],
            ["submit", "."],
        ],
        ids=" ".join,
    )
    def test_file_names_are_not_commands(
        self, run: Run, folder: Path, name: str, arguments: list[str]
    ) -> None:
        (folder / name).write_text(BAD)
        (folder / f"a{name}").write_text(GOOD.replace("  <Hostname>", "<Hostname>"))
        (folder / "foreign.xml").write_text("<a/>")
        result = run(*arguments)
        assert result.out + result.err
        assert COMMANDS_OF_THE_RUNNER.findall(result.out + result.err) == []

    @pytest.mark.parametrize("text", ["::stop-commands::x", "##[error]x"])
    def test_values_are_not_commands(self, run: Run, folder: Path, text: str) -> None:
        (folder / "a.xml").write_text(GOOD.replace("<Hostname>web-1", f"<Hostname>{text}"))
        (folder / "b.xml").write_text(GOOD.replace("rock-3", f"\n{text}\n"))
        (folder / "c.yaml").write_text(f"{text}: [\n")
        for arguments in (
            ["validate", "--output-format", "text", "a.xml", "b.xml", "c.yaml"],
            ["show", "a.xml"],
            ["diff", "a.xml", "b.xml"],
            ["format", "--diff", "a.xml", "b.xml"],
            ["explain", text],
            ["validate", f"--{text}"],
            ["validate", text],
        ):
            result = run(*arguments)
            assert COMMANDS_OF_THE_RUNNER.findall(result.out + result.err) == []

    @pytest.mark.parametrize("text", ["::stop-commands::x", "##[error]x"])
    def test_annotations_hold_no_other_commands(self, run: Run, folder: Path, text: str) -> None:
        (folder / "##[a].xml").write_text(GOOD.replace('by="permalink">rock-3', f'by="{text}">rock-3'))
        out = run("validate", ".").out
        assert re.findall(r"^::(\w+) ", out, re.MULTILINE) == ["error"]
        assert "##[" not in out

    def test_data_is_not_changed(self, run: Run, folder: Path) -> None:
        text = GOOD.replace("<Hostname>web-1", "<Hostname>##[error]::x")
        (folder / "##[a].xml").write_text(text)
        assert run("convert", "##[a].xml", "--to", "xml").out == text
        assert "##[a].xml" in run("validate", "--output-format", "json", ".").out

    def test_text_is_not_changed_elsewhere(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("GITHUB_ACTIONS")
        (folder / "##[a].xml").write_text(BAD)
        assert run("validate", ".").out.startswith("##[a].xml:5:6: error ")


class TestWrapping:
    def test_lines_are_wrapped_between_words_on_a_terminal(self, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD.replace("Resources>", "Resourcs>"))
        written = terminal_output(
            ["validate", "-q", "web.xml"], TERMINAL | {"COLUMNS": "50", "NO_COLOR": "1"}
        )
        message = written.partition("\r\n       4 |")[0].replace("\r\n    ", " ")
        assert message == (
            "web.xml:4:4: error VMS102 <VirtualMachineSpec> has no child <Resourcs>;"
            " did you mean <Resources>?"
        )
        assert max(map(len, written.splitlines())) <= 50

    def test_lines_are_not_wrapped_elsewhere(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD.replace("Resources>", "Resourcs>"))
        assert len(run("validate", "web.xml").out.splitlines()[0]) > 80
