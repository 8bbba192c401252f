"""The page of all elements, ``docs/reference/elements.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmspec.model.schema import Attribute, Field, Inline, Lookup, Part, Text, Wrapped, fields_of, lookup_keys
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

from .xsd_documentation import documentation, path_of_value

INTRODUCTION = """\
# Elements

Everything that a VirtualMachineSpec can hold. One table describes one element, in the order of
[canonical XML](../explanation/canonical-xml.md).

- *XML* is the place in the element: `<Size>` is a child, `@key` an attribute. In a list,
  `<SystemDisks>` `<Disk>`, the inner element is repeated.
- *key* is the key in JSON and YAML, and the name of the field in Python.
- *value* is what may stand there. A lookup names something that exists in Katapult, by one of the listed
  keys: `<Package by="permalink">rock-3</Package>`, in YAML `package: {permalink: rock-3}`. Prefixes of ids
  are those that are known; others are accepted.
- *meaning* ends with its evidence: *documented* by the vendor, or *inferred* from observation or analogy.

Nearly everything is optional; what is absent is neither written nor sent. [Rules](../rules/index.md) check
what a machine needs beyond that. *Secret* values are shown nowhere ([secrets](../how-to/secrets.md)).
"""

HEAD = "| XML | key | value | meaning |\n|---|---|---|---|"


def element_page() -> str:
    """Return the text of the page."""
    sections = [_section(cls, tag, path) for cls, tag, path in _parts()]
    return "\n\n".join([INTRODUCTION.rstrip(), *sections]) + "\n"


def _parts() -> Iterator[tuple[type[Part], str, str]]:
    """Yield each class with fields once, with the tag of its first element and the path of its content."""
    queue: list[tuple[type[Part], str, str]] = [(VirtualMachineSpec, ROOT_TAG, "")]
    seen = set()
    while queue:
        cls, tag, path = queue.pop(0)
        if cls in seen:
            continue
        seen.add(cls)
        yield cls, tag, path
        for field in fields_of(cls):
            if field.part is not None:
                inner = path_of_value(field, path)
                queue.append((field.part, inner.rpartition("/")[2], f"{inner}/"))


def _section(cls: type[Part], tag: str, path: str) -> str:
    title = cls.__name__ if tag == cls.__name__ else f"{cls.__name__}: the element `<{tag}>`"
    rows = [_row(field, path) for field in fields_of(cls)]
    text = documentation().get(path.removesuffix("/"), "A virtual machine for Katapult to build.")
    notes = [text]
    if cls.exclusive is not None:
        notes.append(f"At most one of {' and '.join(f'`{name}`' for name in cls.exclusive)} may be present.")
    return "\n\n".join([f"## {title}", " ".join(notes), "\n".join([HEAD, *rows])])


def _row(field: Field, path: str) -> str:
    text = _documentation(field, path)
    notes = ["required"] * field.required + ["secret"] * field.secret
    notes.append("inferred" if "inferred" in text else "documented")
    meaning = re.sub(r" \(inferred[^)]*\)|; inferred(?=\))", "", text)
    key = ", ".join(f"`{key}`" for key in _keys(field))
    about = f"{_escaped(meaning)} *{', '.join(notes).capitalize()}.*"
    return f"| {_place(field)} | {key} | {_value(field)} | {about} |"


def _documentation(field: Field, path: str) -> str:
    match field.binding:
        case Wrapped(tag) | Inline(tag):
            return documentation()[f"{path}{tag}"]
        case Text():
            return "The text of the element."
        case _:
            return documentation()[path_of_value(field, path)]


def _keys(field: Field) -> tuple[str, ...]:
    if isinstance(field.binding, Inline) and field.lookup is not None:
        return lookup_keys(field.lookup)
    return (field.name,)


def _place(field: Field) -> str:
    match field.binding:
        case Wrapped(tag, item):
            return f"`<{tag}>` `<{item}>`"
        case Attribute(name, of=None):
            return f"`@{name}`"
        case Attribute(name, of):
            return f"`<{of}>` `@{name}`"
        case Text():
            return "text"
        case binding:
            return f"`<{binding.tag}>`"


def _value(field: Field) -> str:
    if field.part is not None:
        many = "any number of " if field.many else ""
        return f"{many}[{field.part.__name__}](#{_anchor(field.part)})"
    if field.lookup is not None:
        return ("any number of lookups " if field.many else "lookup ") + _lookup(field.lookup)
    assert field.scalar is not None
    expected = field.scalar.expected.removeprefix("a ").removeprefix("an ")
    return f"any number: {expected}" if field.many else expected


def _lookup(cls: type[Lookup]) -> str:
    prefixes = f" ({', '.join(f'`{prefix}`' for prefix in cls.prefixes)})" if cls.prefixes else ""
    keys = [f"`{key}`{prefixes if key == 'id' else ''}" for key in lookup_keys(cls)]
    bare = f"; a bare value is its {cls.implicit_key}" if cls.implicit_key else ""
    return f"by {', '.join(keys)}{bare}"


def _anchor(cls: type[Part]) -> str:
    """Return the anchor of the heading of a class."""
    tag = next(tag for part, tag, _ in _parts() if part is cls)
    return (
        cls.__name__.lower() if tag == cls.__name__ else f"{cls.__name__.lower()}-the-element-{tag.lower()}"
    )


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
