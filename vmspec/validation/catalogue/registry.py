"""The definition of rules that compare a spec with a catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vmspec.catalogue import Catalogue
from vmspec.findings import Severity
from vmspec.model.schema import Lookup, Part
from vmspec.validation.rules.registry import Evidence, Problems, Rule

P = TypeVar("P", bound="Part | Lookup")

RULES: dict[str, Rule] = {}
"""The rules by code; their checks take a part and a catalogue."""


def catalogue_rule(
    code: str,
    name: str,
    part: type[P],
    *,
    source: str,
    severity: Severity = Severity.ERROR,
    evidence: Evidence = Evidence.LOGIC,
    when_field: str = "",
    supersedes: bool = False,
) -> Callable[[Callable[[P, Catalogue], Problems]], Callable[[P, Catalogue], Problems]]:
    """Register a function as a rule for all parts of a class; see ``rules.registry.rule``."""

    def register(check: Callable[[P, Catalogue], Problems]) -> Callable[[P, Catalogue], Problems]:
        RULES[code] = Rule(
            code, name, part, check, severity, evidence, source, when_field, (), supersedes, "0.2"
        )
        return check

    return register
