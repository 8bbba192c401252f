"""Time and memory of the command line over many files and over one.

Run by hand from the project's folder: ``python -m tests.benchmarks.many [FILES] [ROUNDS]``. Times of many
XML files are ratios to one ``xmllint --noout --schema`` call over the same files. The commands take turns,
and each figure is the smallest of all rounds, so that a machine of varying speed changes all figures alike.
In parentheses is the CPU time, which tells more than the elapsed time while the machine is busy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing import Process
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmarks.ratios import Draw
from vmspec import VM, dumps, existing_ip
from vmspec.validation.xsd import schema_path

FILES, ROUNDS = 20_000, 5
YAML_FILES = 2_000
PER_FOLDER = 200
GITIGNORE = "*.pyc\n__pycache__/\n/build/\n.venv/\n*.log\n"
PYTHON = (sys.executable, "-P", "-c")
VALIDATE = (*PYTHON, "import sys; from vmspec.cli import main; sys.exit(main())", "validate")
OTHERS = {
    "check-jsonschema": ("check-jsonschema", "--schemafile", str(schema_path("vmspec.schema.json"))),
    "yamllint": ("yamllint",),
}


class Usage(NamedTuple):
    """Resources of a command, workers included."""

    elapsed_s: float
    cpu_s: float
    memory_mb: float


def main(files: int = FILES, rounds: int = ROUNDS) -> None:
    """Print all figures."""
    with TemporaryDirectory() as name:
        alike, drawn, yaml = Path(name, "alike"), Path(name, "drawn"), Path(name, "yaml")
        writer = Process(target=_write_all, args=(alike, drawn, yaml, files))
        writer.start()  # memory of this process would count as that of the commands
        writer.join()
        _print_ratios("alike XML files", alike, rounds)
        _print_ratios("drawn XML files, a finding in every second", drawn, rounds)
        _print_yaml(yaml, rounds)
        _print_start(Path(name), rounds)


def _write_all(alike: Path, drawn: Path, yaml: Path, files: int) -> None:
    _write(alike, "xml", [_alike(number).to_xml() for number in range(files)])
    vms = _drawn(files)
    _write(drawn, "xml", [dumps(vm.spec, "xml") for vm in vms])
    _write(yaml, "yaml", [dumps(vm.spec, "yaml") for vm in vms[:YAML_FILES]])


def _print_ratios(title: str, folder: Path, rounds: int) -> None:
    paths = [str(path) for path in sorted(folder.rglob("*.xml"))]
    usages = _measure(
        {
            "xmllint": ("xmllint", "--noout", "--schema", str(schema_path()), *paths),
            "one process": (*VALIDATE, "--jobs", "1", str(folder)),
            "two processes": (*VALIDATE, "--jobs", "2", str(folder)),
            "one process, json": (*VALIDATE, "--jobs", "1", "--output-format", "json", str(folder)),
            "one process, quiet": (*VALIDATE, "--jobs", "1", "--quiet", str(folder)),
        },
        rounds,
    )
    reference = usages["xmllint"]
    print(f"{len(paths):,} {title}")
    for name, usage in usages.items():
        ratios = f"{usage.elapsed_s / reference.elapsed_s:5.2f} ({usage.cpu_s / reference.cpu_s:5.2f})"
        print(f"  {name:20} {_show(usage)}  {ratios}")


def _print_yaml(folder: Path, rounds: int) -> None:
    paths = [str(path) for path in sorted(folder.rglob("*.yaml"))]
    others = {name: (*command, *paths) for name, command in OTHERS.items() if shutil.which(name)}
    print(f"{len(paths):,} drawn YAML files, a finding in every second")
    for name, usage in _measure(
        {"one process": (*VALIDATE, "--jobs", "1", str(folder))} | others, rounds
    ).items():
        print(f"  {name:20} {_show(usage)}")


def _print_start(folder: Path, rounds: int) -> None:
    vm = _alike(0)
    (folder / "one.xml").write_text(vm.to_xml())
    (folder / "one.json").write_text(dumps(vm.build(), "json"))
    commands = {
        "bare interpreter": (*PYTHON, "pass"),
        "XML": (*VALIDATE, str(folder / "one.xml")),
        "JSON": (*VALIDATE, str(folder / "one.json")),
    }
    usages = _measure(commands, 5 * rounds)
    bare = usages["bare interpreter"]
    print("one file, over a bare interpreter")
    for name, usage in usages.items():
        more = (
            f"+{1e3 * (usage.elapsed_s - bare.elapsed_s):4.0f} ms (+{1e3 * (usage.cpu_s - bare.cpu_s):4.0f})"
        )
        print(f"  {name:20} {_show(usage)}  {more}")


def _show(usage: Usage) -> str:
    return f"{usage.elapsed_s:7.3f} s ({usage.cpu_s:6.3f})  {usage.memory_mb:5.1f} MB"


def _write(folder: Path, suffix: str, texts: Sequence[str]) -> None:
    folder.mkdir()
    (folder / ".gitignore").write_text(GITIGNORE)
    for number, text in enumerate(texts):
        inner = folder / f"team-{number // PER_FOLDER:04}"
        inner.mkdir(exist_ok=True)
        (inner / f"web-{number:06}.{suffix}").write_text(text)


def _alike(number: int) -> VM:
    name = f"web-tasty-turquoise-{number:06}-of-acme"
    return (
        VM(name)
        .data_center("uk-lon-01")
        .package("rock-3")
        .template("templates/ubuntu-18-04", install_agent=True)
        .network("netw_gVRkZdSKczfNg34P", existing_ip(f"ip_1mm1JmmMV8{number:06}"))
        .authorize(users="all", ssh_keys="all")
    )


def _drawn(count: int) -> list[VM]:
    """Return machines of varied shapes and different hostnames; every second has one in capitals."""
    draw = Draw()
    vms = [draw.vm() for _ in range(count)]
    return [
        vm.hostname(f"{'WEB' if number % 2 else 'web'}-{number}-of-acme") for number, vm in enumerate(vms)
    ]


def _measure(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Usage]:
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            usages[name].append(_run(command))
    return {
        name: Usage(*map(min, zip(*measured, strict=True)))._replace(
            memory_mb=max(usage.memory_mb for usage in measured)
        )
        for name, measured in usages.items()
    }


def _run(command: Sequence[str]) -> Usage:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    return Usage(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
