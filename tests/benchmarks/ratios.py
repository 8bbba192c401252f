"""Time of reading, writing and checking documents, in ratios to one lxml parse of the same bytes.

Run by hand from the project's folder: ``python -m tests.benchmarks.ratios``. The documents are drawn at
random, all of different shapes, with about 1.5 KB of XML each. Each figure is the smallest of many rounds,
and the functions take turns in each round, so that a machine of varying speed changes all figures alike.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import TypeVar

import xmlschema
import yaml
from lxml import etree

from vmspec import VM, backup_policy, dumps, existing_ip, loads, new_ipv4, new_ipv6, validate
from vmspec.validation.xsd import schema_path

UNIT = "lxml parse of the XML"

DOCUMENTS = 200
GROUP = 20
ROUNDS = 25
SIZE = range(1_350, 1_650)
"""Bytes of a drawn document."""

T = TypeVar("T")

_WORDS = ("shop", "web", "database", "cache", "staging", "batch", "queue", "backup", "mail", "report")


class Draw:
    """Specs without findings, drawn at random."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)

    def documents(self, number: int) -> list[str]:
        """Return canonical XML documents, all different and of about the same size."""
        documents: list[str] = []
        while len(documents) < number:
            text = self.vm().to_xml()
            if len(text) in SIZE and text not in documents:
                documents.append(text)
        return documents

    def vm(self) -> VM:
        """Return a VM with one to three disks and interfaces, and other fields by chance."""
        vm = VM(self._name("-"))
        vm = vm.data_center(self._choice("uk-lon-01", "us-nyc-01", "nl-ams-01", self._id("loc")))
        vm = vm.package(self._choice(f"rock-{self._random.randint(1, 30)}", self._id("vmpkg")))
        options = {f"option_{index}": self._name(" ") for index in range(self._random.randint(0, 3))}
        vm = vm.template(self._choice("templates/ubuntu-22-04", self._id("dtpl")), **options)
        for _ in range(self._random.randint(1, 3)):
            vm = vm.apply(self._with_disk)
        for _ in range(self._random.randint(1, 3)):
            vm = vm.apply(self._with_network)
        for add in (self._with_texts, self._with_group, self._with_backup, self._with_tags):
            vm = vm.apply(add) if self._maybe() else vm
        return vm.authorize(users="all", ssh_keys="all")

    def _with_disk(self, vm: VM) -> VM:
        return vm.disk(
            self._random.randint(10, 500),
            name=f"Disk {len(vm.spec.system_disks) + 1}" if self._maybe() else None,
            speed=self._choice("nvme", "ssd") if self._maybe() else None,
            io_profile=self._choice("100k", self._id("diop")) if self._maybe() else None,
            file_system_type=self._choice("ext4", "xfs") if self._maybe() else None,
            backup=backup_policy(retention=7, every="daily", at=2) if self._maybe() else (),
        )

    def _with_network(self, vm: VM) -> VM:
        allocations = [
            self._choice(new_ipv4(), new_ipv6(), existing_ip(self._id("ip")))
            for _ in range(self._random.randint(1, 2))
        ]
        speed = self._choice("1gbps", "10gbps", None)
        return vm.network(
            self._choice("uk-lon-01-public", self._id("netw")), *allocations, speed_profile=speed
        )

    def _with_texts(self, vm: VM) -> VM:
        return vm.name(self._name(" ")).description(self._name(" "))

    def _with_group(self, vm: VM) -> VM:
        return vm.group(self._id("vmgrp"))

    def _with_backup(self, vm: VM) -> VM:
        return vm.backup(
            retention=self._random.randint(1, 30), every="weekly", at=self._random.randint(0, 23)
        )

    def _with_tags(self, vm: VM) -> VM:
        return vm.tags(*self._random.sample(_WORDS, self._random.randint(1, 5)))

    def _name(self, separator: str) -> str:
        return separator.join(self._random.choices(_WORDS, k=self._random.randint(2, 6))).lower()

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{''.join(self._random.choices(ascii_letters + digits, k=16))}"

    def _choice(self, *values: T) -> T:
        return self._random.choice(values)

    def _maybe(self) -> bool:
        return self._random.random() < 0.5


def measure(work: dict[str, Callable[[int], object]], number: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the mean time of each function over all documents, in microseconds.

    A function gets the index of a document. Documents are measured in groups, small enough to finish in one
    time slice of a busy machine, and the fastest of several rounds counts for each group.
    """
    groups = [range(start, min(start + GROUP, number)) for start in range(0, number, GROUP)]
    best = {title: [float("inf")] * len(groups) for title in work}
    for _ in range(rounds):
        for title, call in work.items():
            for position, group in enumerate(groups):
                start = perf_counter_ns()
                for index in group:
                    call(index)
                best[title][position] = min(best[title][position], perf_counter_ns() - start)
    return {title: sum(times) / number / 1e3 for title, times in best.items()}


def chain() -> VM:
    """Return a VM after 15 steps."""
    return (
        VM("web-1")
        .data_center("uk-lon-01")
        .package("rock-3")
        .template("templates/ubuntu-22-04", version=3)
        .option("install_agent", True)
        .disk(20, name="System")
        .disk(100, name="Data", speed="nvme")
        .network("uk-lon-01-public", new_ipv4())
        .virtual_network("vnet_Q3k1LZddqvzMH21b")
        .authorize(users="all", ssh_keys="all")
        .backup(retention=7, every="daily", at=2)
        .tags("web", "shop")
        .group("vmgrp_Q3k1LZddqvzMH21b")
        .name("Web 1")
        .description("A web server.")
    )


def generated_parser(folder: Path) -> Callable[[bytes], object] | None:
    """Return the parser that xsdata generates from the XSD, or None if xsdata is not installed."""
    if find_spec("xsdata") is None:
        return None
    command = [sys.executable, "-m", "xsdata", "generate", str(schema_path()), "--package", "generated"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    from generated import VirtualMachineSpec
    from xsdata.formats.dataclass.parsers import XmlParser

    parser = XmlParser()
    return lambda document: parser.from_bytes(document, VirtualMachineSpec)


def work_of(folder: Path) -> dict[str, Callable[[int], object]]:
    """Return everything that is measured, by its title; the first is the unit."""
    texts = Draw().documents(DOCUMENTS)
    xml = [text.encode() for text in texts]
    specs = [loads(text, "xml") for text in texts]
    json_texts = [dumps(spec, "json") for spec in specs]
    yaml_texts = [dumps(spec, "yaml") for spec in specs]
    plain = [json.loads(text) for text in json_texts]
    capitals = [text.replace("<Hostname>\n    <Hostname>", "<Hostname>\n    <Hostname>X") for text in texts]
    schema = etree.XMLSchema(etree.parse(schema_path()))
    other_engine = xmlschema.XMLSchema10(str(schema_path()))
    parse_generated = generated_parser(folder)
    work: dict[str, Callable[[int], object]] = {
        UNIT: lambda index: etree.fromstring(xml[index]),
        "XML loads": lambda index: loads(texts[index], "xml"),
        "XML dumps": lambda index: dumps(specs[index], "xml"),
        "XML validate": lambda index: validate(texts[index], "xml"),
        "XML validate, one finding": lambda index: validate(capitals[index], "xml"),
        "JSON loads": lambda index: loads(json_texts[index], "json"),
        "JSON dumps": lambda index: dumps(specs[index], "json"),
        "YAML loads": lambda index: loads(yaml_texts[index], "yaml"),
        "YAML dumps": lambda index: dumps(specs[index], "yaml"),
        "VM, 15 steps without build": lambda index: chain(),
        "others: libxml2, the XSD of a parsed tree": lambda index: schema.validate(
            etree.fromstring(xml[index])
        ),
        "others: xmlschema, validation": lambda index: other_engine.is_valid(texts[index]),
        "others: json.loads": lambda index: json.loads(json_texts[index]),
        "others: PyYAML CSafeLoader": lambda index: yaml.load(yaml_texts[index], yaml.CSafeLoader),
        "others: PyYAML CSafeDumper": lambda index: yaml.dump(plain[index], Dumper=yaml.CSafeDumper),
    }
    if parse_generated is not None:
        work["others: xsdata, parsing into dataclasses"] = lambda index: parse_generated(xml[index])
    return work


def main() -> None:
    """Print the time of each function, in microseconds and in lxml parses."""
    with TemporaryDirectory() as folder:
        times = measure(work_of(Path(folder)), DOCUMENTS)
    for title, time in times.items():
        print(f"{title:42} {time:8.1f} µs {time / times[UNIT]:7.2f}")


if __name__ == "__main__":
    main()
