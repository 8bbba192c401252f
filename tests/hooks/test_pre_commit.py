"""The hooks under the real pre-commit and under prek, in a real repository.

Both take everything from the published manifest but one thing: where the manifest says
``language: python``, they would install vmspec with pip, from the network, so that here the
configuration says that the command is installed already.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .support.foreign import FOREIGN
from .support.running import HOOKS, MANIFEST, environment
from .support.specs import BAD, GOOD, UNFORMATTED

CONFIGURATION = """\
repos:
  - repo: {hooks}
    rev: {revision}
    hooks:
      - {{id: vmspec-validate, language: system}}
      - {{id: vmspec-format, language: system}}
"""

PAGE = (MANIFEST.parent / "docs" / "how-to" / "hooks.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```yml\n(.*?)^```$", PAGE, re.M | re.S)

SMALL = {name: data for name, data in FOREIGN.items() if len(data) < 1 << 20}
LARGE = {name: data for name, data in FOREIGN.items() if name not in SMALL}


RUNNERS = {"pre-commit": ["-m", "pre_commit"], "prek": ["-m", "prek"]}


class Repository:
    """A Git repository in a folder, and a runner of hooks in it."""

    def __init__(self, folder: Path, home: Path, runner: str = "pre-commit") -> None:
        self.folder = folder
        self._runner = RUNNERS[runner]
        self._environment = environment() | {
            "HOME": str(home),
            "PRE_COMMIT_HOME": str(home / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
            "PREK_HOME": str(home / "prek"),
            "PREK_COLOR": "never",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{
                f"GIT_{who}_{what}": "me@example.com"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        folder.mkdir()
        self.git("init", "--quiet")

    def write(self, files: dict[str, str] | dict[str, bytes], below: str = ".") -> None:
        for name, content in files.items():
            path = self.folder / below / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def git(self, *arguments: str) -> str:
        done = self._run("git", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--no-verify", "--message", "work")
        return self.git("rev-parse", "HEAD")

    def hook(self, name: str) -> subprocess.CompletedProcess[str]:
        return self._run(sys.executable, *self._runner, "run", name, "--all-files")

    def changed(self) -> set[str]:
        return set(self.git("diff", "--name-only").split())

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(params=RUNNERS)
def repository(tmp_path: Path, request: pytest.FixtureRequest) -> Repository:
    """Return a repository with hundreds of foreign files and the hooks configured."""
    hooks = Repository(tmp_path / "hooks", tmp_path)
    shutil.copy(MANIFEST, hooks.folder)
    revision = hooks.commit()
    repository = Repository(tmp_path / "work", tmp_path, request.param)
    repository.write({".pre-commit-config.yaml": CONFIGURATION.format(hooks=hooks.folder, revision=revision)})
    repository.write(LARGE)
    for folder in ("shop", "billing", "search", "mail", "legacy/one"):
        repository.write(SMALL, folder)
    return repository


def files_named_in(output: str) -> set[str]:
    return set(re.findall(r"^ *([^\s:]+\.(?:xml|json|ya?ml)):", output, re.MULTILINE))


def test_only_invalid_specs_are_reported(repository: Repository) -> None:
    bad = {
        f"machines/{name}": BAD[name] for name in ("misspelt.xml", "wrong-lookup.json", "unknown-key.yaml")
    }
    repository.write(bad)
    repository.commit()
    assert len(repository.git("ls-files").splitlines()) > 300
    done = repository.hook("vmspec-validate")
    assert done.returncode == 1
    assert files_named_in(done.stdout) == bad.keys()
    assert re.search(r"\b3\d\d other files skipped$", done.stdout, re.MULTILINE)


def test_valid_specs_pass(repository: Repository) -> None:
    repository.write(GOOD, "machines")
    repository.commit()
    for hook in HOOKS:
        done = repository.hook(hook)
        assert (done.returncode, repository.changed()) == (0, set()), done.stdout


def test_formatter_changes_only_specs(repository: Repository) -> None:
    repository.write(UNFORMATTED, "machines")
    repository.write(GOOD, "fine")
    repository.commit()
    done = repository.hook("vmspec-format")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert repository.changed() == {f"machines/{name}" for name in UNFORMATTED}
    assert repository.hook("vmspec-format").returncode == 0


def test_documented_configurations_work(repository: Repository) -> None:
    usual, strict = SHOWN
    doubtful = GOOD["web.xml"].replace("web-1", "WEB-1")
    repository.write({"machines/web.xml": doubtful, "elsewhere/bad.xml": BAD["misspelt.xml"]})
    repository.write({".pre-commit-config.yaml": usual})
    repository.commit()
    assert files_named_in(repository.hook("vmspec-validate").stdout) == {
        "machines/web.xml",
        "elsewhere/bad.xml",
    }
    assert repository.hook("vmspec-format").returncode == 1
    assert repository.changed() == set()
    repository.write({".pre-commit-config.yaml": strict})
    done = repository.hook("vmspec-validate")
    assert (done.returncode, files_named_in(done.stdout)) == (1, {"machines/web.xml"})


def test_documented_hooks_match_the_manifest() -> None:
    [local] = yaml.safe_load(SHOWN[0])["repos"]
    assert local["hooks"] == [
        {
            "id": name,
            "name": hook["name"],
            "language": "system",
            "entry": " ".join([hook["entry"], *hook["args"]]),
            "types_or": hook["types_or"],
            "require_serial": hook["require_serial"],
        }
        for name, hook in HOOKS.items()
    ]
