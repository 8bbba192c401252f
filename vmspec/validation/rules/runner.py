"""Asks rules about every piece of a spec, by closures made once over the plan.

Most specs are plain, so little is done until a rule objects: paths are put together from answers only,
rules about a field are passed over where it is absent, and lookups are not asked about twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vmspec.model.schema import Field, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Problem, Rule

Answer = tuple[Rule, str, Problem | Exception]
"""The path of a piece, and what a rule said of it, or what it raised."""

_Ask = Callable[[Any], Sequence[Answer]]
"""Asks about a piece and all that is in it; the paths begin with a dot or a bracket."""

_NOTHING: Sequence[Answer] = ()
_ABSENT = (None, ())

SHARED = 128
"""Characters of a value, up to which a lookup is kept."""

MOST_KNOWN = 1024
"""Lookups that are kept."""


class RuleSet:
    """Rules, ready to be asked."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._known: dict[int, Lookup] = {}
        """Lookups of which no rule had anything to say, by identity: documents name the same few things
        over and over, and the reader shares equal lookups."""
        self._ask = self._of_part(VirtualMachineSpec)

    def answers(self, spec: VirtualMachineSpec) -> Sequence[Answer]:
        """What the rules say of a spec; one that raises does not end the run."""
        answers = self._ask(spec) if self._ask is not None else _NOTHING
        return [(rule, path.removeprefix("."), said) for rule, path, said in answers] if answers else ()

    def _of_part(self, cls: type[Part]) -> _Ask | None:
        """What asks about an element and all that is in it; None where no rule is about any of it."""
        rules = [rule for rule in self._rules if issubclass(cls, rule.of)]
        about = [(field.name, self._of_field(field)) for field in fields_of(cls)]
        inner = [(name, ask_inner) for name, ask_inner in about if ask_inner is not None]
        if not rules and not inner:
            return None
        of_all = [rule for rule in rules if not rule.at]
        of_fields = _by_field(rules)
        known = self._known

        def ask(part: Part) -> Sequence[Answer]:
            values, answers = part.__dict__, _answers(of_all, part)
            for name, of_field in of_fields:
                value = values[name]
                if (value or value not in _ABSENT) and (said := _answers(of_field, part)):
                    answers = [*answers, *said]
            for name, ask_inner in inner:
                value = values[name]
                if value and id(value) not in known and (said := ask_inner(value)):
                    answers = [*answers, *_within(f".{name}", said)]
            return answers

        return ask

    def _of_field(self, field: Field) -> _Ask | None:
        """What asks about the things that a field holds; None where no rule is about them."""
        if field.lookup is not None:
            ask: _Ask | None = self._of_lookup(field.lookup)
        else:
            ask = self._of_part(field.part) if field.part is not None else None
        return _of_many(ask) if field.many and ask is not None else ask

    def _of_lookup(self, cls: type[Lookup]) -> _Ask:
        rules = [rule for rule in self._rules if issubclass(cls, rule.of)]
        rules_by = {by: [rule for rule in rules if not rule.by or by in rule.by] for by in lookup_keys(cls)}
        known = self._known

        def ask(lookup: Lookup) -> Sequence[Answer]:
            answers = _answers(rules_by[lookup.by], lookup)
            if not answers and len(lookup.value) < SHARED:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known[id(lookup)] = lookup  # kept alive, so that nothing else gets its identity
            return answers

        return ask


def _by_field(rules: Iterable[Rule]) -> list[tuple[str, list[Rule]]]:
    """The rules about one field together, so that one look tells that it is absent."""
    fields: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.at:
            fields.setdefault(rule.at, []).append(rule)
    return [*fields.items()]


def _of_many(ask: _Ask) -> _Ask:
    def ask_items(items: Iterable[Any]) -> Sequence[Answer]:
        answers: list[Answer] = []
        for index, item in enumerate(items):
            if said := ask(item):
                answers += _within(f"[{index}]", said)
        return answers

    return ask_items


def _within(step: str, answers: Iterable[Answer]) -> list[Answer]:
    return [(rule, f"{step}{path}", said) for rule, path, said in answers]


def _answers(rules: Iterable[Rule], piece: Part | Lookup) -> Sequence[Answer]:
    """What the rules about the class of a piece say of it alone."""
    answers = _NOTHING
    for rule in rules:
        try:
            problems: Sequence[Problem | Exception] = rule.check(piece)
        except Exception as error:  # noqa: BLE001 - a mistake in a rule is a finding
            problems = (error,)
        if problems:
            answers = [*answers, *((rule, "", problem) for problem in problems)]
    return answers
