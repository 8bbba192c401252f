"""The rules by subject, and all of them together."""

from __future__ import annotations

from vmspec.validation.rules import (
    access,
    addresses,
    allocations,
    backups,
    disks,
    hostname,
    lookups,
    naming,
    networks,
    placement,
    resources,
    ssh_keys,
    template,
)
from vmspec.validation.rules.asking import Questions
from vmspec.validation.rules.registry import Evidence, Problem, Rule, registered

__all__ = [
    "QUESTIONS",
    "RULES",
    "Evidence",
    "Problem",
    "Questions",
    "Rule",
    "access",
    "addresses",
    "allocations",
    "backups",
    "disks",
    "hostname",
    "lookups",
    "naming",
    "networks",
    "placement",
    "resources",
    "ssh_keys",
    "template",
]

RULES: tuple[Rule, ...] = registered()

QUESTIONS = Questions(RULES)
"""All rules, ready to be asked of a spec."""
