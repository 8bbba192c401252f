"""The rules, one module for each subject."""

from __future__ import annotations

from importlib import import_module

from vmspec.validation.rules.registry import Evidence, Problem, Rule, registered
from vmspec.validation.rules.runner import RuleSet

__all__ = ["RULES", "RULE_SET", "Evidence", "Problem", "Rule", "RuleSet"]

SUBJECTS = (
    "access",
    "addresses",
    "backups",
    "cloud_init",
    "disks",
    "hostname",
    "lookups",
    "naming",
    "networks",
    "placeholders",
    "placement",
    "resources",
    "template",
)
"""The modules that define rules."""

for _subject in SUBJECTS:
    import_module(f"{__name__}.{_subject}")

RULES: tuple[Rule, ...] = registered()

RULE_SET = RuleSet(RULES)
"""All rules, compiled."""
