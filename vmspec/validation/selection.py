"""Selection of findings: which ones a user wants to see, and with which severity.

>>> selection = Selection.of(ignore=["small-disk"], severity={"VMS231": "info"})
>>> sorted(selection.ignore), selection.severities["VMS231"]
(['VMS242'], <Severity.INFO: 'info'>)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from vmspec.codes import GRAMMAR, UNREADABLE
from vmspec.documents.hints import did_you_mean
from vmspec.errors import ConfigurationError
from vmspec.findings import Finding, Severity
from vmspec.text import join_or, quote
from vmspec.validation.pages import find_page, pages


@frozen
class Selection:
    """Codes to select and to ignore, and severities by code; by default, every finding as it is.

    Unreadable documents and grammar findings are always shown, and always errors: no rule was checked.
    """

    select: frozenset[str] | None = None
    """Only these codes; None for all."""
    ignore: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(factory=dict)

    @classmethod
    def of(
        cls,
        select: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
        severity: Mapping[str, str] | None = None,
    ) -> Selection:
        """Return a selection from codes or names, and severities as strings.

        Raises ConfigurationError for an unknown code, name or severity, and for a code that cannot be
        ignored or changed because it does not belong to a rule.
        """
        return cls(
            select=None if select is None else frozenset(map(_code, select)),
            ignore=frozenset(map(_rule_code, ignore)),
            severities={_rule_code(code): _severity(word) for code, word in (severity or {}).items()},
        )


def apply(findings: Iterable[Finding], selection: Selection) -> tuple[Finding, ...]:
    """Return the selected findings with the selected severities."""
    return tuple(
        evolve(finding, severity=selection.severities.get(finding.code, finding.severity))
        for finding in findings
        if _is_selected(finding.code, selection)
    )


def _is_selected(code: str, selection: Selection) -> bool:
    if code in UNREADABLE or code in GRAMMAR:
        return True
    return code not in selection.ignore and (selection.select is None or code in selection.select)


def _code(code_or_name: str) -> str:
    page = find_page(code_or_name)
    if page is not None:
        return page.code
    meant = did_you_mean(code_or_name, [page.name for page in pages().values()])
    hint = f"; did you mean {meant}?" if meant else ""
    raise ConfigurationError(f"{quote(code_or_name)} is not a code or the name of a rule{hint}")


def _rule_code(code_or_name: str) -> str:
    code = _code(code_or_name)
    if code in UNREADABLE or code in GRAMMAR:
        raise ConfigurationError(f"{code} does not belong to a rule and always stays an error")
    return code


def _severity(word: str) -> Severity:
    if word not in [*Severity]:
        raise ConfigurationError(f"{quote(word)} is not a severity; choose {join_or(Severity)}")
    return Severity(word)
