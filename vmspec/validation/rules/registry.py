"""Rule: what makes findings out of a spec that the grammar allows, and the list of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec


@frozen
class Problem:
    """What a rule says of one field."""

    path: str
    message: str
    hint: str | None = None


Check = Callable[[VirtualMachineSpec], Iterator[Problem]]


@frozen
class Rule:
    """One rule: its stable code and name, how much it matters, and what it rests on."""

    code: str
    name: str
    severity: Severity
    source: str
    check: Check


_RULES: dict[str, Rule] = {}


def rule(code: str, name: str, *, severity: Severity, source: str) -> Callable[[Check], Check]:
    """Registers a function as a rule; a code or name that is taken is refused."""

    def register(check: Check) -> Check:
        taken = {known for other in _RULES.values() for known in (other.code, other.name)}
        if taken & {code, name}:
            raise ValueError(f"there is a rule {code} or {name} already")
        _RULES[code] = Rule(code, name, severity, source, check)
        return check

    return register


def registered() -> tuple[Rule, ...]:
    """All rules, by code."""
    return tuple(_RULES[code] for code in sorted(_RULES))
