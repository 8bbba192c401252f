"""Selection: which findings a user wants to see, and how much each matters to them.

>>> choice = Selection.of(ignore=["small-disk"], severity={"VMS231": "info"})
>>> sorted(choice.ignore), choice.severities["VMS231"]
(['VMS242'], <Severity.INFO: 'info'>)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from vmspec.codes import GRAMMAR, LIMITS
from vmspec.documents.messages import did_you_mean, join_or, quote
from vmspec.errors import ConfigurationError
from vmspec.findings import Finding, Severity
from vmspec.validation.pages import page_of, pages


@frozen
class Selection:
    """Codes to select and to ignore, and severities by code; nothing is chosen by default.

    What the gate and the grammar mind is always shown, and always an error: behind it the rules were
    not even asked.
    """

    select: frozenset[str] | None = None
    """Only these; None for all."""
    ignore: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(factory=dict)

    @classmethod
    def of(
        cls,
        select: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
        severity: Mapping[str, str] | None = None,
    ) -> Selection:
        """A choice in a user's words: codes or names, and words for severities.

        Raises ConfigurationError for a code, name or word that there is not, and for one of the gate or
        the grammar that is to be ignored or to matter less.
        """
        return cls(
            select=None if select is None else frozenset(map(_code, select)),
            ignore=frozenset(map(_rule_code, ignore)),
            severities={_rule_code(code): _severity(word) for code, word in (severity or {}).items()},
        )


def apply(findings: Iterable[Finding], choice: Selection) -> tuple[Finding, ...]:
    """The findings of a choice, with its severities."""
    return tuple(
        evolve(finding, severity=choice.severities.get(finding.code, finding.severity))
        for finding in findings
        if _is_chosen(finding.code, choice)
    )


def _is_chosen(code: str, choice: Selection) -> bool:
    if code in LIMITS or code in GRAMMAR:
        return True
    return code not in choice.ignore and (choice.select is None or code in choice.select)


def _code(word: str) -> str:
    page = page_of(word)
    if page is not None:
        return page.code
    meant = did_you_mean(word, [page.name for page in pages().values()])
    hint = f"; did you mean {meant}?" if meant else ""
    raise ConfigurationError(f"{quote(word)} is no code and no name of a rule{hint}")


def _rule_code(word: str) -> str:
    code = _code(word)
    if code in LIMITS or code in GRAMMAR:
        raise ConfigurationError(f"{code} is not of a rule, and stays an error")
    return code


def _severity(word: str) -> Severity:
    if word not in [*Severity]:
        raise ConfigurationError(f"{quote(word)} is no severity; it is {join_or(Severity)}")
    return Severity(word)
