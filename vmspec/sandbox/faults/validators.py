"""Checks of the values that faults and orders are made of; each says in words what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from attrs import Attribute

Check: TypeAlias = Callable[[Any, "Attribute[Any]", Any], None]


def flag(instance: object, attribute: Attribute[Any], value: object) -> None:
    """True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{attribute.name} is true or false")


def text(instance: object, attribute: Attribute[Any], value: object) -> None:
    """A text that goes into a header or a body."""
    if not isinstance(value, str):
        raise ValueError(f"{attribute.name} is a text")


def header(instance: object, attribute: Attribute[Any], value: object) -> None:
    """A text that can stand in a header, or None."""
    if value is not None and not (isinstance(value, str) and value.isascii() and value.isprintable()):
        raise ValueError(f"{attribute.name} is a text of printable ASCII")


def texts(instance: object, attribute: Attribute[Any], value: object) -> None:
    """A tuple of texts."""
    if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{attribute.name} is a list of texts")


def by_path(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Values by paths."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{attribute.name} is an object")


def one_of(choices: tuple[str, ...]) -> Check:
    """One of some words."""

    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        if value not in choices:
            raise ValueError(f"{attribute.name} is one of {', '.join(choices)}")

    return check


def number(least: float, most: float = 1e9) -> Check:
    """A number within limits."""

    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"{attribute.name} is a number from {least:g} to {most:g}")

    return check


def whole(least: int, most: int = 10**9, *, none: bool = False) -> Check:
    """A whole number within limits, or None where that is allowed."""

    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        if none and value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{attribute.name} is a whole number from {least} to {most}")

    return check
