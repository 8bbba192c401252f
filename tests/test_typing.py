"""mypy infers the right types, and rejects wrong calls."""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "typing"


def test_mypy_infers_types_and_rejects_wrong_calls():
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=FOLDER.parent.parent)
    flagged = {
        (Path(name).name, int(line)) for name, line in re.findall(r"^(.*?):(\d+): error", done.stdout, re.M)
    }
    expected = {
        (path.name, number)
        for path in FOLDER.glob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.endswith("# error")
    }
    assert flagged == expected, done.stdout
