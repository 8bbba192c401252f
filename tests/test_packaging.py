"""The schemas are found in both kinds of install, and the licence is in the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent

PRINT_SCHEMA_PATH = """\
from vmspec import validate
from vmspec.validation.xsd import schema_path
assert validate("<VirtualMachineSpec><Nmae/></VirtualMachineSpec>").findings
print(schema_path().resolve())
"""


def schema_found_in(folder: Path, cwd: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-c", PRINT_SCHEMA_PATH],
        cwd=cwd,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(done.stdout.strip())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "--outdir", folder, TOP]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_schema_is_found_in_a_wheel(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    assert schema_found_in(installed, tmp_path) == (installed / "vmspec/schemas/vmspec.xsd").resolve()


def test_schema_is_found_in_a_checkout(tmp_path: Path) -> None:
    assert schema_found_in(TOP, tmp_path) == (TOP / "schemas/vmspec.xsd").resolve()


def test_licence_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("LICENSE"))
        assert archive.read(name) == (TOP / "docs/LICENSE").read_bytes()
