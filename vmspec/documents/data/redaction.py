"""The spans of a JSON or YAML document that are masked.

Between the scalars of a parsed document there is only punctuation, whitespace, comments and directives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import TypeGuard

from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.line_index import Span, strip_span
from vmspec.documents.public_names import has_secret, is_public_name, is_public_value
from vmspec.model.scalars import Scalar
from vmspec.model.schema import Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

_Content = type[Part] | type[Lookup] | Scalar | None
"""Type of a value by the model; None if the value is secret or not known."""

_COMMENT = re.compile(r"[#%].*")
_JSON_TOKEN = re.compile(r'"[^"]*"|[{}\[\]]')
_TOP_LEVEL = re.compile(r"^[^\s]", re.MULTILINE)


def masked_spans(node: DataNode, text: str) -> list[Span]:
    """Return the spans of a JSON or YAML document that are masked, in order."""
    return list(_masked_spans(node, text))


def secret_region(text: str, *, is_json: bool) -> Span:
    """Return the part of a valid document's text outside of which nothing is masked.

    Without comments, directives and escapes, that is nothing but the fields that may hold a secret. It is the
    whole text if their ends are not sure.
    """
    if any(sign in text for sign in "#%\\"):
        return 0, len(text)
    extent = _extent_in_json if is_json else _extent_in_yaml
    extents = [extent(text, name) for name in _secret_holders() if name in text]
    sure = [span for span in extents if span is not None]
    if len(sure) < len(extents):
        return 0, len(text)
    return min((start for start, _ in sure), default=0), max((end for _, end in sure), default=0)


@cache
def _secret_holders() -> Sequence[str]:
    """Return the names of the spec's fields that may hold a secret."""
    return [field.name for field in fields_of(VirtualMachineSpec) if field.part and _holds_secret(field.part)]


def _extent_in_json(text: str, name: str) -> Span | None:
    """Return the span of a key and its object; None if it is not sure. Strings have no escapes."""
    key = f'"{name}"'
    start = text.find(key)
    if start < 0 or text.count(name) > 1:
        return None
    depth = 0
    for token in _JSON_TOKEN.finditer(text, start + len(key)):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if depth == 0 and token[0] in "}]":
            return start, token.end()
    return None


def _extent_in_yaml(text: str, name: str) -> Span | None:
    """Return the span of a key and the block below it; None if it is not sure.

    A bracket or a quoted text may go on at the start of a line, a block or a plain text does not.
    """
    found = re.search(rf"^{name}:", text, re.MULTILINE)
    if found is None or text.count(name) > 1:
        return None
    after = _TOP_LEVEL.search(text, found.end())
    end = after.start() if after is not None else len(text)
    block = text[found.start() : end]
    is_sure = not re.search(r"[{\[\r]", block) and all(
        line.count(quote) % 2 == 0 for line in block.split("\n") for quote in "\"'"
    )
    return (found.start(), end) if is_sure else None


def _holds_secret(cls: type[Part]) -> bool:
    return has_secret(cls) or any(field.part and _holds_secret(field.part) for field in fields_of(cls))


def _masked_spans(node: DataNode, text: str) -> Iterator[Span]:
    position = 0
    for scalar, is_masked in _scalars(node, VirtualMachineSpec):
        yield from _comments(text, position, scalar.start)
        position = scalar.end
        if is_masked:
            yield from strip_span(text, scalar.start, scalar.end)
        elif text.startswith(("|", ">"), scalar.start):
            yield from _comments(text, scalar.start, text.find("\n", scalar.start))
    yield from _comments(text, position, len(text))


def _comments(text: str, start: int, end: int) -> Iterator[Span]:
    return (found.span() for found in _COMMENT.finditer(text, start, end))


def _scalars(
    node: DataNode, content: _Content, *, near_secret: bool = False
) -> Iterator[tuple[ScalarNode, bool]]:
    """Yield every scalar and key of a document, and whether it is masked."""
    match node:
        case ScalarNode():
            is_known = content is not None and not _is_part(content)
            yield node, not (is_known and is_public_value(node.text, near_secret=near_secret))
        case SequenceNode():
            for item in node.items:
                yield from _scalars(item, content, near_secret=near_secret)
        case MappingNode():
            contents = _contents(content)
            near_secret = content is None or (_is_part(content) and has_secret(content))
            for key, value in node.entries:
                yield key, not is_public_key(key.text, value, near_secret=near_secret, known=contents)
                yield from _scalars(value, contents.get(key.text), near_secret=near_secret)


def _is_part(content: _Content) -> TypeGuard[type[Part]]:
    return isinstance(content, type) and issubclass(content, Part)


def is_public_key(key: str, value: DataNode, *, near_secret: bool, known: Collection[str]) -> bool:
    """Return whether a key may be shown; one without a value may be a secret itself."""
    has_value = not (isinstance(value, ScalarNode) and value.is_null)
    return key in known or is_public_name(key, near_secret=near_secret or not has_value, known=known)


def _contents(content: _Content) -> dict[str, _Content]:
    """Return the keys that a mapping may have, and what their values should be."""
    if not isinstance(content, type):
        return {}
    if issubclass(content, Lookup):
        return dict.fromkeys(lookup_keys(content), content.scalar)
    contents: dict[str, _Content] = {}
    for field in fields_of(content):
        if isinstance(field.binding, Inline):
            contents |= _contents(field.lookup)
        else:
            contents[field.name] = None if field.secret else field.part or field.lookup or field.scalar
    return contents
