"""Cursors in JSON and YAML, whether they can be parsed or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vmspec.documents.hints import words_of
from vmspec.lsp.cursor import Cursor, Proposal, join_path
from vmspec.lsp.data_place import Place, find_place, unquoted
from vmspec.model.scalars import Boolean
from vmspec.model.schema import Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.fixes.in_data import Content, contents_of


def find(text: str, offset: int, *, is_json: bool) -> Cursor | None:
    """Return the cursor at an offset; None where nothing is known."""
    place = find_place(text, offset, is_json=is_json)
    if place is None:
        return None
    steps = [level.key for level in place.levels if level.key is not None]
    content = content_at(steps)
    if place.is_key and isinstance(content, type):
        return _key_cursor(text, place, steps, content)
    return _value_cursor(text, place, steps, content)


def content_at(steps: Sequence[str]) -> Content:
    """Return the type of the field at a path without indexes; None for an unknown one."""
    content: Content = VirtualMachineSpec
    for step in steps:
        content = contents_of(content).get(step)
    return content


# Proposals


def _key_cursor(text: str, place: Place, steps: list[str], content: type[Part] | type[Lookup]) -> Cursor:
    word = unquoted(text[slice(*place.span)])
    present = set(place.levels[-1].keys) - {word} if place.levels and place.levels[-1].key is None else set()
    names = list(contents_of(content))
    if issubclass(content, Lookup) and present & {*names}:
        names = []
    proposals = tuple(
        Proposal(name, "key", _key_text(name, place), join_path([*steps, name]))
        for name in names
        if name not in present
    )
    path = join_path([*steps, word]) if word in contents_of(content) else ""
    return Cursor(place.span, path, word, proposals)


def _key_text(name: str, place: Place) -> str:
    quoted = f'"{name}"' if place.is_json else name
    return quoted if place.has_colon else f"{quoted}: "


def _value_cursor(text: str, place: Place, steps: list[str], content: Content) -> Cursor:
    path = join_path(steps)
    proposals = tuple(
        Proposal(label, "value", written, path) for label, written in _values(content, is_json=place.is_json)
    )
    label = steps[-1] if steps else ""
    lookup = lookup_of(steps)
    return Cursor(place.span, path, label, proposals, lookup, label if lookup is not None else "")


def lookup_of(steps: Sequence[str]) -> type[Lookup] | None:
    """Return the lookup of which the last step of a path is a key.

    >>> lookup_of(["resources", "package", "permalink"]).__name__
    'Package'
    """
    owner = content_at(steps[:-1]) if steps else None
    if not isinstance(owner, type):
        return None
    if issubclass(owner, Lookup):
        return owner if steps[-1] in lookup_keys(owner) else None
    inline = (field.lookup for field in fields_of(owner) if isinstance(field.binding, Inline))
    return next((cls for cls in inline if cls is not None and steps[-1] in lookup_keys(cls)), None)


def _values(content: Content, *, is_json: bool) -> Iterator[tuple[str, str]]:
    if isinstance(content, type):
        if issubclass(content, Lookup):
            for key in lookup_keys(content):
                pair = f'{{"{key}": ""}}' if is_json else f"{{{key}: }}"
                yield pair, pair
    elif isinstance(content, Boolean):
        yield from (("true", "true"), ("false", "false"))
    elif content is not None:
        for word, value in words_of(content).items():
            yield word, f'"{word}"' if is_json and isinstance(value, str) else word
