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
from vmspec.validation.rules.registry import Evidence, Problem, Rule, registered
from vmspec.validation.rules.runner import RuleSet

__all__ = [
    "RULES",
    "RULE_SET",
    "Evidence",
    "Problem",
    "Rule",
    "RuleSet",
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

RULE_SET = RuleSet(RULES)
"""All rules, ready to be asked of a spec."""
