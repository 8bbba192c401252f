"""Write ``docs/benchmarks.md``: run all benchmarks once, and show what they print.

Run by hand from the project's folder, on an idle machine: ``python -m tests.benchmarks.page``. It takes about
half an hour. Programs that it compares with are measured where they are installed: xmllint,
check-jsonschema, yamllint and xsdata.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from vmspec import __version__

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
PACKAGES = ("lxml", "xmlschema", "PyYAML", "httpx", "xsdata", "check-jsonschema", "yamllint")

INTRODUCTION = """\
# Benchmarks

Everything on this page is from one run of `python -m tests.benchmarks.page`. Compare figures of one
table with each other; those of two machines differ.
"""


class Section(NamedTuple):
    """A part of the page: what is measured, and how."""

    title: str
    text: str
    command: str


SECTIONS = [
    Section(
        "One document in memory",
        "Drawn documents of about 1.5 KB, all of different shapes. The last column is in parses of the same"
        " document by lxml.",
        "python -m tests.benchmarks.ratios",
    ),
    Section(
        "Many files, and one",
        "Elapsed time, in parentheses CPU time, and the largest memory of a process. The last column is"
        " the ratio to one call of xmllint over the same files.",
        "python -m tests.benchmarks.many 20000 3",
    ),
    Section(
        "Submission at the rate of the API",
        "500 specs are submitted to a sandbox that allows 200 requests a minute. A ratio of 1 means that no"
        " more time was taken than the rate asks for.",
        "python -m tests.benchmarks.rate",
    ),
    Section(
        "Schedules",
        "Processes that submit, crash, race and are interrupted, against an API that fails in drawn ways, on"
        " a simulated clock. After each schedule: no machine doubled or lost, nothing told untruly"
        " ([what is checked](explanation/at-most-one.md#what-is-tested)).",
        "python -m tests.benchmarks.schedules 2000 7",
    ),
    Section(
        "Killed processes",
        "Real processes, killed at each step of a submission; a rerun then makes or finds one machine.",
        "pytest -q tests/katapult/submission/test_processes.py tests/cli/commands/test_submit_key.py",
    ),
    Section(
        "Hostile files",
        "Drawn bytes, cut and changed documents, bombs and deep nesting: findings or one refusal, never a"
        " traceback.",
        "pytest -q tests/properties/test_any_bytes.py tests/documents/test_limits.py tests/documents/xml",
    ),
]


def main() -> None:
    """Run everything, and write the page."""
    parts = [INTRODUCTION, _machine()]
    for section in SECTIONS:
        print(section.command, flush=True)
        parts.append(_part(section))
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _part(section: Section) -> str:
    words = [sys.executable, "-m", "pytest", *section.command.split()[1:]]
    if section.command.startswith("python"):
        words = [sys.executable, *section.command.split()[1:]]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    printed = done.stdout if section.command.startswith("python") else done.stdout.splitlines()[-1]
    block = f"```text\n{printed.strip()}\n```"
    return f"## {section.title}\n\n{section.text}\n\n```sh\n{section.command}\n```\n\n{block}\n"


def _machine() -> str:
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    rows = {
        "processor": f"{processor}, {os.cpu_count()} in use",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "vmspec": __version__,
        **{name: _version(name) for name in PACKAGES},
        "xmllint": _xmllint(),
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items() if value)
    return f"| | |\n|---|---|\n{table}\n"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _xmllint() -> str:
    program = shutil.which("xmllint")
    if program is None:
        return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stderr.splitlines()[0].rpartition(" ")[2]


if __name__ == "__main__":
    main()
