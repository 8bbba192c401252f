"""The sentences that document the grammar, as they stand in the XSD."""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from vmspec.documents.messages import join_or
from vmspec.model.element_tree import root
from vmspec.model.schema import Attribute, Element, Field, Inline, Lookup, Nested, Repeated, Text, Wrapped
from vmspec.model.spec import ROOT_TAG
from vmspec.validation.xsd import schema_path

_XS = "{http://www.w3.org/2001/XMLSchema}"
_CAPITALIZED = re.compile(r"(?<=\s)[A-Z]\w*[a-z]\w*")
"""A word within a sentence that may be an element's name."""


@cache
def sentences() -> dict[str, str]:
    """What the XSD says of each element and attribute below the root, by path.

    >>> sentences()["SystemDisks/Disk/Size"], sentences()["DiskTemplate/Option/@key"]
    ('The size in GB.', "The option's key; which there are depends on the template.")
    """
    schema = etree.parse(schema_path()).getroot()
    bodies = {body.get("name"): body for body in schema.iterchildren(f"{_XS}complexType", f"{_XS}group")}
    found: dict[str, str] = {}
    waiting = [(bodies[ROOT_TAG], "")]
    while waiting:
        body, path = waiting.pop()
        for inner in body.iterdescendants(f"{_XS}group", f"{_XS}element", f"{_XS}attribute"):
            name = inner.get("name")
            if inner.tag == f"{_XS}group":
                waiting.append((bodies[inner.get("ref")], path))
            elif inner.tag == f"{_XS}attribute":
                found[f"{path}@{name}"] = _documentation(inner)
            else:
                found[f"{path}{name}"] = _documentation(inner)
                if inner.get("type") in bodies:
                    waiting.append((bodies[inner.get("type")], f"{path}{name}/"))
    return found


def _documentation(declaration: etree._Element) -> str:
    return " ".join(declaration.findtext(f"{_XS}annotation/{_XS}documentation", "").split())


def place_of_value(field: Field, path: str) -> str:
    """Where the XSD has what a field of the element at a path holds, one of them if they are many."""
    match field.binding:
        case Wrapped(tag, item):
            return f"{path}{tag}/{item}"
        case Nested(tag):
            return f"{path}{tag}/{tag}"
        case Element(tag) | Repeated(tag) | Inline(tag):
            return f"{path}{tag}"
        case Attribute(name, of=None):
            return f"{path}@{name}"
        case Attribute(name, of):
            inner = f"{path}{of}/{of}/@{name}"
            return inner if inner in sentences() else f"{path}{of}/@{name}"
        case Text():
            return path.removesuffix("/")


def sentence_of_field(field: Field, path: str) -> str:
    """What the XSD says of a field of the element at a path, for those who write JSON or YAML."""
    match field.binding:
        case Wrapped(tag):
            return in_keys(sentences()[f"{path}{tag}"])
        case Nested(tag):
            return _of_both(sentences()[f"{path}{tag}/{tag}"], sentences()[f"{path}{tag}"])
        case _:
            return sentence_of_value(field, path)


def sentence_of_value(field: Field, path: str) -> str:
    """Likewise of one of the values, where a field holds many."""
    return in_keys(sentences()[place_of_value(field, path)])


def _of_both(inner: str, outer: str) -> str:
    """Of two nested elements, the inner one says what stands in it, the outer one what its absence means."""
    return f"{inner.removesuffix('.')};{outer.partition(';')[2]}"


def sentence_of_lookup(cls: type[Lookup], by: str) -> str:
    """What a key of a lookup means; this is in the model only.

    >>> from vmspec.model.values import DataCenter
    >>> sentence_of_lookup(DataCenter, "id")
    'The data center, by id (ids seen begin with loc_ or dc_).'
    """
    words = re.findall("[A-Z]+(?![a-z])|[A-Z][a-z]+", cls.__name__)
    thing = " ".join(word if word.isupper() else word.lower() for word in words)
    seen = f" (ids seen begin with {join_or(cls.prefixes)})" if by == "id" and cls.prefixes else ""
    return f"The {thing}, by {by.replace('_', ' ')}{seen}."


def in_keys(sentence: str) -> str:
    """A sentence for those who write JSON or YAML: elements that it names, by their keys.

    >>> in_keys("The data center the machine runs in, in place of a Zone.")
    'The data center the machine runs in, in place of a zone.'
    """
    return _CAPITALIZED.sub(lambda word: _keys().get(word[0], word[0]), sentence)


@cache
def _keys() -> dict[str, str]:
    keys: dict[str, str] = {}
    waiting = [root()]
    while waiting:
        node = waiting.pop()
        keys[node.tag] = node.step or node.tag
        waiting.extend(node.children.values())
    return keys
