"""How long a whole repository takes, in ratios to one ``xmllint`` call over the same files.

Run by hand: ``python tests/benchmarks/many.py [FILES] [ROUNDS]``; needs xmllint. The commands take
turns and each figure is the smallest of all rounds, so that a machine whose speed drifts moves all alike.
Memory is the most that any one process had, workers included.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory

from vmspec import VM, existing_ip
from vmspec.validation.xsd import schema_path

FILES, ROUNDS = 20_000, 5
PER_FOLDER = 200
IGNORED = "*.pyc\n__pycache__/\n/build/\n.venv/\n*.log\n"
VMSPEC = (sys.executable, "-P", "-c", "import sys; from vmspec.cli import main; sys.exit(main())", "validate")


def main(files: int = FILES, rounds: int = ROUNDS) -> None:
    """Prints a line for each command, then how the cost of a file grows with their number."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = _write(folder, files)
        xmllint = ("xmllint", "--noout", "--schema", str(schema_path()), *paths)
        commands = {
            "one process": (*VMSPEC, "--jobs", "1", name),
            "two processes": (*VMSPEC, "--jobs", "2", name),
            "the first tenth": (*VMSPEC, "--jobs", "1", *paths[: files // 10]),
            "nothing": (*VMSPEC, "--jobs", "1", paths[0]),
        }
        reference, times = float("inf"), dict.fromkeys(commands, float("inf"))
        for _ in range(rounds):
            reference = min(reference, _seconds(xmllint))
            for title, command in commands.items():
                times[title] = min(times[title], _seconds(command))
    print(f"{'xmllint':16} {reference:6.3f} s")
    for title in ("one process", "two processes"):
        print(f"{title:16} {times[title]:6.3f} s  {times[title] / reference:5.2f}")
    few = (times["the first tenth"] - times["nothing"]) / (files // 10 - 1)
    many = (times["one process"] - times["nothing"]) / (files - 1)
    print(f"{'µs for a file':16} {few * 1e6:6.1f} of {files // 10:,}, {many * 1e6:.1f} of {files:,}")
    print(f"{'memory':16} {getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024:6.1f} MB")


def _write(folder: Path, files: int) -> list[str]:
    (folder / ".gitignore").write_text(IGNORED)
    paths: list[str] = []
    for number in range(files):
        inner = folder / f"team-{number // PER_FOLDER:04}"
        inner.mkdir(exist_ok=True)
        path = inner / f"web-{number:06}.xml"
        path.write_text(_machine(number).to_xml())
        paths.append(str(path))
    return paths


def _machine(number: int) -> VM:
    name = f"web-tasty-turquoise-{number:06}-of-acme"
    return (
        VM(name)
        .data_center("uk-lon-01")
        .package("rock-3")
        .template("templates/ubuntu-18-04", install_agent=True)
        .network("netw_gVRkZdSKczfNg34P", existing_ip(f"ip_1mm1JmmMV8{number:06}"))
        .authorize(users="all", ssh_keys="all")
    )


def _seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
