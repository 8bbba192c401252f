"""The rules by subject, and all of them together."""

from __future__ import annotations

from vmspec.validation.rules import placement, resources
from vmspec.validation.rules.registry import Problem, Rule, registered

__all__ = ["RULES", "Problem", "Rule", "placement", "resources"]

RULES: tuple[Rule, ...] = registered()
