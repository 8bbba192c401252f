"""Fixes in XML: each function corrects the mistakes of one kind, at the place of a finding."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from vmspec import codes
from vmspec.documents.hints import number_without_unit, words_of
from vmspec.findings import Finding
from vmspec.model.scalars import Scalar
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.model.spec import ROOT_TAG
from vmspec.model.values import Template
from vmspec.validation.fixes.edits import Correction, Replacement, insert, strip
from vmspec.validation.fixes.elements import XMLElement, scan
from vmspec.validation.fixes.guesses import Guess, guess_key, guess_name, guess_word

_BETWEEN_TAGS = re.compile(r">\s+<")


class _Place(NamedTuple):
    """The place of a finding: an element, and one of its attributes if the finding is about that."""

    text: str
    element: XMLElement
    attribute: str | None
    is_value: bool
    """True if the finding is about a value, not about a name."""


class Corrector:
    """Corrections in one XML text, which is well formed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._elements = scan(text)
        self._starts = [element.start for element in self._elements]

    def correction(self, finding: Finding, offset: int) -> Correction | None:
        """Return the correction for a finding at an offset."""
        correct, place = CORRECTIONS.get(finding.code), self._place_at(offset)
        return correct(place) if correct is not None and place is not None else None

    def _place_at(self, offset: int) -> _Place | None:
        index = bisect_right(self._starts, offset) - 1
        element: XMLElement | None = self._elements[index] if index >= 0 else None
        if element is not None and offset < element.tag_end:
            for name, attribute in element.attributes.items():
                if offset in (attribute.name[0], attribute.value[0]):
                    return _Place(self._text, element, name, offset == attribute.value[0])
            return _Place(self._text, element, None, False) if offset == element.name[0] else None
        while element is not None and element.end <= offset:
            element = element.parent
        return _Place(self._text, element, None, True) if element is not None else None


def _content(place: _Place) -> tuple[int, int] | None:
    """Return the span of the content of an element that is plain text, blank or not."""
    element = place.element
    if element.children or element.has_markup or element.end_name is None:
        return None
    start, end = element.tag_end, element.end_name[0] - 2
    return None if "&" in place.text[start:end] else (start, end)


def _value(place: _Place) -> str:
    span = _content(place)
    return place.text[slice(*span)].strip() if span is not None else ""


# Names


def _rename(element: XMLElement, guess: Guess | None) -> Correction | None:
    if guess is None or (element.end_name is None and not element.is_empty_tag):
        return None
    names = [element.name, element.end_name]
    return Correction(
        [Replacement(span[0], span[1], guess.word) for span in names if span is not None], guess.safe
    )


def _misspelt_root(place: _Place) -> Correction | None:
    return _rename(place.element, guess_name(place.element.tag, [ROOT_TAG]))


def _misspelt_element(place: _Place) -> Correction | None:
    parent = place.element.parent
    if parent is None or parent.schema is None:
        return None
    present = {child.tag for child in parent.children}
    children = parent.schema.children.values()
    names = [child.tag for child in children if child.many or child.tag not in present]
    return _rename(place.element, guess_name(place.element.tag, names))


def _misspelt_attribute(place: _Place) -> Correction | None:
    element, name = place.element, place.attribute
    if element.schema is None or name is None:
        return None
    guess = guess_name(
        name, [known for known in element.schema.attributes if known not in element.attributes]
    )
    span = element.attributes[name].name
    return guess and Correction([Replacement(span[0], span[1], guess.word)], guess.safe)


# Lookups


def _lookup(place: _Place) -> type[Lookup] | None:
    return place.element.schema.lookup if place.element.schema is not None else None


def _wrong_lookup(place: _Place) -> Correction | None:
    cls, name = _lookup(place), place.attribute
    if cls is None or name is None:
        return None
    attribute = place.element.attributes[name]
    if not place.is_value:
        return _value_in_attribute(place, name)
    guess = guess_word(place.text[slice(*attribute.value)], lookup_keys(cls))
    key = guess.word if guess is not None and guess.safe else guess_key(cls, _value(place))
    return Correction([Replacement(*attribute.value, key)]) if key else None


def _value_in_attribute(place: _Place, name: str) -> Correction | None:
    """Correct ``<Package permalink="rock-3"/>``."""
    element, attribute = place.element, place.element.attributes[name]
    value = place.text[slice(*attribute.value)]
    if "by" in element.attributes or element.texts or not value.strip():
        return None
    renamed = [Replacement(*attribute.name, "by"), Replacement(*attribute.value, name)]
    if not element.is_empty_tag:
        return Correction([*renamed, insert(element.tag_end, value)])
    start = len(place.text[: element.tag_end - 2].rstrip())
    return Correction([*renamed, Replacement(start, element.tag_end, f">{value}</{element.tag}>")])


def _by_form(place: _Place) -> Correction | None:
    """Add or replace ``by`` where the form of the value tells what it is; remove it for an id."""
    cls, element = _lookup(place), place.element
    key = guess_key(cls, _value(place)) if cls is not None else None
    by = element.attributes.get("by")
    if key is None:
        return None
    if by is None:
        return Correction([insert(element.name[1], f' by="{key}"')]) if key != "id" else None
    return Correction([Replacement(*by.whole, "") if key == "id" else Replacement(*by.value, key)])


def _template_folder(place: _Place) -> Correction | None:
    span = _content(place)
    if span is None or guess_key(Template, _value(place)) != "permalink":
        return None
    start = span[0] + place.text[slice(*span)].index(_value(place))
    return Correction([insert(start, "templates/")], safe=False)


# Values


def _wrong_value(place: _Place) -> Correction | None:
    schema = place.element.schema
    if schema is None:
        return None
    if place.attribute is not None:
        attribute = schema.attributes.get(place.attribute)
        span = place.element.attributes[place.attribute].value
        return _replace_value(place.text, span, attribute.scalar) if attribute is not None else None
    content = _content(place)
    if content is None or schema.scalar is None:
        return None
    return _replace_value(place.text, content, schema.scalar)


def _replace_value(text: str, span: tuple[int, int], scalar: Scalar) -> Correction | None:
    value = text[slice(*span)].strip()
    if not value:
        return None
    number = number_without_unit(value, scalar)
    guess = Guess(number) if number is not None else guess_word(value, words_of(scalar))
    if guess is not None:
        start = span[0] + text[slice(*span)].index(value)
        return Correction([Replacement(start, start + len(value), guess.word)], guess.safe)
    return Correction(strip(text, *span)) if _is_right(scalar, value) else None


def _is_right(scalar: Scalar, text: str) -> bool:
    try:
        scalar.read(text)
    except ValueError:
        return False
    return True


def _padded(place: _Place) -> Correction | None:
    span = _content(place)
    return Correction(strip(place.text, *span)) if span is not None else None


# Nesting and repetition


def _not_nested(place: _Place) -> Correction | None:
    """Put the value of an element into a second element of the same name."""
    element, text = place.element, place.text
    inner = element.schema.children.get(element.tag) if element.schema is not None else None
    if inner is None or len(element.texts) > 1 or (element.end_name is None and not element.is_empty_tag):
        return None
    moved = [attribute for name, attribute in element.attributes.items() if name in inner.attributes]
    if not element.children and not element.has_markup and len(moved) == len(element.attributes):
        around = f"<{element.tag}>", f"</{element.tag}>"
        return Correction([insert(element.start, around[0]), insert(element.end, around[1])])
    if not element.texts:
        return None
    [(start, end)] = element.texts
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    attributes = "".join(text[slice(*attribute.whole)] for attribute in moved)
    return Correction(
        [
            *(Replacement(*attribute.whole, "") for attribute in moved),
            insert(start, f"<{element.tag}{attributes}>"),
            insert(end, f"</{element.tag}>"),
        ]
    )


def _repeated(place: _Place) -> Correction | None:
    """Remove an element that is the same as an earlier one beside it."""
    element, text = place.element, place.text
    if element.parent is None or (element.end_name is None and not element.is_empty_tag):
        return None
    source = _BETWEEN_TAGS.sub("><", text[element.start : element.end])
    earlier = element.parent.children[: element.parent.children.index(element)]
    same = (_BETWEEN_TAGS.sub("><", text[other.start : other.end]) == source for other in earlier)
    if "<!" in source or "<?" in source or not any(same):
        return None
    return Correction([Replacement(len(text[: element.start].rstrip()), element.end, "")])


CORRECTIONS: dict[str, Callable[[_Place], Correction | None]] = {
    codes.WRONG_ROOT: _misspelt_root,
    codes.UNKNOWN_NAME: _misspelt_element,
    codes.UNKNOWN_ATTRIBUTE: _misspelt_attribute,
    codes.WRONG_LOOKUP: _wrong_lookup,
    codes.WRONG_VALUE: _wrong_value,
    codes.WRONG_NESTING: _not_nested,
    codes.REPEATED: _repeated,
    "VMS221": _template_folder,
    **dict.fromkeys(("VMS222", "VMS291", "VMS292"), _by_form),
    **dict.fromkeys(("VMS223", "VMS237", "VMS243", "VMS273", "VMS274"), _repeated),
    **dict.fromkeys(("VMS238", "VMS239", "VMS244", "VMS275"), _padded),
}
