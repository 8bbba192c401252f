"""attrs validators for the fields of faults; each message says what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from attrs import Attribute

Validator: TypeAlias = Callable[[Any, "Attribute[Any]", Any], None]


def _validator(expected: str, is_valid: Callable[[Any], bool]) -> Validator:
    def validate(instance: object, attribute: Attribute[Any], value: object) -> None:
        if not is_valid(value):
            raise ValueError(f"{attribute.name} must be {expected}")

    return validate


boolean = _validator("true or false", lambda value: isinstance(value, bool))
string = _validator("a string", lambda value: isinstance(value, str))
strings = _validator(
    "a list of strings",
    lambda value: isinstance(value, tuple) and all(isinstance(item, str) for item in value),
)
mapping = _validator(
    "an object", lambda value: isinstance(value, Mapping) and all(isinstance(key, str) for key in value)
)
header = _validator(
    "a string of printable ASCII",
    lambda value: value is None or (isinstance(value, str) and value.isascii() and value.isprintable()),
)


def one_of(choices: tuple[str, ...]) -> Validator:
    """Return a validator for one of some strings."""
    return _validator(f"one of {', '.join(choices)}", lambda value: value in choices)


def number(minimum: float, maximum: float = 1e9) -> Validator:
    """Return a validator for a number within limits."""
    return _validator(
        f"a number from {minimum:g} to {maximum:g}",
        lambda value: _is_number(value, (int, float)) and minimum <= value <= maximum,
    )


def integer(minimum: int, maximum: int = 10**9, *, optional: bool = False) -> Validator:
    """Return a validator for an integer within limits, or None where that is allowed."""
    return _validator(
        f"an integer from {minimum} to {maximum}",
        lambda value: (
            (optional and value is None) or (_is_number(value, (int,)) and minimum <= value <= maximum)
        ),
    )


def _is_number(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)
