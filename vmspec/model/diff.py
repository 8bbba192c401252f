"""The differences between two specs, field by field.

>>> from vmspec import VM
>>> old, new = VM("web-1").disk(20).tags("a", "b"), VM("web-1").disk(40).tags("b", "c")
>>> for change in diff(old.spec, new.spec):
...     print(change)
system_disks[0].size: 20 -> 40
tags: 'a' -> absent
tags: absent -> 'c'
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from vmspec.model.schema import Field, Lookup, Part, Wrapped, fields_of
from vmspec.model.spec import VirtualMachineSpec, check_is_spec
from vmspec.text import MASK

Value = str | int | bool | Lookup | Part | None
"""The value of a field, None if it is absent. An element is a value only if all its fields are absent."""


@frozen
class Change:
    """One field that differs; a secret is shown as ``***``."""

    path: str
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{self.path}: {_shown(self.before)} -> {_shown(self.after)}"


def diff(a: VirtualMachineSpec, b: VirtualMachineSpec) -> tuple[Change, ...]:
    """Return the changes from ``a`` to ``b`` in element order; empty if the specs are equal.

    Tags are compared as a set, because Katapult keeps no order of them; other lists by position.
    """
    check_is_spec(a)
    check_is_spec(b)
    return tuple(_part_changes("", a, b))


def _part_changes(path: str, a: Part | None, b: Part | None) -> Iterator[Change]:
    some = a if a is not None else b
    if some is None or a == b:
        return
    changes = [
        change
        for field in fields_of(type(some))
        for change in _field_changes(f"{path}.{field.name}".removeprefix("."), field, a, b)
    ]
    if not changes and (a is None or b is None):
        changes = [Change(path, a, b)]
    yield from changes


def _field_changes(path: str, field: Field, a: Part | None, b: Part | None) -> Iterator[Change]:
    before = getattr(a, field.name) if a is not None else None
    after = getattr(b, field.name) if b is not None else None
    if not field.many:
        yield from _value_changes(path, field, before, after)
        return
    before, after = before or (), after or ()
    if isinstance(field.binding, Wrapped) and not field.binding.ordered:
        old_items, new_items = dict.fromkeys(before), dict.fromkeys(after)
        yield from (Change(path, item, None) for item in old_items if item not in new_items)
        yield from (Change(path, None, item) for item in new_items if item not in old_items)
        return
    for index in range(max(len(before), len(after))):
        old = before[index] if index < len(before) else None
        new = after[index] if index < len(after) else None
        yield from _value_changes(f"{path}[{index}]", field, old, new)


def _value_changes(path: str, field: Field, before: Value, after: Value) -> Iterator[Change]:
    if field.part is not None:
        assert not isinstance(before, (str, int, Lookup))
        assert not isinstance(after, (str, int, Lookup))
        yield from _part_changes(path, before, after)
    elif before != after:
        if field.secret:
            before, after = (None if value is None else MASK for value in (before, after))
        yield Change(path, before, after)


def _shown(value: Value) -> str:
    if value is None:
        return "absent"
    if isinstance(value, Lookup):
        return f"{value.by} {value.value}"
    if isinstance(value, str):
        return value if value == MASK else repr(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "present" if isinstance(value, Part) else str(value)
