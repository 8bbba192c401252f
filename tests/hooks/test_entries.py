"""The entry of each hook, run on valid, invalid and foreign files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .support.foreign import FOREIGN
from .support.running import HOOKS, MANIFEST, environment, run_hook
from .support.specs import BAD, GOOD, UNFORMATTED

PAGE = MANIFEST.parent / "docs" / "how-to" / "hooks.md"
CONFIGURATIONS = re.findall(r"^```yml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def write(folder: Path, files: dict[str, str] | dict[str, bytes]) -> list[str]:
    """Write files into a folder, and return their names."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [*files]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pre_commit(*arguments: str | Path) -> int:
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, env=environment(), check=False).returncode


def test_manifest_is_valid() -> None:
    assert pre_commit("validate-manifest", MANIFEST) == 0
    assert [*HOOKS] == ["vmspec-validate", "vmspec-format"]


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_documented_configuration_works(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    assert pre_commit("validate-config", tmp_path / "config.yaml") == 0
    write(tmp_path, GOOD)
    for hook in yaml.safe_load(text)["repos"][0]["hooks"]:
        done = run_hook(hook["id"], [*GOOD], tmp_path, hook.get("args"))
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("hook", HOOKS)
class TestEveryHook:
    def test_valid_files_pass_silently(self, hook: str, tmp_path: Path) -> None:
        done = run_hook(hook, write(tmp_path, GOOD), tmp_path)
        assert (done.returncode, done.stdout) == (0, "")
        assert contents(tmp_path) == {name: text.encode() for name, text in GOOD.items()}

    def test_foreign_files_are_skipped(self, hook: str, tmp_path: Path) -> None:
        done = run_hook(hook, write(tmp_path, FOREIGN), tmp_path)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.count("\n") == 1
        assert f"{len(FOREIGN)} other files skipped" in done.stderr
        assert contents(tmp_path) == FOREIGN

    def test_file_names_are_not_read_as_options(self, hook: str, tmp_path: Path) -> None:
        odd = ("--help.xml", "-q.json", "web[1].xml", "w?b.xml", "*.xml", "wéb 1.xml", "$(id).xml", "-.yaml")
        names = write(tmp_path, dict.fromkeys(odd, "<a/>"))
        done = run_hook(hook, names, tmp_path)
        assert (done.returncode, done.stdout) == (0, "")
        assert f"{len(odd)} other files skipped" in done.stderr


@pytest.mark.parametrize(
    ("hook", "name"),
    [(hook, name) for hook in HOOKS for name in BAD if name.rpartition(".")[2] in HOOKS[hook]["types_or"]],
)
def test_invalid_file_fails_and_is_not_changed(hook: str, name: str, tmp_path: Path) -> None:
    names = write(tmp_path, {name: BAD[name], "foreign.xml": "<a>"})
    done = run_hook(hook, names, tmp_path)
    assert done.returncode == 1
    assert f"{name}:" in done.stdout + done.stderr
    assert "foreign.xml" not in done.stdout + done.stderr
    assert (tmp_path / name).read_text(encoding="utf-8") == BAD[name]


def test_findings_of_all_specs_are_printed(tmp_path: Path) -> None:
    done = run_hook("vmspec-validate", write(tmp_path, FOREIGN | encoded(BAD)), tmp_path)
    assert done.returncode == 1
    reported = {line.partition(":")[0] for line in done.stdout.splitlines() if line[:1] not in ("", " ")}
    assert reported == BAD.keys()


def test_formatter_changes_only_specs(tmp_path: Path) -> None:
    names = write(tmp_path, FOREIGN | encoded(UNFORMATTED))
    done = run_hook("vmspec-format", names, tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert contents(tmp_path) == FOREIGN | encoded({name: GOOD[name] for name in UNFORMATTED})


def encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}
