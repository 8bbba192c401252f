"""XML: read by one hardened parse and one strict walk, written as Katapult itself stores it.

Both are closures made once per class from its plan. The walk only says yes or no; what is wrong,
where, and what would be right is ``explain``'s to find, and costs nothing until then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from lxml import etree

from vmspec.model.binding import (
    Attribute,
    Element,
    Field,
    Inline,
    Lookup,
    Nested,
    Part,
    Repeated,
    Text,
    Wrapped,
    bys_of,
    plan_of,
)
from vmspec.model.leaves import XML_BLANKS, Characters, Choice, Leaf, YesNo
from vmspec.model.spec import ROOT_TAG, VirtualMachineSpec

if TYPE_CHECKING:
    from lxml.etree import _Element

P = TypeVar("P", bound=Part)

DECLARATION = '<?xml version="1.0"?>\n'

SCHEMA_HINTS = frozenset(
    "{http://www.w3.org/2001/XMLSchema-instance}" + name
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
"""Attributes of the root that tell editors which schema to use; read and ignored."""


def _hardened(notes: bool = False) -> etree.XMLParser:
    """A parser that expands, opens and fetches nothing; ``notes`` keeps comments and instructions."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=not notes,
        remove_pis=not notes,
    )


_PARSER = _hardened()


SHARED = 128
"""Lookups, numbers and choices of fewer characters are kept for other documents; no real one is longer."""


class Refused(Exception):
    """The walk met what the grammar does not allow."""


def parse(data: bytes) -> _Element:
    """The tree of admitted bytes, comments and instructions left out; raises XMLSyntaxError."""
    return etree.fromstring(data, _PARSER)


def parse_with_notes(data: bytes) -> _Element:
    """The same tree with its comments and processing instructions."""
    return etree.fromstring(data, _hardened(notes=True))


def read(root: _Element) -> VirtualMachineSpec:
    """The spec of a tree; raises Refused where the grammar does not allow it."""
    if root.tag != ROOT_TAG:
        raise Refused
    return _root_reader()(root)


def write(spec: VirtualMachineSpec) -> str:
    """Canonical XML: byte for byte what Katapult stores."""
    return _root_writer()(spec, _NOTHING)


Values = dict[str, Any]
"""The fields of one object, by name."""


def _attribute_fields(cls: type[Part], of: str | None) -> dict[str, Field]:
    """The fields that are attributes of the element of a class, or of its child ``of``."""
    return {
        field.binding.name: field
        for field in plan_of(cls)
        if isinstance(field.binding, Attribute) and field.binding.of == of
    }


# Reading

Reader = Callable[["_Element"], Any]
"""Reads an element as one value."""

Into = Callable[["_Element", Values], None]
"""Reads an element into the values of the object it belongs to."""


def _blank(text: str | None) -> bool:
    return text is None or not text.strip(XML_BLANKS)


def _text_reader(element: _Element) -> str:
    if element.items() or len(element):
        raise Refused
    return element.text or ""


def _leaf_reader(leaf: Leaf) -> Reader:
    if isinstance(leaf, Characters):
        return _text_reader
    value_of = lru_cache(maxsize=256)(leaf.read)  # there are few numbers and choices

    def read_leaf(element: _Element) -> Any:
        text = _text_reader(element)
        try:
            return value_of(text) if len(text) < SHARED else leaf.read(text)
        except ValueError:
            raise Refused from None

    return read_leaf


def _lookup_reader(cls: type[Lookup]) -> Reader:
    leaf = cls.leaf

    # Documents of one organization name the same few things; a lookup never changes, so it is shared.
    @lru_cache(maxsize=256)
    def lookup_of(text: str, by: str) -> Lookup:
        try:
            return cls(str(leaf.read(text)), by)
        except ValueError:
            raise Refused from None

    def read_lookup(element: _Element) -> Lookup:
        by = "id"
        for name, text in element.items():
            if name != "by":
                raise Refused
            by = text
        if len(element):
            raise Refused
        text = element.text or ""
        return lookup_of(text, by) if len(text) < SHARED else lookup_of.__wrapped__(text, by)

    return read_lookup


def _nested_text_reader(element: _Element) -> str:
    """The text of <Name>, or of the one <Name> within it: the vendor's own library reads both."""
    if element.items():
        raise Refused
    if not len(element):
        return element.text or ""
    inner = element[0]
    if len(element) > 1 or inner.tag != element.tag or inner.items() or len(inner):
        raise Refused
    if not (_blank(element.text) and _blank(inner.tail)):
        raise Refused
    return inner.text or ""


def _value_reader(field: Field) -> Reader:
    if field.part is not None:
        text = next((item for item in plan_of(field.part) if isinstance(item.binding, Text)), None)
        return _part_reader(field.part) if text is None else _text_part_reader(field.part, text)
    if field.lookup is not None:
        return _lookup_reader(field.lookup)
    if isinstance(field.binding, Element) and field.binding.nested:
        return _nested_text_reader
    assert field.leaf is not None
    return _leaf_reader(field.leaf)


AttributeReaders = dict[str, tuple[str, dict[str, object] | None]]
"""For each attribute the field it is, and the value of each word it may be; None for free text."""


def _attribute_readers(fields: dict[str, Field]) -> AttributeReaders:
    return {
        name: (field.name, field.leaf.words if isinstance(field.leaf, (Choice, YesNo)) else None)
        for name, field in fields.items()
    }


def _read_attributes(items: list[tuple[str, str]], readers: AttributeReaders, values: Values) -> None:
    """Attributes are taken as they stand: blanks around a choice are not trimmed."""
    try:
        for attribute, text in items:
            name, words = readers[attribute]
            values[name] = text if words is None else words[text]
    except KeyError:
        raise Refused from None


def _repeated_into(field: Field) -> Into:
    name, read_item = field.name, _value_reader(field)

    def into(element: _Element, values: Values) -> None:
        values.setdefault(name, []).append(read_item(element))

    return into


def _wrapped_into(field: Field, item: str, attributes: dict[str, Field]) -> Into:
    name, read_item, readers = field.name, _value_reader(field), _attribute_readers(attributes)

    def into(element: _Element, values: Values) -> None:
        if name in values or not _blank(element.text):
            raise Refused
        marks = element.items()
        if marks:
            _read_attributes(marks, readers, values)
        items = []
        for child in element[:]:
            if child.tag != item:
                raise Refused
            items.append(read_item(child))
            tail = child.tail
            if tail is not None and tail.strip(XML_BLANKS):
                raise Refused
        values[name] = tuple(items)

    return into


def _nested_into(field: Field, tag: str, attributes: dict[str, Field]) -> Into:
    """The vendor nests <Hostname> in <Hostname>; type="random" in place of a text asks for any."""
    name, readers = field.name, _attribute_readers(attributes)

    def into(element: _Element, values: Values) -> None:
        if name in values or element.items() or len(element) != 1 or not _blank(element.text):
            raise Refused
        inner = element[0]
        if inner.tag != tag or len(inner) or not _blank(inner.tail):
            raise Refused
        text, marks = inner.text or "", Values()
        _read_attributes(inner.items(), readers, marks)
        if text or not marks:
            values.update(marks)
            values[name] = text
        else:
            values[name] = None

    return into


_Entry = tuple[str, Reader | None, Into | None]
"""The name of a field and what reads it: one value, or more."""


def _entry(cls: type[Part], field: Field) -> tuple[str, _Entry] | None:
    """The tag of the child element that holds a field, and what reads it."""
    match field.binding:
        case Wrapped(tag, item):
            return tag, (field.name, None, _wrapped_into(field, item, _attribute_fields(cls, tag)))
        case Nested(tag):
            return tag, (field.name, None, _nested_into(field, tag, _attribute_fields(cls, tag)))
        case Repeated(tag):
            return tag, (field.name, None, _repeated_into(field))
        case Element(tag) | Inline(tag):
            return tag, (field.name, _value_reader(field), None)
        case Attribute() | Text():
            return None


def _text_part_reader(cls: type[P], text_field: Field) -> Callable[[_Element], P]:
    """For an element of attributes and text, such as <Option>."""
    name, plan, new, put = text_field.name, plan_of(cls), object.__new__, object.__setattr__
    readers = _attribute_readers(_attribute_fields(cls, None))
    required = [field.name for field in plan if field.required]
    defaults = {field.name: field.default for field in plan}

    def read_part(element: _Element) -> P:
        values: Values = {name: element.text or ""}
        _read_attributes(element.items(), readers, values)
        if len(element):
            raise Refused
        for wanted in required:
            if wanted not in values:
                raise Refused
        part = new(cls)
        put(part, "__dict__", defaults | values)  # checked here by the same plan; __init__ would do it again
        return part

    return read_part


def _part_reader(cls: type[P], hints: frozenset[str] = frozenset()) -> Callable[[_Element], P]:
    plan = plan_of(cls)
    table: dict[object, _Entry] = dict(entry for field in plan if (entry := _entry(cls, field)) is not None)
    readers = _attribute_readers(_attribute_fields(cls, None))
    repeated = [field.name for field in plan if isinstance(field.binding, Repeated)]
    required = [field.name for field in plan if field.required]
    defaults = {field.name: field.default for field in plan}
    exclusive, new, put = cls.exclusive, object.__new__, object.__setattr__

    def read_part(element: _Element) -> P:
        values: Values = {}
        text = element.text
        if text is not None and text.strip(XML_BLANKS):
            raise Refused
        for child in element[:]:  # a slice is far cheaper than an iterator
            try:
                name, read_value, into = table[child.tag]
            except KeyError:
                raise Refused from None
            if into is not None:
                into(child, values)
            elif read_value is None or name in values:
                raise Refused
            else:
                values[name] = read_value(child)
            tail = child.tail
            if tail is not None and tail.strip(XML_BLANKS):
                raise Refused
        marks = element.items()
        if marks:
            _read_attributes([mark for mark in marks if mark[0] not in hints], readers, values)
        for name in repeated:
            if name in values:
                values[name] = tuple(values[name])
        for name in required:
            if name not in values:
                raise Refused
        if exclusive is not None and exclusive[0] in values and exclusive[1] in values:
            raise Refused
        part = new(cls)
        put(part, "__dict__", defaults | values)  # checked here by the same plan; __init__ would do it again
        return part

    return read_part


@cache
def _root_reader() -> Callable[[_Element], VirtualMachineSpec]:
    return _part_reader(VirtualMachineSpec, SCHEMA_HINTS)


# Writing

Writer = Callable[[Any, Values], str]
"""Writes the value of a field as an element; given all values of the object it belongs to."""


def _escape(text: str) -> str:
    """Only what XML demands; CR too, which a reader would turn into LF.

    How the API escapes is not known: no stored spec seen holds such a character.
    """
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return text.replace("\r", "&#13;")
    return text


def _escape_attribute(text: str) -> str:
    text = _escape(text)
    if '"' in text or "\n" in text or "\t" in text:
        return text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text


def _leaf_writer(tag: str, leaf: Leaf, pad: str) -> Writer:
    opening, closing, empty = f"{pad}<{tag}>", f"</{tag}>\n", f"{pad}<{tag}/>\n"
    if isinstance(leaf, Characters):
        return lambda value, _: f"{opening}{_escape(value)}{closing}" if value else empty
    return lambda value, _: f"{opening}{value}{closing}"


def _lookup_writer(tag: str, cls: type[Lookup], pad: str) -> Writer:
    closing = f"</{tag}>\n"
    openings = {by: f'{pad}<{tag} by="{by}">' for by in bys_of(cls)} | {"id": f"{pad}<{tag}>"}
    return lambda lookup, _: f"{openings[lookup.by]}{_escape(lookup.value)}{closing}"


def _value_writer(tag: str, field: Field, pad: str) -> Writer:
    if field.part is not None:
        return _part_writer(tag, field.part, pad)
    if field.lookup is not None:
        return _lookup_writer(tag, field.lookup, pad)
    assert field.leaf is not None
    return _leaf_writer(tag, field.leaf, pad)


def _attribute_writer(name: str, field: Field) -> Callable[[Values], str]:
    key = field.name
    if isinstance(field.leaf, (Choice, YesNo)):
        marks: dict[object, str] = {value: f' {name}="{word}"' for word, value in field.leaf.words.items()}
        marks[None] = ""
        return lambda values: marks[values[key]]

    def write_attribute(values: Values) -> str:
        text = values[key]
        return "" if text is None else f' {name}="{_escape_attribute(text)}"'

    return write_attribute


def _attributes_writer(fields: dict[str, Field]) -> Callable[[Values], str]:
    writers = [_attribute_writer(name, field) for name, field in fields.items()]
    if len(writers) == 1:
        return writers[0]
    return lambda values: "".join([write(values) for write in writers])


def _wrapped_writer(field: Field, tag: str, item: str, attributes: dict[str, Field], pad: str) -> Writer:
    opening, closing = f"{pad}<{tag}", f"{pad}</{tag}>\n"
    write_item = _value_writer(item, field, pad + "  ")
    write_attributes = _attributes_writer(attributes)

    def write_wrapped(items: tuple[Any, ...], values: Values) -> str:
        marks = write_attributes(values) if attributes else ""
        inner = ""
        for item in items:
            inner += write_item(item, values)
        if inner:
            return f"{opening}{marks}>\n{inner}{closing}"
        return f"{opening}{marks}/>\n" if marks else ""

    return write_wrapped


def _nested_writer(tag: str, attributes: dict[str, Field], pad: str) -> Writer:
    """The element that is always written: without a text it asks for a random one."""
    opening, closing = f"{pad}<{tag}>\n{pad}  <{tag}", f"</{tag}>\n{pad}</{tag}>\n"
    random, empty = f'{opening} type="random"/>\n{pad}</{tag}>\n', f"{opening}/>\n{pad}</{tag}>\n"
    write_attributes = _attributes_writer(attributes)

    def write_nested(text: str | None, values: Values) -> str:
        if text is None:
            return random
        return f"{opening}{write_attributes(values)}>{_escape(text)}{closing}" if text else empty

    return write_nested


def _repeated_writer(write_item: Writer) -> Writer:
    def write_repeated(items: tuple[Any, ...], values: Values) -> str:
        text = ""
        for item in items:
            text += write_item(item, values)
        return text

    return write_repeated


def _child_writer(cls: type[Part], field: Field, pad: str) -> tuple[str, object, Writer] | None:
    """What writes a field as a child element, with its name and the value that needs no writing."""
    match field.binding:
        case Wrapped(tag, item):
            attributes = _attribute_fields(cls, tag)
            skipped = object() if attributes else field.default
            return field.name, skipped, _wrapped_writer(field, tag, item, attributes, pad)
        case Nested(tag):
            return field.name, object(), _nested_writer(tag, _attribute_fields(cls, tag), pad)
        case Repeated(tag):
            return field.name, field.default, _repeated_writer(_value_writer(tag, field, pad))
        case Element(tag) | Inline(tag):
            return field.name, field.default, _value_writer(tag, field, pad)
        case Attribute() | Text():
            return None


def _part_writer(tag: str, cls: type[Part], pad: str) -> Writer:
    plan, opening, closing = plan_of(cls), f"{pad}<{tag}", f"{pad}</{tag}>\n"
    bare_opening, empty = f"{opening}>\n", f"{opening}/>\n"
    children = [child for field in plan if (child := _child_writer(cls, field, pad + "  ")) is not None]
    attributes = _attribute_fields(cls, None)
    write_attributes = _attributes_writer(attributes)
    text_name = next((field.name for field in plan if isinstance(field.binding, Text)), None)

    def write_text_part(part: Part, _: Values) -> str:
        values = part.__dict__
        text, marks = values[text_name or ""], write_attributes(values)
        return f"{opening}{marks}>{_escape(text)}</{tag}>\n" if text else f"{opening}{marks}/>\n"

    def write_part(part: Part, _: Values) -> str:
        values, inner = part.__dict__, ""
        for name, skipped, write_child in children:
            value = values[name]
            if value is not skipped:
                inner += write_child(value, values)
        if attributes:
            marks = write_attributes(values)
            return f"{opening}{marks}>\n{inner}{closing}" if inner else f"{opening}{marks}/>\n"
        return f"{bare_opening}{inner}{closing}" if inner else empty

    return write_part if text_name is None else write_text_part


_NOTHING: Values = {}


@cache
def _root_writer() -> Writer:
    write_root = _part_writer(ROOT_TAG, VirtualMachineSpec, "")
    return lambda spec, values: DECLARATION + write_root(spec, values)
