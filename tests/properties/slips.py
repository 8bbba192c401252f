"""Single slips of the pen in good documents, and the lines on which they are.

They are made in what a document says, not in its text, and of what vmspec finds they know nothing.
Chance is seeded: the same slips every time.
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
    *("text for number", "missing attribute"),
)

MARK = "▸"
"""Stands in a text where the slip is, until its line is known."""


@frozen
class Slip:
    """A document with one slip, and the lines that it takes."""

    kind: str
    what: str
    format: FormatName
    text: str
    lines: range


def slip_of(kind: str, what: str, format: FormatName, marked: str, height: int) -> Slip:
    """The slip at the mark of a text, and so many lines high."""
    before, mark, after = marked.partition(MARK)
    assert mark, what
    line = before.count("\n") + 1
    return Slip(kind, what, format, before + after, range(line, line + height))


def misspelt(word: str, chance: Random) -> str:
    """A word as a hand in haste writes it."""
    at = chance.randrange(1, len(word))
    return chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            word[:at] + chance.choice("aeinrst") + word[at + 1 :],
            word.upper() if word.islower() else word.lower(),
        ]
    )


NO_NUMBERS = ("ten", "{}GB", "{}.5", "-{}", "lots", "", "1e{}", "{} 000", "0x{}")
"""What is written in the place of a number."""


# Good documents

WORDS = ("web", "db", "shop", "archive", "london", "public", "cache", "queue", "mail", "build")
_SIGNS = "ABCDEFGHKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789"


def good_spec(chance: Random) -> VirtualMachineSpec:
    """A spec such as people write: no rule objects, and nearly all elements come up sooner or later."""
    words = chance.sample(WORDS, 6)

    def identity(prefix: str) -> str:
        return f"{prefix}Q{''.join(chance.choices(_SIGNS, k=15))}"

    def perhaps(vm: VM, step: Callable[[VM], VM]) -> VM:
        return step(vm) if chance.random() < 0.5 else vm

    vm = VM(f"{words[0]}-{chance.randrange(1, 100)}")
    vm = vm.data_center(chance.choice(["uk-lon-01", "us-nyc-01", identity("loc_"), identity("dc_")]))
    vm = vm.package(chance.choice(["rock-3", "boulder-4", identity("vmpkg_")]))
    vm = vm.template(
        chance.choice(["templates/ubuntu-22-04", "templates/rocky-9", identity("dtpl_")]),
        version=chance.choice([None, 3, identity("dtv_")]),
    )
    for key in chance.sample(["install_agent", "keyboard", "motd"], chance.randrange(3)):
        vm = vm.option(key, chance.choice(["true", "gb", "welcome"]))
    for name in chance.sample(["System", "Data", "Logs"], chance.randrange(3)):
        vm = vm.disk(
            chance.randrange(10, 500),
            name=name,
            speed=chance.choice(["nvme", "ssd"]),
            io_profile=chance.choice([None, "100k", identity("diop_")]),
            file_system_type=chance.choice([None, "ext4", "xfs"]),
            backup=chance.choice([(), _policy(chance)]),
        )
    vm = perhaps(vm, lambda vm: vm.shared_disk(identity("disk_")).shared_disk("Cold storage", by="name"))
    vm = vm.network(
        chance.choice(["uk-lon-01-public", identity("netw_")]),
        *_addresses(chance, identity),
        speed_profile=chance.choice([None, "1gbps", identity("nsp_")]),
    )
    vm = perhaps(vm, lambda vm: vm.virtual_network(identity("vnet_")))
    vm = perhaps(vm, lambda vm: vm.name(f"The {words[1]} of {words[2]}"))
    vm = perhaps(vm, lambda vm: vm.description(f"Holds the {words[3]}."))
    vm = perhaps(vm, lambda vm: vm.group(chance.choice(["Shops", identity("vmgrp_")])))
    vm = vm.authorize(
        users=chance.choice(["all", [identity("user_"), f"{words[4]}@example.org"]]),
        ssh_keys=chance.choice(["all", [f"ssh-ed25519 AAAA{words[5]}", identity("key_")]]),
        continuous_management=chance.choice([None, True, False]),
    )
    vm = perhaps(vm, lambda vm: vm.tags(*words[:3]))
    spec = vm.build()
    return evolve(spec, backup_policies=(_policy(chance),)) if chance.random() < 0.5 else spec


def _policy(chance: Random) -> BackupPolicy:
    return backup_policy(
        retention=chance.randrange(1, 30),
        every=chance.choice(["daily", "weekly"]),
        frequency=chance.choice([None, 2]),
        at=chance.randrange(24),
    )


def _addresses(chance: Random, identity: Callable[[str], str]) -> list[IPAddressAllocation]:
    number = chance.randrange(1, 120)
    every: list[Any] = [
        *(new_ipv4(), new_ipv6(), new_ipv4(identity("sbnt_")), new_ipv6("2001:db8:12::/64")),
        *(existing_ip(identity("ip_")), existing_ip(f"192.0.2.{number}"), existing_ip(f"2001:db8::{number}")),
    ]
    return chance.sample(every, chance.randrange(1, 4))
