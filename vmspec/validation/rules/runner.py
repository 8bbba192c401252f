"""Running rules: each class of the model gets a closure that checks its parts and everything in them.

Most specs are plain, so the closures do little until a rule finds something: a rule about a field is skipped
where the field is absent, and paths are built for results only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from vmspec.codes import RULE_CRASHED
from vmspec.findings import Finding, Severity
from vmspec.model.schema import Field, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Problem, Problems, Rule

if TYPE_CHECKING:
    from vmspec.documents.document import Document
    from vmspec.documents.line_index import Position

Result = tuple[Rule, str, Problem | Exception]
"""A rule, the path of the checked part, and a problem that the rule found or the exception that it raised."""

Check = Callable[[Any], Sequence[Result]]
"""Checks a part and everything in it. Each path begins with a dot or a bracket."""

MAX_SUGGESTIONS = 10
"""Hints that are computed for one document; to compare a value with thousands of names takes a while."""

RuleCheck = Callable[[Any], Problems]
"""The function of a rule."""

_NONE: Sequence[Result] = ()
_ABSENT = (None, ())


class RuleSet:
    """Rules compiled to closures."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._check = self._part_check(VirtualMachineSpec)

    def run(self, spec: VirtualMachineSpec) -> Sequence[Result]:
        """Check a spec; a rule that raises an exception does not stop the others."""
        results = self._check(spec) if self._check is not None else ()
        return [(rule, path.removeprefix("."), result) for rule, path, result in results] if results else ()

    def fields_if_written(self, spec: VirtualMachineSpec) -> set[str]:
        """Return the paths of the fields to which a rule objects if a document holds them."""
        return {
            _full_path(path, problem)
            for _, path, problem in self.run(spec)
            if isinstance(problem, Problem) and problem.if_written
        }

    def _part_check(self, cls: type[Part]) -> Check | None:
        """Return the closure for a class, or None if there is nothing to check."""
        rules = [rule for rule in self._rules if issubclass(cls, rule.part)]
        children = [(field.name, self._field_check(field)) for field in fields_of(cls)]
        child_checks = [(name, check) for name, check in children if check is not None]
        if not rules and not child_checks:
            return None
        general = [(rule, rule.check) for rule in rules if not rule.when_field]
        by_field = [
            (field.name, selected)
            for field in fields_of(cls)
            if (selected := [(rule, rule.check) for rule in rules if rule.when_field == field.name])
        ]

        def check(part: Part) -> Sequence[Result]:
            values, results = part.__dict__, _run(general, part)
            for name, rules in by_field:
                value = values[name]
                # Comparing is slow for parts, which are always true; only "" and 0 are compared.
                if (value or value not in _ABSENT) and (found := _run(rules, part)):
                    results = [*results, *found]
            for name, check_child in child_checks:
                value = values[name]
                if value and (found := check_child(value)):
                    results = [*results, *_below(f".{name}", found)]
            return results

        return check

    def _field_check(self, field: Field) -> Check | None:
        check: Check | None = None
        if field.lookup is not None:
            check = self._lookup_check(field.lookup)
        elif field.part is not None:
            check = self._part_check(field.part)
        return _items_check(check) if field.many and check is not None else check

    def _lookup_check(self, cls: type[Lookup]) -> Check:
        rules = [rule for rule in self._rules if issubclass(cls, rule.part)]
        by_key = {
            key: [(rule, rule.check) for rule in rules if not rule.when_by or key in rule.when_by]
            for key in lookup_keys(cls)
        }
        return lambda lookup: _run(by_key[lookup.by], lookup)


def _items_check(check: Check) -> Check:
    def check_items(items: Iterable[Any]) -> Sequence[Result]:
        results: list[Result] = []
        for index, item in enumerate(items):
            if found := check(item):
                results += _below(f"[{index}]", found)
        return results

    return check_items


def _below(step: str, results: Iterable[Result]) -> list[Result]:
    return [(rule, f"{step}{path}", result) for rule, path, result in results]


def _run(rules: Iterable[tuple[Rule, RuleCheck]], part: Part | Lookup) -> Sequence[Result]:
    results = _NONE
    for rule, check in rules:
        try:
            found: Sequence[Problem | Exception] = check(part)
        except Exception as error:  # noqa: BLE001 - a bug in a rule becomes a finding
            found = (error,)
        if found:
            results = [*results, *[(rule, "", result) for result in found]]
    return results


def findings_of(results: Sequence[Result], document: Document | None) -> list[Finding]:
    """Return a finding for each result, with its position in the document."""
    findings: list[Finding] = []
    suggestions_left = MAX_SUGGESTIONS
    for rule, path, result in _without_superseded(results) if len(results) > 1 else results:
        code, severity, message, hint = rule.code, rule.severity, "", None
        if isinstance(result, Problem):
            path, message, hint = _full_path(path, result), result.message, result.hint
            if result.if_written and not (document is not None and document.contains(path)):
                continue
            if result.suggest is not None and suggestions_left:
                suggestions_left -= 1
                hint = result.suggest()
        else:  # without the text of the exception, which may contain a secret of the document
            code, severity, hint = RULE_CRASHED, Severity.WARNING, "this is a bug in vmspec; please report it"
            message = f"the rule {rule.code} {rule.name} crashed ({type(result).__name__})"
        line, column = _position(result, path, document) if document is not None else (None, None)
        findings.append(Finding(code, message, severity, path, line, column, hint))
    return findings


def _position(result: Problem | Exception, path: str, document: Document) -> Position:
    if isinstance(result, Problem) and result.offset is not None:
        return document.position_in_text(path, result.offset)
    return document.position_of(path)


def _without_superseded(results: Sequence[Result]) -> Sequence[Result]:
    superseded = {
        _full_path(path, result)
        for rule, path, result in results
        if rule.supersedes and isinstance(result, Problem)
    }
    return [
        (rule, path, result)
        for rule, path, result in results
        if rule.supersedes or isinstance(result, Exception) or _full_path(path, result) not in superseded
    ]


def _full_path(path: str, problem: Problem) -> str:
    return f"{path}.{problem.path}" if path and problem.path else path or problem.path
