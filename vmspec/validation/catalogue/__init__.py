"""Checks of a spec against a catalogue: does the organization have what the spec refers to?

>>> from vmspec import VirtualMachineSpec, validate
>>> report = validate(VirtualMachineSpec(tags=("wbe",)), catalogue=Catalogue(tags=("web",)))
>>> print(report.findings[-1])
tags[0]: warning VMS412 the organization has no tag "wbe", so it would be left out; did you mean "web"?
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from vmspec.catalogue import Catalogue
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.catalogue.fast import FastCheck, fast_check
from vmspec.validation.catalogue.registry import RULES
from vmspec.validation.rules import RULE_SET, RuleSet
from vmspec.validation.rules import RULES as GENERAL_RULES
from vmspec.validation.rules.registry import Problems, Rule
from vmspec.validation.rules.runner import Result

for _subject in ("addresses", "age", "limits", "lookups", "machines", "template"):
    import_module(f"{__name__}.{_subject}")

CATALOGUE_RULES: tuple[Rule, ...] = tuple(RULES[code] for code in sorted(RULES))
"""All rules about a spec and a catalogue."""

FLEXIBLE_RESOURCES = "VMS214"
"""Code of the rule that has nothing to say once it is known whether the organization has them."""


def catalogue_of(given: Catalogue | str | os.PathLike[str]) -> Catalogue:
    """Return a catalogue, read from its file if a path is given."""
    if isinstance(given, Catalogue):
        return given
    from vmspec.catalogue import load_catalogue

    return load_catalogue(given)


def check(spec: VirtualMachineSpec, catalogue: Catalogue) -> Sequence[Result]:
    """Return the results of all rules, those about the catalogue included."""
    fits, rules = _checks_of(catalogue)
    return RULE_SET.run(spec) if fits(spec) else rules.run(spec)


@lru_cache(maxsize=8)
def _checks_of(catalogue: Catalogue) -> tuple[FastCheck, RuleSet]:
    """Return the fast check of a catalogue, and all rules for the specs that it does not accept."""
    return fast_check(catalogue), rules_for(catalogue)


def rules_for(catalogue: Catalogue) -> RuleSet:
    """Return all rules, with those about this catalogue."""
    limits = catalogue.policy_limits
    is_decided = limits is not None and limits.flexible_virtual_machine_resources is not None
    general = (rule for rule in GENERAL_RULES if not (is_decided and rule.code == FLEXIBLE_RESOURCES))
    return RuleSet([*general, *(_bound(rule, catalogue) for rule in CATALOGUE_RULES)])


def _bound(rule: Rule, catalogue: Catalogue) -> Rule:
    def check_part(part: object) -> Problems:
        return rule.check(part, catalogue)

    return rule._replace(check=check_part)
