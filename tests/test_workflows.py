"""The action and the template for CI: their shell steps run, and each workflow has what it needs.

What only GitHub and GitLab can do is not tried here: the upload to code scanning, trusted publishing,
attestations, pages, and the job itself in their runners.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from vmspec import VM, dump

TOP = Path(__file__).parent.parent
ACTION = yaml.safe_load((TOP / ".github/actions/validate/action.yml").read_text(encoding="utf-8"))
TEMPLATE = yaml.safe_load((TOP / ".gitlab/validate.yml").read_text(encoding="utf-8"))
WORKFLOWS = {
    path.stem: path.read_text(encoding="utf-8") for path in (TOP / ".github/workflows").glob("*.yml")
}

GOOD = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/ubuntu-22-04").spec


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a good spec, and programs that stand for those that a job installs."""
    programs = tmp_path / "runner/vmspec/bin"
    programs.mkdir(parents=True)
    (programs / "vmspec").write_text(f'#!/bin/sh\nexec {sys.executable} -m vmspec "$@"\n')
    (programs / "pip").write_text("#!/bin/sh\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    folder = tmp_path / "project"
    folder.mkdir()
    dump(GOOD, folder / "web.yaml")
    return folder


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does."""
    runner = folder.parent / "runner"
    environment = {
        "HOME": str(folder.parent),
        "PATH": f"{runner}/vmspec/bin:{os.environ['PATH']}",
        "RUNNER_TEMP": str(runner),
        "GITHUB_ACTIONS": "true",
        **variables,
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def steps_of_action() -> list[dict[str, Any]]:
    """Return the step that writes the log, and the one that decides."""
    log, check = (step for step in ACTION["runs"]["steps"] if "validate $PATHS" in step.get("run", ""))
    return [log, check]


def inputs(**given: str) -> dict[str, str]:
    defaults = {name: spec["default"] for name, spec in ACTION["inputs"].items()} | given
    return {name.replace("-", "_").upper(): value for name, value in defaults.items()}


def test_action_passes_and_writes_a_log(project: Path) -> None:
    for step in steps_of_action():
        done = run(step["run"], project, **inputs())
        assert (done.returncode, done.stderr) == (0, "nothing found in 1 file\n")
    assert json.loads((project / "vmspec.sarif").read_text())["version"] == "2.1.0"


def test_action_writes_the_log_before_it_fails(project: Path) -> None:
    web = project / "web.yaml"
    web.write_text(web.read_text().replace("hostname:", "hostnme:"))
    log, check = (run(step["run"], project, **inputs()) for step in steps_of_action())
    assert (log.returncode, check.returncode) == (0, 1)
    assert "VMS102" in (project / "vmspec.sarif").read_text()
    assert check.stdout.startswith("::error file=web.yaml,line=")


def test_action_passes_arguments_on(project: Path) -> None:
    variables = inputs(arguments="--select no-such-rule")
    log, check = (run(step["run"], project, **variables) for step in steps_of_action())
    assert (log.returncode, check.returncode) == (1, 2)
    assert "no-such-rule" in check.stderr


@pytest.mark.parametrize("paths", ["$(touch stolen)", "; touch stolen", "`touch stolen`"])
def test_action_runs_no_commands_from_its_inputs(project: Path, paths: str) -> None:
    for step in steps_of_action():
        assert run(step["run"], project, **inputs(paths=paths)).returncode != 0
    assert not (project / "stolen").exists()


def test_scripts_name_no_expressions() -> None:
    """An expression would be put into a script as text, and could hold commands."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    for text in WORKFLOWS.values():
        jobs = yaml.safe_load(text)["jobs"].values()
        scripts += [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize(("mistake", "code"), [("", 0), ("hostnme: web-2\n", 1)])
def test_gitlab_job_writes_a_report_and_fails_as_validate_does(
    project: Path, mistake: str, code: int
) -> None:
    (job,) = TEMPLATE.values()
    with (project / "web.yaml").open("a") as file:
        file.write(mistake)
    script = "\n".join(line.replace("exit $status", 'exit "$status"') for line in job["script"])
    assert run(script, project, **job["variables"], GITHUB_ACTIONS="").returncode == code
    report = json.loads((project / job["artifacts"]["reports"]["codequality"]).read_text())
    assert bool(report) is bool(mistake)


def test_workflows_have_few_permissions_and_call_existing_programs() -> None:
    assert {*WORKFLOWS} == {"ci", "docs", "nightly", "release"}
    for text in WORKFLOWS.values():
        workflow = yaml.safe_load(text)
        assert workflow["permissions"]["contents"] == "read"
        assert [path for path in re.findall(r"\.ci/[\w-]+", text) if not (TOP / path).is_file()] == []


def test_release_is_published_without_a_token_and_attested() -> None:
    publish = yaml.safe_load(WORKFLOWS["release"])["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write", "attestations": "write", "contents": "read"}
    assert "secrets." not in WORKFLOWS["release"]


def test_matrix_has_every_supported_python() -> None:
    project = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    supported = re.findall(r"Python :: (3\.\d+)\"", project)
    for name in ("ci", "release"):
        assert [version for version in supported if version not in WORKFLOWS[name]] == []
