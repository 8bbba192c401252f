"""The documentation of elements and attributes in the XSD, by path and by field of the model."""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from vmspec.model.element_tree import root
from vmspec.model.schema import Attribute, Element, Field, Inline, Lookup, Nested, Repeated, Text, Wrapped
from vmspec.model.spec import ROOT_TAG
from vmspec.text import join_or
from vmspec.validation.xsd import schema_path

_XS = "{http://www.w3.org/2001/XMLSchema}"
_CAPITALIZED = re.compile(r"(?<=\s)[A-Z]\w*[a-z]\w*")
"""A word within a sentence that may be the name of an element."""


@cache
def documentation() -> dict[str, str]:
    """Return the documentation of each element and attribute below the root, by path.

    >>> documentation()["SystemDisks/Disk/Size"], documentation()["DiskTemplate/Option/@key"]
    ('The size in GB.', 'The key of the option; the template defines which keys exist.')
    """
    schema = etree.parse(schema_path()).getroot()
    bodies = {body.get("name"): body for body in schema.iterchildren(f"{_XS}complexType", f"{_XS}group")}
    found: dict[str, str] = {}
    queue = [(bodies[ROOT_TAG], "")]
    while queue:
        body, path = queue.pop()
        for inner in body.iterdescendants(f"{_XS}group", f"{_XS}element", f"{_XS}attribute"):
            name = inner.get("name")
            if inner.tag == f"{_XS}group":
                queue.append((bodies[inner.get("ref")], path))
            elif inner.tag == f"{_XS}attribute":
                found[f"{path}@{name}"] = _text_of(inner)
            else:
                found[f"{path}{name}"] = _text_of(inner)
                if inner.get("type") in bodies:
                    queue.append((bodies[inner.get("type")], f"{path}{name}/"))
    return found


def _text_of(declaration: etree._Element) -> str:
    return " ".join(declaration.findtext(f"{_XS}annotation/{_XS}documentation", "").split())


def path_of_value(field: Field, parent: str) -> str:
    """Return the XSD path of the value of a field, or of one of its values."""
    match field.binding:
        case Wrapped(tag, item):
            return f"{parent}{tag}/{item}"
        case Nested(tag):
            return f"{parent}{tag}/{tag}"
        case Element(tag) | Repeated(tag) | Inline(tag):
            return f"{parent}{tag}"
        case Attribute(name, of=None):
            return f"{parent}@{name}"
        case Attribute(name, of):
            inner = f"{parent}{of}/{of}/@{name}"
            return inner if inner in documentation() else f"{parent}{of}/@{name}"
        case Text():
            return parent.removesuffix("/")


def field_documentation(field: Field, parent: str) -> str:
    """Return the documentation of a field for JSON and YAML; ``parent`` is the path of its element."""
    match field.binding:
        case Wrapped(tag):
            return with_keys(documentation()[f"{parent}{tag}"])
        case Nested(tag):
            # The inner element documents the value, the outer one its absence.
            value, absence = documentation()[f"{parent}{tag}/{tag}"], documentation()[f"{parent}{tag}"]
            return f"{value.removesuffix('.')};{absence.partition(';')[2]}"
        case _:
            return value_documentation(field, parent)


def value_documentation(field: Field, parent: str) -> str:
    """Return the documentation of one value of a field for JSON and YAML."""
    return with_keys(documentation()[path_of_value(field, parent)])


def lookup_documentation(cls: type[Lookup], by: str) -> str:
    """Return the documentation of a key of a lookup.

    >>> from vmspec.model.values import DataCenter
    >>> lookup_documentation(DataCenter, "id")
    'The data center, by id (known ids begin with loc_ or dc_).'
    """
    words = re.findall("[A-Z]+(?![a-z])|[A-Z][a-z]+", cls.__name__)
    thing = " ".join(word if word.isupper() else word.lower() for word in words)
    known = f" (known ids begin with {join_or(cls.prefixes)})" if by == "id" and cls.prefixes else ""
    return f"The {thing}, by {by.replace('_', ' ')}{known}."


def with_keys(sentence: str) -> str:
    """Replace the names of elements in a sentence by the keys of JSON and YAML.

    >>> with_keys("The data center of the machine, instead of a Zone.")
    'The data center of the machine, instead of a zone.'
    """
    return _CAPITALIZED.sub(lambda word: _keys().get(word[0], word[0]), sentence)


@cache
def _keys() -> dict[str, str]:
    keys: dict[str, str] = {}
    queue = [root()]
    while queue:
        node = queue.pop()
        keys[node.tag] = node.step or node.tag
        queue.extend(node.children.values())
    return keys
