"""Reads single values of JSON and YAML by the types of the model."""

from __future__ import annotations

from typing import Any

from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode
from vmspec.documents.hints import describe_mismatch, value_hint
from vmspec.model.scalars import Boolean, Choice, Identifier, Integer, Scalar, String, VersionIdentifier
from vmspec.model.schema import Field, Lookup, fields_of, lookup_keys
from vmspec.text import join_or, quote

BOOLEANS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
"""Words that people write for a boolean in YAML, and the word that is one here."""


class WrongValue(Exception):
    """A value that its type does not allow: a message that follows the name of the field, and a hint."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def read_scalar(scalar: Scalar, node: ScalarNode, *, secret: bool = False) -> Any:
    """Return the value of a node; raises WrongValue. A secret is not quoted."""
    if node.kind not in _kinds_of(scalar):
        raise WrongValue(
            f"is {_name_of(node)}; it is {expected(scalar)}", _hint_for_kind(scalar, node, secret=secret)
        )
    if isinstance(scalar, Boolean):
        if node.text in ("true", "false"):
            return node.text == "true"
        raise WrongValue(f"is {quote(node.text)}; it is {expected(scalar)}", _boolean_hint(scalar, node))
    try:
        value = scalar.read(node.text)
        problem = scalar.error(value)
    except ValueError:
        if node.text.strip():
            problem = f"is {quote(node.text)}; it {describe_mismatch(node.text, scalar)}"
        else:
            problem = "is empty" + ("" if isinstance(scalar, Identifier) else f"; it is {scalar.expected}")
    else:
        if problem is None:
            return value
    raise WrongValue(problem, value_hint(node.text, scalar))


def read_implicit_lookup(cls: type[Lookup], key: str, node: ScalarNode) -> Lookup:
    """Return a lookup that is written without its key; raises WrongValue."""
    if not isinstance(cls.scalar, VersionIdentifier):
        return cls(read_scalar(cls.scalar, node), key)
    try:
        number = str(Integer().read(node.text))
    except ValueError:
        hint = f"write {{id: {node.text}}}" if cls.scalar.error(node.text) is None else None
        raise WrongValue(f"is {quote(node.text)}; it is {cls.scalar.expected}", hint) from None
    if node.kind == "string":
        raise WrongValue("is a string; it is a number", "write it without quotes")
    return cls(number, key)


def expected(scalar: Scalar) -> str:
    """Return what a scalar takes, in the words of JSON and YAML."""
    return "true or false" if isinstance(scalar, Boolean) else scalar.expected


def _kinds_of(scalar: Scalar) -> tuple[str, ...]:
    """Return the kinds of node that a scalar takes."""
    if isinstance(scalar, Boolean):
        return ("boolean", "untyped")
    if isinstance(scalar, Integer) or (isinstance(scalar, Choice) and isinstance(scalar.values[0], int)):
        return ("number", "untyped")
    if isinstance(scalar, VersionIdentifier):
        return ("number", "string", "untyped")
    return ("string", "untyped")


def _name_of(node: ScalarNode) -> str:
    return "null" if node.is_null else f"a {node.kind}"


def _hint_for_kind(scalar: Scalar, node: ScalarNode, *, secret: bool) -> str | None:
    if node.is_null:
        return "leave it out"
    if node.kind == "string":
        is_right = _is_right_without_quotes(scalar, node.text)
        return "write it without quotes" if is_right else _boolean_hint(scalar, node)
    if "string" in _kinds_of(scalar) and not secret:
        return f'write "{node.text}"'
    return None


def _boolean_hint(scalar: Scalar, node: ScalarNode) -> str | None:
    word = BOOLEANS.get(node.text.lower()) if isinstance(scalar, Boolean) else None
    return f"write {word}" if word else None


def _is_right_without_quotes(scalar: Scalar, text: str) -> bool:
    if isinstance(scalar, Boolean):
        return text in ("true", "false")
    try:
        return str(scalar.read(text)) == text
    except ValueError:
        return False


# Shapes


def list_hint(field: Field, node: ScalarNode | MappingNode) -> str:
    """Return the shape to write for a list."""
    if isinstance(node, ScalarNode) and node.text.lower() == "all":
        return f"write all_{field.name}: true" if field.name in ("users", "ssh_keys") else "write a list"
    if isinstance(node, ScalarNode) and node.text.startswith("-"):
        return "put a space after each dash"
    return f"write [{_shape(field)}]"


def lookup_hint(cls: type[Lookup]) -> str:
    """Return the shapes to write for a lookup."""
    shapes = [f'{{"{key}": …}}' for key in lookup_keys(cls)]
    return f"write {join_or(shapes)}"


def scalar_hint(scalar: Scalar, node: DataNode) -> str | None:
    """Return the shape to write for a string that YAML took for a mapping."""
    if isinstance(scalar, String) and isinstance(node, MappingNode):
        is_yaml = any(key.kind == "untyped" for key, _ in node.entries)
        return 'write "|" after the key to begin a block of text' if is_yaml else None
    return None


def _shape(field: Field) -> str:
    if field.part is not None:
        names = [inner.name for inner in fields_of(field.part)][: 1 if field.part.exclusive else 2]
        return "{" + ", ".join(f'"{name}": …' for name in names) + "}"
    return f'{{"{lookup_keys(field.lookup)[0]}": …}}' if field.lookup is not None else '"…"'
