"""Merging of two specs: a base, and what an override says instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from vmspec.model.elements import AuthorizedKeys, DiskTemplate, Option, Resources
from vmspec.model.schema import Field, Part, fields_of, with_fields
from vmspec.model.spec import VirtualMachineSpec

P = TypeVar("P", bound=Part)

_Side = tuple[str, ...]

_ALTERNATIVES: dict[type[Part], tuple[tuple[_Side, _Side], ...]] = {
    VirtualMachineSpec: ((("data_center",), ("zone",)),),
    Resources: ((("package",), ("memory", "cpu_cores")),),
    AuthorizedKeys: ((("all_users",), ("users",)), (("all_ssh_keys",), ("ssh_keys",))),
}
"""Fields that say the same in two ways: an override that uses one way replaces the other."""


def merged(base: P, override: P) -> P:
    """Return an element with what the override says, and with the rest of the base.

    A list replaces the list, but tags and the options of a template are merged by name and key. A version
    belongs to its template, and so it goes with it.
    """
    changes: dict[str, Any] = {}
    for field in fields_of(type(base)):
        value = getattr(override, field.name)
        if value not in (None, ()):
            changes[field.name] = _merged_value(field, getattr(base, field.name), value)
    for sides in _ALTERNATIVES.get(type(base), ()):
        for side, other in (sides, sides[::-1]):
            if _says(override, side) and not _says(override, other):
                changes.update((field.name, field.default) for field in _named(type(base), other))
    if isinstance(override, DiskTemplate) and override.template != getattr(base, "template", None):
        changes["version"] = override.version
    return with_fields(base, **changes)


def _merged_value(field: Field, base: Any, value: Any) -> Any:
    if field.name == "tags":
        return tuple(dict.fromkeys((*base, *value)))
    if field.part is Option:
        return merged_options(base, value)
    if field.part is not None and not field.many and base is not None:
        return merged(base, value)
    return value


def merged_options(base: Iterable[Option], more: Iterable[Option]) -> tuple[Option, ...]:
    """Return options without those that have the key of a later one, which takes the first one's place."""
    options: dict[str, Option] = {}
    for option in (*base, *more):
        options[option.key] = option
    return tuple(options.values())


def _says(part: Part, names: Iterable[str]) -> bool:
    return any(getattr(part, name) for name in names)


def _named(cls: type[Part], names: Iterable[str]) -> list[Field]:
    return [field for field in fields_of(cls) if field.name in names]
