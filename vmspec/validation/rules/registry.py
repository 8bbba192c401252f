"""The definition of rules: functions that return the problems of one part or lookup of a spec."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from vmspec.findings import Severity
from vmspec.model.schema import Lookup, Part

P = TypeVar("P", bound="Part | Lookup")


class Evidence(StrEnum):
    """Basis of a rule; a rule is an error only if this is documented, recorded or logic."""

    DOCUMENTED = "documented"
    """The vendor's pages or API description."""
    RECORDED = "recorded"
    """Recorded traffic with the API."""
    CODE = "vendor's code"
    """The vendor's library, command line or Terraform provider."""
    LOGIC = "logic"
    """A consequence of the meaning of the values."""
    INFERRED = "inferred"
    """Our own conclusion; the API may disagree."""
    OURS = "vmspec"
    """vmspec itself, not the API."""


class Problem(NamedTuple):
    """One problem that a rule found."""

    path: str
    """The field of the part, such as ``size``; empty for the part itself."""
    message: str
    hint: str | None = None
    offset: int | None = None
    """The character in the text of the field; None for the field itself, whose path then may have indexes."""
    if_written: bool = False
    """True to report it only if the document contains the field: a spec treats an empty list as absent."""
    suggest: Callable[[], str | None] | None = None
    """Computes the hint. It may be slow, so it is called for the first problems of a document only."""


Problems = Sequence[Problem]


class Rule(NamedTuple):
    """A rule with its stable code and name."""

    code: str
    name: str
    part: type[object] | tuple[type[object], ...]
    """The class or classes of the parts or lookups that are checked."""
    check: Callable[..., Problems]
    severity: Severity
    evidence: Evidence
    source: str
    when_field: str
    """The field that must be present for the rule to apply; empty for a rule that always applies."""
    when_by: tuple[str, ...]
    """The values of ``by`` for which a rule about lookups applies; empty for all."""
    supersedes: bool
    """True to drop findings of other rules about the same field, because they are consequences."""
    since: str

    @property
    def page(self) -> str:
        """The docstring of the function: what is wrong, why, an example, and what to use instead."""
        return self.check.__doc__ or ""


_RULES: dict[str, Rule] = {}


def rule(
    code: str,
    name: str,
    part: type[P] | tuple[type[P], ...],
    *,
    severity: Severity,
    evidence: Evidence,
    source: str,
    when_field: str = "",
    when_by: tuple[str, ...] = (),
    supersedes: bool = False,
    since: str = "0.1",
) -> Callable[[Callable[[P], Problems]], Callable[[P], Problems]]:
    """Register a function as a rule for all parts of these classes.

    ``when_field`` and ``when_by`` save calls: most specs are plain, and calls cost time. Raises ValueError if
    the code or name is taken.
    """

    def register(check: Callable[[P], Problems]) -> Callable[[P], Problems]:
        if code in _RULES or any(name == other.name for other in _RULES.values()):
            raise ValueError(f"there already is a rule {code} or {name}")
        _RULES[code] = Rule(
            code, name, part, check, severity, evidence, source, when_field, when_by, supersedes, since
        )
        return check

    return register


def registered() -> tuple[Rule, ...]:
    """Return all rules in the order of their codes."""
    return tuple(_RULES[code] for code in sorted(_RULES))


def is_blank(text: str | None) -> bool:
    """Return True for None, an empty string, or whitespace."""
    return text is None or not text.strip()


def is_padded(text: str | None) -> bool:
    """Return True for text that begins or ends with whitespace."""
    return text is not None and text != text.strip()


def repeats(items: Sequence[Hashable]) -> list[int]:
    """Return the index of each item that is equal to an earlier one."""
    if len(items) < 2 or len(set(items)) == len(items):
        return []
    seen: set[Hashable] = set()
    found: list[int] = []
    for index, item in enumerate(items):
        if item in seen:
            found.append(index)
        seen.add(item)
    return found


def problems_at(field: str, indexes: Iterable[int], message: str, hint: str) -> list[Problem]:
    """Return the same problem for each of these items of a field."""
    return [Problem(f"{field}[{index}]", message, hint) for index in indexes]
