"""Asks rules about every piece of a spec, in two passes.

Most specs are plain. A quick pass, made of closures over the plan, only says whether that is so; what
is wrong with the others a thorough pass finds out, piece by piece, each with its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from vmspec.model.binding import Field, Lookup, Part, bys_of, plan_of
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Problem, Rule

Piece = Part | Lookup

Answer = tuple[Rule, str, Problem | Exception]
"""The path of a piece, and what a rule said of it, or what it raised."""

Usual = Mapping[type[Part], Callable[[Any], bool]]
"""For a class, what tells pieces to which no rule about the class objects."""


class Questions:
    """Rules, sorted by what they are asked about."""

    def __init__(self, rules: Iterable[Rule], usual: Usual | None = None) -> None:
        self._rules = tuple(rules)
        self._by_class: dict[type[Piece], list[Rule]] = {}
        self._is_plain = _QuickPass(self._rules, usual or {}).of_part(VirtualMachineSpec)

    def are_idle(self, spec: VirtualMachineSpec) -> bool:
        """Whether no rule has anything to say of a spec."""
        try:
            return self._is_plain is None or self._is_plain(spec)
        except Exception:  # noqa: BLE001 - the thorough pass says which rule it was
            return False

    def answers(self, spec: VirtualMachineSpec) -> Iterator[Answer]:
        """What the rules say of a spec; one that raises does not end the run."""
        for piece, path in _pieces(spec, ""):
            for rule in self._about(type(piece)):
                if not rule.is_asked(piece):
                    continue
                try:
                    problems = tuple(rule.check(piece))
                except Exception as error:  # noqa: BLE001 - a mistake in a rule is a finding
                    yield rule, path, error
                else:
                    yield from ((rule, path, problem) for problem in problems)

    def _about(self, cls: type[Piece]) -> list[Rule]:
        rules = self._by_class.get(cls)
        if rules is None:
            rules = self._by_class[cls] = [rule for rule in self._rules if issubclass(cls, rule.of)]
        return rules


def _pieces(piece: Piece, path: str) -> Iterator[tuple[Piece, str]]:
    """A piece and all that is in it, each with its path."""
    yield piece, path
    if isinstance(piece, Lookup):
        return
    for field in plan_of(type(piece)):
        if field.leaf is not None:
            continue
        value, inner = getattr(piece, field.name), f"{path}.{field.name}".removeprefix(".")
        if field.many:
            for index, item in enumerate(value):
                yield from _pieces(item, f"{inner}[{index}]")
        elif value is not None:
            yield from _pieces(value, inner)


_IsPlain = Callable[[Any], bool]
_Checks = list[Callable[[Any], Sequence[Problem]]]

MOST_KNOWN = 1024
"""Lookups that are kept."""


class _QuickPass:
    """Closures over the plan that say whether a piece, and all that is in it, is plain.

    They keep the lookups that were, by identity: documents name the same few things over and over, and
    the reader shares equal lookups.
    """

    def __init__(self, rules: tuple[Rule, ...], usual: Usual) -> None:
        self._rules = rules
        self._usual = usual
        self._known: dict[int, Lookup] = {}

    def of_part(self, cls: type[Part]) -> _IsPlain | None:
        """What asks about an element and all that is in it; None where no rule is about any of it."""
        rules = [rule for rule in self._rules if issubclass(cls, rule.of)]
        always: _Checks = [rule.check for rule in rules if not rule.at]
        at = [(rule.at, rule.check) for rule in rules if rule.at]
        single, many = self._of_fields(cls, many=False), self._of_fields(cls, many=True)
        if not (rules or single or many):
            return None
        is_usual, known = self._usual.get(cls), self._known

        def is_plain(part: Part) -> bool:
            values = part.__dict__
            if is_usual is None or not is_usual(part):
                for check in always:
                    if check(part):
                        return False
                for name, check in at:
                    value = values[name]
                    if value is not None and value != () and check(part):
                        return False
            for name, is_inner_plain in single:
                value = values[name]
                if value is not None and id(value) not in known and not is_inner_plain(value):
                    return False
            for name, is_inner_plain in many:
                for item in values[name]:
                    if not is_inner_plain(item):
                        return False
            return True

        return is_plain

    def _of_fields(self, cls: type[Part], *, many: bool) -> list[tuple[str, _IsPlain]]:
        fields = [field for field in plan_of(cls) if field.many is many]
        return [(field.name, asked) for field in fields if (asked := self._of_field(field)) is not None]

    def _of_field(self, field: Field) -> _IsPlain | None:
        """What asks about the things that a field holds; None where no rule is about them."""
        if field.lookup is not None:
            return self._of_lookup(field.lookup)
        return self.of_part(field.part) if field.part is not None else None

    def _of_lookup(self, cls: type[Lookup]) -> _IsPlain:
        rules = [rule for rule in self._rules if issubclass(cls, rule.of)]
        checks_by: dict[str, _Checks] = {
            by: [rule.check for rule in rules if not rule.by or by in rule.by] for by in bys_of(cls)
        }
        known = self._known

        def is_plain(lookup: Lookup) -> bool:
            for check in checks_by[lookup.by]:
                if check(lookup):
                    return False
            if len(known) >= MOST_KNOWN:
                known.clear()
            known[id(lookup)] = lookup  # kept alive, so that nothing else gets its identity
            return True

        return is_plain
