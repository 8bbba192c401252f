"""README, docs and examples: code runs, links resolve, and commands, options and errors exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

import click
import pytest
import yaml

import vmspec.errors
from vmspec import loads, validate
from vmspec.cli.app import vmspec as command_line
from vmspec.cli.output import OUTPUT_FORMATS
from vmspec.sandbox import Endpoint, Sandbox, running
from vmspec.sandbox.faults import Drop

TOP = Path(__file__).parent.parent
PAGES = [TOP / "README.md", *sorted((TOP / ".github").rglob("*.md")), *sorted((TOP / "docs").rglob("*.md"))]
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
CONTRIBUTING = [TOP / "docs/contributing.md", TOP / "docs/architecture.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
INLINE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+\.(?:py|md|xsd|ya?ml))?)`")
FILE = re.compile(
    r"`([\w.-]+)`:\n\n```(?:xml|json|yaml|toml|text|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
RANDOM = [
    (re.compile(r"\b(vmbuild|vm|task)_[A-Za-z0-9]{16}\b"), r"\1_..."),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b198\.19\.0\.\d+\b"), "198.19.0.N"),
    (re.compile(r"\b127\.0\.0\.1:\d+\b"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"), "TIME"),
    (re.compile(r" +\d+ s\b"), " N s"),
    (re.compile(r"^[0-9a-f]{8}(?=  )", re.MULTILINE), "SHORT_ID"),
]


def blocks(*languages: str) -> list[object]:
    return [
        pytest.param(page, match[2], id=f"{page.name}-{text[: match.start()].count(chr(10)) + 1}")
        for page, text in TEXTS.items()
        for match in BLOCK.finditer(text)
        if match[1] in languages and not (match[1] == "json" and page.parent.name == "rules")
    ]


def write_files(page: Path, folder: Path) -> None:
    """Write the files that a page shows, each below its name."""
    for name, content in FILE.findall(TEXTS[page]):
        (folder / name).write_text(content, encoding="utf-8")


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_blocks_run(page: Path, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(page, tmp_path)
    exec(compile(code, "<block>", "exec"), {"__name__": "block"})


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_yaml_blocks_are_specs(page: Path, text: str) -> None:
    loads(text, "yaml")


@pytest.mark.parametrize(("page", "text"), blocks("json"))
def test_json_blocks_are_json(page: Path, text: str) -> None:
    json.loads(text)


@pytest.mark.parametrize(("page", "text"), blocks("toml"))
def test_toml_blocks_are_toml(page: Path, text: str) -> None:
    tomllib.loads(text)


@pytest.mark.parametrize(("page", "text"), blocks("yml"))
def test_yml_blocks_are_yaml(page: Path, text: str) -> None:
    yaml.safe_load(text)


@pytest.mark.parametrize(("page", "text"), blocks("sh"))
def test_shell_blocks_are_shell(page: Path, text: str) -> None:
    assert subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True).stderr == ""


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for link, anchor in LINK.findall(TEXTS[page]):
        target = page.parent / link if link else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), f"{link}#{anchor}"


@pytest.mark.parametrize("page", CONTRIBUTING, ids=lambda page: page.name)
def test_named_paths_exist(page: Path) -> None:
    """Paths are relative to the repository or to the package."""
    folders = (TOP, TOP / "vmspec")
    named = PATH.findall(TEXTS[page])
    assert [name for name in named if not any((folder / name).exists() for folder in folders)] == []


@pytest.fixture
def sandbox_for_consoles() -> Iterator[dict[str, str]]:
    """Environment variables for commands that need an API: those of a sandbox."""
    with running(Sandbox(speed=500, seed="docs")) as api:
        yield {
            "KATAPULT_API_KEY": api.token,
            "KATAPULT_API_URL": api.url,
            "KATAPULT_ORGANIZATION": api.organization,
        }


def without_random_parts(text: str) -> str:
    for pattern, constant in RANDOM:
        text = pattern.sub(constant, text)
    return text


@pytest.mark.parametrize("page", [page for page, text in TEXTS.items() if "```console" in text], ids=str)
def test_consoles_show_what_is_printed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox_for_consoles: dict[str, str]
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for variable, value in sandbox_for_consoles.items():
        monkeypatch.setenv(variable, value)
    write_files(page, tmp_path)
    for block in (match[2] for match in BLOCK.finditer(TEXTS[page]) if match[1] == "console"):
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            done = subprocess.run(command, shell=True, cwd=tmp_path, stdout=PIPE, stderr=STDOUT, text=True)
            assert without_random_parts(done.stdout) == without_random_parts(expected), command


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each ``vmspec`` command in shell blocks and inline code."""
    shell = [line for match in BLOCK.finditer(text) if match[1] == "sh" for line in match[2].splitlines()]
    for line in [*shell, *INLINE.findall(BLOCK.sub("", text))]:
        for part in re.split(r"&&|\|", line):
            if not re.search(r"\bvmspec ", part):
                continue
            words = shlex.split(part.replace("'", "").replace('"', ""), comments=True)
            names = [Path(word).name for word in words]
            if "vmspec" in names[:1] or ("vmspec" in names[:4] and words[0] in ("xargs", "python")):
                yield words[names.index("vmspec") + 1 :]


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that the words name, and the words left."""
    command: click.Command = command_line
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        _, found, words = command.resolve_command(click.Context(command), words)
        assert found is not None
        command = found
    return command, words


def options_of(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def unknown_options(command: click.Command, words: list[str]) -> list[str]:
    known = options_of(command) | {"-h", "--help", "--version", "--", "-"}
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    for words in commands(TEXTS[page]):
        while words and words[0] in options_of(command_line):
            words = words[2:] if words[0] == "--log-level" else words[1:]
        command, rest = resolve(words)
        if isinstance(command, click.Group) and rest and re.fullmatch(r"[a-z]+", rest[0]):
            pytest.fail(f"vmspec has no command {' '.join(words)}")
        assert unknown_options(command, rest) == [], words


def all_options() -> set[str]:
    found = {"--help"} | options_of(command_line)
    for name in command_line.commands:
        command, _ = resolve([name])
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        found = found.union(*map(options_of, (command, *inner)))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_options_exist(page: Path) -> None:
    words = {word for code in INLINE.findall(BLOCK.sub("", TEXTS[page])) for word in code.split()[:1]}
    options = {word.partition("=")[0] for word in words if re.match(r"--\w", word)}
    assert options - all_options() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_errors_exist(page: Path) -> None:
    named = set(re.findall(r"\b[A-Z]\w+Error\b", TEXTS[page]))
    assert {name for name in named if not hasattr(vmspec.errors, name)} == set()


def test_pages_list_every_command_and_output_format() -> None:
    page = TEXTS[TOP / "docs/reference/commands.md"]
    assert [name for name in command_line.commands if f"`vmspec {name}" not in page] == []
    options = re.search(r"`--output-format ([^`]+)`", TEXTS[TOP / "docs/how-to/ci.md"])
    assert options
    assert set(options[1].replace("\\", "").split("|")) == set(OUTPUT_FORMATS)


@pytest.mark.parametrize("name", command_line.commands)
def test_examples_in_help_texts_are_valid(name: str) -> None:
    example = re.search(r"^Example: vmspec (.*)$", resolve([name])[0].epilog or "", re.MULTILINE)
    assert example
    command, words = resolve(shlex.split(example[1]))
    assert unknown_options(command, words) == []


@pytest.fixture
def submit(tmp_path: Path) -> Iterator[tuple[Sandbox, Callable[..., str]]]:
    """A sandbox, and a function that submits the example to it and returns what is printed."""
    shutil.copy(TOP / "examples/web.yaml", tmp_path)
    with running(Sandbox(speed=500)) as api:
        environment = {
            "KATAPULT_API_KEY": api.token,
            "KATAPULT_API_URL": api.url,
            "KATAPULT_ORGANIZATION": api.organization,
            "PYTHONUNBUFFERED": "1",
        }

        def submit_example(*options: str, stderr: int) -> str:
            command = [sys.executable, "-m", "vmspec", "submit", "web.yaml", *options]
            env = os.environ | environment
            return subprocess.run(
                command, cwd=tmp_path, env=env, stdout=PIPE, stderr=stderr, text=True
            ).stdout

        yield api.sandbox, submit_example


def test_unknown_outcome_is_printed_as_documented(submit: tuple[Sandbox, Callable[..., str]]) -> None:
    sandbox, submit_example = submit
    sandbox.order(Drop(), at=Endpoint.CREATE)
    printed = submit_example("--settle", "0", stderr=STDOUT)
    documented = BLOCK.search(TEXTS[TOP / "docs/how-to/unknown-outcomes.md"])
    assert documented
    expected = documented[2].replace("within 180 s", "within 0 s")
    assert without_random_parts(printed) == without_random_parts(expected)


def test_json_of_submit_has_the_documented_keys(submit: tuple[Sandbox, Callable[..., str]]) -> None:
    _, submit_example = submit
    printed = json.loads(submit_example("--output-format", "json", stderr=DEVNULL))
    page = TEXTS[TOP / "docs/reference/json.md"]
    documented = next(
        json.loads(match[2])
        for match in BLOCK.finditer(page)
        if match[1] == "json" and "submissions" in match[2]
    )
    assert keys_in(printed) == keys_in(documented)


def keys_in(value: object) -> object:
    if isinstance(value, dict):
        return {key: keys_in(inner) for key, inner in value.items()}
    return [keys_in(inner) for inner in value] if isinstance(value, list) else None


@pytest.mark.parametrize("example", sorted((TOP / "examples").glob("*.py")), ids=lambda path: path.name)
def test_examples_run(example: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, example], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_example_documents_have_no_findings() -> None:
    for path in (TOP / "examples").glob("*.yaml"):
        assert validate(path).findings == ()
