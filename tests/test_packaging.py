"""The schema is found in both kinds of install: from a wheel, and from a checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

TOP = Path(__file__).parent.parent

QUESTION = """\
import sys
from vmspec.validation.xsd import schema_path
from vmspec import validate
assert validate("<VirtualMachineSpec><Nmae/></VirtualMachineSpec>").findings
print(schema_path().resolve())
"""


def schema_seen_from(folder: Path, cwd: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-c", QUESTION],
        cwd=cwd,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(done.stdout.strip())


def test_from_a_wheel(tmp_path: Path):
    command = [sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "--outdir", tmp_path, TOP]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    assert schema_seen_from(installed, tmp_path) == (installed / "vmspec/schemas/vmspec.xsd").resolve()


def test_from_a_checkout(tmp_path: Path):
    assert schema_seen_from(TOP, tmp_path) == (TOP / "schemas/vmspec.xsd").resolve()
