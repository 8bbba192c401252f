"""How long reading, writing and checking take, in ratios to one lxml parse of the same bytes.

Run by hand: ``python tests/benchmarks/ratios.py``. Each figure is the smallest of many repetitions,
and parse and the rest take turns, so that a machine whose speed drifts moves both alike. Documents whose
markup was met before are read without a parser; "new" is what one costs that is the first of its kind.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from itertools import cycle

from lxml import etree

from vmspec import VM, dumps, existing_ip, loads, new_ipv4, validate
from vmspec.documents.alike import MOST_MET

NAME = "web-tasty-turquoise-skateboard-of-acme"
MINIMAL = (
    VM(NAME)
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-18-04", install_agent=True)
    .network("netw_gVRkZdSKczfNg34P", existing_ip("ip_1mm1JmmMV8dU6Cnb"))
    .name(f"{NAME}-limited")
    .authorize(users="all", ssh_keys="all")
)
NAMED = (
    MINIMAL.description("The shop, and what belongs to it.")
    .group("vmgrp_Rb4Tq9XeWm2Ya7Lc")
    .network("netw_gVRkZdSKczfNg34P", existing_ip("ip_Yt5Np0RwZs8Vb3Kd"), speed_profile="1gbps")
    .tags("web", "public")
)
DISKS = MINIMAL.disk(20, name="System").disk(10, name="Data A").disk(10, name="Data B")
LARGE = (
    NAMED.disk(20, name="System", speed="nvme")
    .disk(100, name="Data A", io_profile="100k", file_system_type="xfs")
    .disk(100, name="Data B")
    .network("uk-lon-01-public", new_ipv4(), new_ipv4("10.0.0.0/24"), speed_profile="1gbps")
    .backup(retention=7, every="daily", at=2)
)
DOCUMENTS = {"minimal": MINIMAL, "tags, texts": NAMED, "disks": DISKS, "large": LARGE}
REPETITIONS, CALLS = 25, 400
WIDTHS = (6, 6, 6, 9, 13, 9)


def main() -> None:
    """Prints one line for each document; those in capitals have a finding, and its place to look up."""
    print(
        f"{'document':31} bytes  parse  loads  dumps   both  validate    new: loads  validate   (µs, ratios)"
    )
    for title, vm in DOCUMENTS.items():
        stored = vm.to_xml()
        for form, text in (("stored", stored), ("one line", _on_one_line(stored))):
            for note, spelt in (("", text), (", capitals", text.replace(NAME, NAME.title()))):
                print(f"{f'{title}, {form}{note}':31} {len(spelt):5}", *_ratios(spelt))


def _on_one_line(text: str) -> str:
    return "\n".join([text.splitlines()[0], "".join(line.strip() for line in text.splitlines()[1:])])


def _of_new_shapes(text: str) -> list[str]:
    """The same document in more spellings than are remembered: with up to three blanks in its end tags."""
    first, *others = text.split("</")
    spellings: list[str] = []
    for number in range(2 * MOST_MET):
        blanks = [" " * (number >> 2 * index & 3) for index in range(len(others))]
        ends = [other.replace(">", f"{blank}>", 1) for blank, other in zip(blanks, others, strict=True)]
        spellings.append("</".join([first, *ends]))
    return spellings


def _ratios(text: str) -> list[str]:
    data, spec, new = text.encode(), loads(text, "xml"), cycle(_of_new_shapes(text))
    work: list[Callable[[], object]] = [
        lambda: etree.fromstring(data),
        lambda: loads(text, "xml"),
        lambda: dumps(spec, "xml"),
        lambda: dumps(loads(text, "xml"), "xml"),
        lambda: validate(text, "xml"),
        lambda: loads(next(new), "xml"),
        lambda: validate(next(new), "xml"),
    ]
    best = [float("inf")] * len(work)
    for _ in range(REPETITIONS):
        for index, call in enumerate(work):
            best[index] = min(best[index], timeit.timeit(call, number=CALLS) / CALLS)
    parse, *others = best
    return [
        f"{parse * 1e6:6.1f}",
        *(f"{seconds / parse:{width}.2f}" for width, seconds in zip(WIDTHS, others, strict=True)),
    ]


if __name__ == "__main__":
    main()
