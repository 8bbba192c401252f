"""Fixes in JSON and YAML: each function corrects the mistakes of one kind, at the place of a finding."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeGuard

from vmspec import codes
from vmspec.documents.data import YAML, DataFormat
from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.data.scalars import BOOLEANS
from vmspec.documents.hints import number_without_unit, words_of
from vmspec.findings import Finding
from vmspec.model.scalars import Boolean, Choice, Scalar
from vmspec.model.schema import Field, Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import Template
from vmspec.validation.fixes.edits import Correction, Replacement, insert, strip
from vmspec.validation.fixes.guesses import guess_key, guess_name, guess_word
from vmspec.validation.fixes.removal import removal

Content = type[Part] | type[Lookup] | Scalar | None
"""Type of a value by the model; None if the format does not know the key."""

_FLOW_SAFE = re.compile(r"[^,\[\]{}#:\s]+(?: [^,\[\]{}#:\s]+)*")
_PLAIN_INTEGER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class Place(NamedTuple):
    """A key with its value, or an item of a list, and the collection that holds it."""

    text: str
    key: ScalarNode | None
    value: DataNode
    content: Content
    parent: MappingNode | SequenceNode
    owner: Content
    """The type of the collection."""
    is_yaml: bool


class Corrector:
    """Corrections in one JSON or YAML text; raises DocumentError if it cannot be parsed."""

    def __init__(self, text: str, format: DataFormat) -> None:
        self._text, self._is_yaml = text, isinstance(format, YAML)
        self._keys: dict[int, Place] = {}
        self._values: dict[int, Place] = {}
        self._add(format.parse(text), VirtualMachineSpec)

    def correction(self, finding: Finding, offset: int) -> Correction | None:
        """Return the correction for a finding at an offset.

        In YAML, a mapping begins where its first key does.
        """
        correct = CORRECTIONS.get(finding.code)
        if correct is None:
            return None
        places = [self._values.get(offset), self._keys.get(offset)]
        if finding.code in _ABOUT_KEYS:
            places = places[1:]
        found = (correct(place) for place in places if place is not None)
        return next((correction for correction in found if correction is not None), None)

    def _add(self, node: DataNode, content: Content) -> None:
        if isinstance(node, MappingNode):
            contents = contents_of(content)
            for key, value in node.entries:
                inner = contents.get(key.text)
                place = Place(self._text, key, value, inner, node, content, self._is_yaml)
                self._keys[key.start] = place
                self._values.setdefault(value.start, place)
                self._add(value, inner)
        elif isinstance(node, SequenceNode):
            for item in node.items:
                self._values[item.start] = Place(
                    self._text, None, item, content, node, content, self._is_yaml
                )
                self._add(item, content)


def contents_of(content: Content) -> dict[str, Content]:
    """Return the keys that a mapping may have, and the types of their values."""
    if not isinstance(content, type):
        return {}
    if issubclass(content, Lookup):
        return dict.fromkeys(lookup_keys(content), content.scalar)
    contents: dict[str, Content] = {}
    for field in fields_of(content):
        if isinstance(field.binding, Inline):
            contents |= contents_of(field.lookup)
        else:
            contents[field.name] = content_of(field)
    return contents


def content_of(field: Field) -> Content:
    """Return the type of the values of a field."""
    return field.part or field.lookup or field.scalar


def _inner(text: str, node: ScalarNode) -> tuple[int, int] | None:
    """Return the span of a scalar without its quotes; None if it is not written as it is read."""
    start, end = node.start, node.end
    if text[start:end][:1] in ('"', "'"):
        start, end = start + 1, end - 1
    return (start, end) if text[start:end] == node.text else None


def _rename(text: str, key: ScalarNode, name: str, *, safe: bool = True) -> Correction | None:
    span = _inner(text, key)
    return Correction([Replacement(*span, name)], safe) if span is not None else None


# Keys


def _misspelt_key(place: Place) -> Correction | None:
    if place.key is None or not isinstance(place.parent, MappingNode):
        return None
    present = {key.text for key, _ in place.parent.entries}
    guess = guess_name(place.key.text, [name for name in contents_of(place.owner) if name not in present])
    return guess and _rename(place.text, place.key, guess.word, safe=guess.safe)


def _wrong_lookup(place: Place) -> Correction | None:
    cls, key, value = place.owner, place.key, place.value
    if key is None or not _is_lookup(cls) or not isinstance(value, ScalarNode) or value.is_null:
        return None
    assert isinstance(place.parent, MappingNode)
    if len(place.parent.entries) > 1:
        return None
    guess = guess_name(key.text, lookup_keys(cls))
    word = guess.word if guess is not None and guess.safe else guess_key(cls, value.text)
    return _rename(place.text, key, word) if word else None


def _is_lookup(content: Content) -> TypeGuard[type[Lookup]]:
    return isinstance(content, type) and issubclass(content, Lookup)


def _by_form(place: Place) -> Correction | None:
    """Replace the key of a lookup where the form of the value tells what it is."""
    cls, value = place.content, place.value
    if place.key is not None and not _is_lookup(cls):  # the keys of an inline lookup are those of its owner
        inline = _inline_lookup(place.owner)
        return _by_form_of(place, inline, place.key, value) if inline is not None else None
    if not _is_lookup(cls) or not isinstance(value, MappingNode) or len(value.entries) != 1:
        return None
    return _by_form_of(place, cls, *value.entries[0])


def _by_form_of(place: Place, cls: type[Lookup], key: ScalarNode, value: DataNode) -> Correction | None:
    word = guess_key(cls, value.text) if isinstance(value, ScalarNode) else None
    return _rename(place.text, key, word) if word and word != key.text else None


def _inline_lookup(owner: Content) -> type[Lookup] | None:
    if not isinstance(owner, type) or not issubclass(owner, Part):
        return None
    return next((field.lookup for field in fields_of(owner) if isinstance(field.binding, Inline)), None)


def _template_folder(place: Place) -> Correction | None:
    node = place.value
    if not isinstance(node, ScalarNode) or guess_key(Template, node.text) != "permalink":
        return None
    span = _inner(place.text, node)
    return Correction([insert(span[0], "templates/")], safe=False) if span is not None else None


def _value_without_key(place: Place) -> Correction | None:
    """Put the value of a lookup into a mapping, if its form tells what it is looked up by."""
    cls, node = place.content, place.value
    if not _is_lookup(cls) or not isinstance(node, ScalarNode):
        return None
    key = guess_key(cls, node.text)
    is_quoted = place.text[node.start : node.end][:1] in ('"', "'")
    if key is None or not (is_quoted or _FLOW_SAFE.fullmatch(node.text)):
        return None
    before = f"{{{key}: " if place.is_yaml else f'{{"{key}": '
    return Correction([insert(node.start, before), insert(node.end, "}")])


# Values


def _wrong_value(place: Place) -> Correction | None:
    scalar, node = place.content, place.value
    if scalar is None or isinstance(scalar, type) or not isinstance(node, ScalarNode) or node.is_null:
        return None
    word, safe = _right_value(scalar, node)
    if word is not None:
        is_word = isinstance(scalar, Choice) and isinstance(scalar.values[0], str)
        span = _inner(place.text, node) if is_word else (node.start, node.end)
        return Correction([Replacement(*span, word)], safe) if span is not None else None
    if node.kind in ("number", "boolean") and not words_of(scalar):
        return Correction([insert(node.start, '"'), insert(node.end, '"')])
    span = _inner(place.text, node)
    return Correction(strip(place.text, *span)) if span is not None and node.text.strip() else None


def _right_value(scalar: Scalar, node: ScalarNode) -> tuple[str | None, bool]:
    """Return the text to write for a value, if it is certain, and True if it is safe."""
    text = node.text.strip()
    if isinstance(scalar, Boolean):
        guess = guess_word(text, ["true", "false"])
        word = BOOLEANS.get(text.lower())
        return (word, True) if word else (guess.word, guess.safe) if guess else (None, True)
    number = number_without_unit(text, scalar)
    if number is not None:
        return number, True
    if node.kind == "string" and _PLAIN_INTEGER.fullmatch(text) and _is_right(scalar, text):
        return text, True
    guess = guess_word(text, words_of(scalar)) if not text.isdecimal() else None
    return (guess.word, guess.safe) if guess else (None, True)


def _is_right(scalar: Scalar, text: str) -> bool:
    try:
        scalar.read(text)
    except ValueError:
        return False
    return True


def _padded(place: Place) -> Correction | None:
    span = _inner(place.text, place.value) if isinstance(place.value, ScalarNode) else None
    return Correction(strip(place.text, *span)) if span is not None else None


# Repetition


def _repeated(place: Place) -> Correction | None:
    """Remove an item or entry that is the same as an earlier one."""
    parent = place.parent
    if isinstance(parent, SequenceNode):
        index = next(index for index, item in enumerate(parent.items) if item is place.value)
        earlier = parent.items[:index]
        is_same = any(_plain(other) == _plain(place.value) for other in earlier)
    else:
        index = next(index for index, (key, _) in enumerate(parent.entries) if key is place.key)
        first = next(value for key, value in parent.entries if place.key and key.text == place.key.text)
        is_same = first is not place.value and _plain(first) == _plain(place.value)
    removed = removal(place.text, parent, index) if is_same else None
    return Correction([Replacement(*removed, "")]) if removed is not None else None


def _plain(node: DataNode) -> object:
    match node:
        case ScalarNode():
            return (node.text, node.kind)
        case SequenceNode():
            return [_plain(item) for item in node.items]
        case MappingNode():
            return [(key.text, _plain(value)) for key, value in node.entries]


CORRECTIONS: dict[str, Callable[[Place], Correction | None]] = {
    codes.UNKNOWN_NAME: _misspelt_key,
    codes.WRONG_LOOKUP: _wrong_lookup,
    codes.WRONG_SHAPE: _value_without_key,
    codes.WRONG_VALUE: _wrong_value,
    codes.REPEATED: _repeated,
    "VMS221": _template_folder,
    **dict.fromkeys(("VMS222", "VMS291", "VMS292"), _by_form),
    **dict.fromkeys(("VMS223", "VMS237", "VMS243", "VMS273", "VMS274"), _repeated),
    **dict.fromkeys(("VMS238", "VMS239", "VMS244", "VMS275"), _padded),
}

_ABOUT_KEYS = {codes.UNKNOWN_NAME, codes.WRONG_LOOKUP, codes.REPEATED}
