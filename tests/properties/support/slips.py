"""Single typing mistakes in valid documents, with the lines that they are on.

They are made in the data of a document, not in its text, without regard to what vmspec detects. The random
numbers are seeded: the slips are the same every time.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from attrs import evolve, frozen

from vmspec import VM, backup_policy, existing_ip, new_ipv4, new_ipv6
from vmspec.documents import FormatName
from vmspec.model.elements import BackupPolicy, IPAddressAllocation
from vmspec.model.spec import VirtualMachineSpec

KINDS = (
    *("misspelt tag", "wrong by", "wrong enum", "moved child", "repeated child"),
    *("text for number", "missing attribute", "misspelt choice", "unit behind number", "padded value"),
)

MARK = "▸"
"""Marks the place of the slip in a text until its line is known."""


@frozen
class Slip:
    """A document with one slip, the lines of the slip, and the document without it."""

    kind: str
    what: str
    format: FormatName
    text: str
    lines: range
    before: str


def slip_of(kind: str, what: str, format: FormatName, marked: str, height: int, original: str) -> Slip:
    """Return the slip at the mark in a text."""
    before, mark, after = marked.partition(MARK)
    assert mark, what
    line = before.count("\n") + 1
    return Slip(kind, what, format, before + after, range(line, line + height), original)


def misspelt(word: str, random: Random) -> str:
    """Return a word with a typing mistake."""
    at = random.randrange(1, len(word))
    return random.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            word[:at] + random.choice("aeinrst") + word[at + 1 :],
            word.upper() if word.islower() else word.lower(),
        ]
    )


NOT_NUMBERS = ("ten", "{}GB", "{}.5", "-{}", "lots", "", "1e{}", "{} 000", "0x{}")
"""Text to replace a number."""


# Valid documents

WORDS = ("web", "db", "shop", "archive", "london", "public", "cache", "queue", "mail", "build")
_SIGNS = "ABCDEFGHKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789"


def valid_spec(random: Random) -> VirtualMachineSpec:
    """Return a random spec without findings, like those that people write; nearly all elements occur."""
    words = random.sample(WORDS, 6)

    def random_id(prefix: str) -> str:
        return f"{prefix}Q{''.join(random.choices(_SIGNS, k=15))}"

    def maybe(vm: VM, step: Callable[[VM], VM]) -> VM:
        return step(vm) if random.random() < 0.5 else vm

    vm = VM(f"{words[0]}-{random.randrange(1, 100)}")
    vm = vm.data_center(random.choice(["uk-lon-01", "us-nyc-01", random_id("loc_"), random_id("dc_")]))
    vm = vm.package(random.choice(["rock-3", "boulder-4", random_id("vmpkg_")]))
    vm = vm.template(
        random.choice(["templates/ubuntu-22-04", "templates/rocky-9", random_id("dtpl_")]),
        version=random.choice([None, 3, random_id("dtv_")]),
    )
    for key in random.sample(["install_agent", "keyboard", "motd"], random.randrange(3)):
        vm = vm.option(key, random.choice(["true", "gb", "welcome"]))
    for name in random.sample(["System", "Data", "Logs"], random.randrange(3)):
        vm = vm.disk(
            random.randrange(10, 500),
            name=name,
            speed=random.choice(["nvme", "ssd"]),
            io_profile=random.choice([None, "100k", random_id("diop_")]),
            file_system_type=random.choice([None, "ext4", "xfs"]),
            backup=random.choice([(), _policy(random)]),
        )
    vm = maybe(vm, lambda vm: vm.shared_disk(random_id("disk_")).shared_disk("Cold storage", by="name"))
    vm = vm.network(
        random.choice(["uk-lon-01-public", random_id("netw_")]),
        *_addresses(random, random_id),
        speed_profile=random.choice([None, "1gbps", random_id("nsp_")]),
    )
    vm = maybe(vm, lambda vm: vm.virtual_network(random_id("vnet_")))
    vm = maybe(vm, lambda vm: vm.name(f"The {words[1]} of {words[2]}"))
    vm = maybe(vm, lambda vm: vm.description(f"Holds the {words[3]}."))
    vm = maybe(vm, lambda vm: vm.group(random.choice(["Shops", random_id("vmgrp_")])))
    vm = vm.authorize(
        users=random.choice(["all", [random_id("user_"), f"{words[4]}@example.org"]]),
        ssh_keys=random.choice(["all", [f"ssh-ed25519 AAAA{words[5]}", random_id("key_")]]),
        continuous_management=random.choice([None, True, False]),
    )
    vm = maybe(vm, lambda vm: vm.tags(*words[:3]))
    spec = vm.build()
    return evolve(spec, backup_policies=(_policy(random),)) if random.random() < 0.5 else spec


def _policy(random: Random) -> BackupPolicy:
    return backup_policy(
        retention=random.randrange(1, 30),
        every=random.choice(["daily", "weekly"]),
        frequency=random.choice([None, 2]),
        at=random.randrange(24),
    )


def _addresses(random: Random, random_id: Callable[[str], str]) -> list[IPAddressAllocation]:
    number = random.randrange(1, 120)
    every: list[Any] = [
        *(new_ipv4(), new_ipv6(), new_ipv4(random_id("sbnt_")), new_ipv6("2001:db8:12::/64")),
        *(
            existing_ip(random_id("ip_")),
            existing_ip(f"192.0.2.{number}"),
            existing_ip(f"2001:db8::{number}"),
        ),
    ]
    return random.sample(every, random.randrange(1, 4))
