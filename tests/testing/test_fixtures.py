"""The fixtures for users' tests: in an own pytest run, as users have them."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vmspec import VM
from vmspec.errors import OutcomeUnknownError, RefusedError
from vmspec.katapult import Katapult
from vmspec.sandbox import Endpoint, RunningSandbox
from vmspec.sandbox.faults import Duplicate, Fault
from vmspec.testing.faults import CREATE_FAULTS
from vmspec.testing.fixtures import (  # noqa: F401 - found by their names
    katapult,
    katapult_fault,
    katapult_sandbox,
)

TOP = Path(__file__).parent.parent.parent
EXAMPLE = TOP / "examples" / "test_provisioning.py"
WEB = VM("web-1").data_center("uk-lon-01").package("rock-3").build()


def pytest_in(folder: Path, *arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_passes(tmp_path: Path) -> None:
    (tmp_path / EXAMPLE.name).write_text(EXAMPLE.read_text())
    assert "3 passed" in pytest_in(tmp_path)


def test_the_page_shows_the_example_as_it_is() -> None:
    assert EXAMPLE.read_text() in (TOP / "docs" / "how-to" / "testing.md").read_text()


def test_a_conftest_makes_them_known_to_all_tests(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["vmspec.testing.fixtures"]\n')
    (tmp_path / "test_it.py").write_text(
        "def test_it(katapult, katapult_sandbox):\n"
        "    assert katapult.virtual_machines() == ()\n"
        "    assert katapult_sandbox.sandbox.builds == ()\n"
    )
    assert "1 passed" in pytest_in(tmp_path)
    listed = pytest_in(tmp_path, "--fixtures")
    assert re.search(r"^katapult -- .*\n +A client of", listed, re.MULTILINE)


def test_nobody_waits(katapult: Katapult) -> None:  # noqa: F811
    begin = time.monotonic()
    assert katapult.wait(katapult.submit(WEB), poll_s=60).state == "started"
    assert time.monotonic() - begin < 30


def test_the_environment_leads_to_the_sandbox(katapult_sandbox: RunningSandbox) -> None:  # noqa: F811
    with Katapult.from_environment() as client:
        client.submit(WEB)
    assert [build.sent for build in katapult_sandbox.sandbox.builds] == [WEB]


def test_the_sandbox_does_as_it_is_told(
    katapult: Katapult,  # noqa: F811
    katapult_sandbox: RunningSandbox,  # noqa: F811
) -> None:
    katapult_sandbox.sandbox.refuse_next("service_unavailable", at=Endpoint.CREATE)
    with pytest.raises(OutcomeUnknownError):
        katapult.submit(WEB)
    assert katapult_sandbox.sandbox.builds == ()


def test_the_strategies_do_not_load_pytest() -> None:
    script = "import sys; from vmspec.testing import specs; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_script_meets_each_fault_and_what_it_was_told_is_true(
    katapult: Katapult,  # noqa: F811
    katapult_sandbox: RunningSandbox,  # noqa: F811
    katapult_fault: Fault,  # noqa: F811
) -> None:
    sandbox = katapult_sandbox.sandbox
    copies = 2 if isinstance(katapult_fault, Duplicate) else 1
    try:
        katapult.submit(WEB)
    except RefusedError:
        assert sandbox.builds == ()
    except OutcomeUnknownError:
        assert len(sandbox.builds) in (0, copies)
    else:
        assert len(sandbox.builds) == copies
    assert sandbox.orders == ()


def test_the_faults_have_one_run_each(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["vmspec.testing.fixtures"]\n')
    (tmp_path / "test_it.py").write_text("def test_it(katapult_fault):\n    assert katapult_fault\n")
    assert f"{len(CREATE_FAULTS)} tests collected" in pytest_in(tmp_path, "--collect-only")
