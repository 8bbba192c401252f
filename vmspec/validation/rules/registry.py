"""Rule: what makes problems out of a piece of a spec that the grammar allows, and the list of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from attrs import frozen

from vmspec.findings import Severity
from vmspec.model.schema import Lookup, Part

P = TypeVar("P", bound="Part | Lookup")


class Evidence(StrEnum):
    """What a rule rests on; only what is documented, or follows from it, makes an error."""

    DOCUMENTED = "documented"
    """The vendor's pages or API description say so."""
    RECORDED = "recorded"
    """Seen in recorded traffic with the API."""
    CODE = "vendor's code"
    """The vendor's own library, command line or Terraform provider do it so."""
    LOGIC = "logic"
    """Follows from what the words mean."""
    INFERRED = "inferred"
    """Our own conclusion; the API may see it otherwise."""
    OURS = "vmspec"
    """Of vmspec itself, not of the API."""


class Problem(NamedTuple):
    """What a rule says of a piece of a spec."""

    path: str
    """The field in that piece, such as ``size``; empty for the piece itself."""
    message: str
    hint: str | None = None
    if_written: bool = False
    """Only of a document that has something there: a spec does not tell an empty list from none."""


Problems = Sequence[Problem]
"""Most often none: ``()``."""


def is_blank(text: str | None) -> bool:
    """Whether there is nothing in a text but blanks, or no text."""
    return text is None or not text.strip()


def is_padded(text: str | None) -> bool:
    """Whether a text begins or ends with a blank."""
    return text is not None and text != text.strip()


@frozen
class Rule:
    """One rule: its stable code and name, how much it matters, what it rests on, and what it is about."""

    code: str
    name: str
    severity: Severity
    since: str
    evidence: Evidence
    source: str
    of: type[object]
    """The class of the pieces of a spec that it is asked about."""
    at: str
    """A field of them; where that is absent, the rule is not asked. Empty for a rule that always is."""
    by: tuple[str, ...]
    """Of lookups: it is asked about those by one of these. Empty for all."""
    check: Callable[[Any], Problems]

    @property
    def page(self) -> str:
        """What it means, why, an example, and what to write instead: the docstring of its function."""
        return self.check.__doc__ or ""


_RULES: dict[str, Rule] = {}
_NAMES: set[str] = set()


def rule(
    code: str,
    name: str,
    *,
    of: type[P],
    at: str = "",
    by: tuple[str, ...] = (),
    severity: Severity,
    evidence: Evidence,
    source: str,
    since: str = "0.1",
) -> Callable[[Callable[[P], Problems]], Callable[[P], Problems]]:
    """Registers a function as a rule about each piece of a class; a code or name that is taken is refused.

    ``at`` and ``by`` keep it from being asked for nothing: most specs are plain, and each question costs.
    """

    def register(check: Callable[[P], Problems]) -> Callable[[P], Problems]:
        if code in _RULES or name in _NAMES:
            raise ValueError(f"there is a rule {code} or {name} already")
        _RULES[code] = Rule(code, name, severity, since, evidence, source, of, at, by, check)
        _NAMES.add(name)
        return check

    return register


def registered() -> tuple[Rule, ...]:
    """All rules, by code."""
    return tuple(_RULES[code] for code in sorted(_RULES))
