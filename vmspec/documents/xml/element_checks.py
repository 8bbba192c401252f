"""The checks of one element against its schema: its attributes, its text, and the children it requires."""

from __future__ import annotations

from attrs import define, field

from vmspec import codes
from vmspec.documents.hints import choice_hint, describe_mismatch, did_you_mean, value_hint, words_of
from vmspec.documents.line_index import LineIndex
from vmspec.documents.xml.locator import attribute_offsets
from vmspec.documents.xml.reader import SCHEMA_HINTS
from vmspec.documents.xml.redaction import is_public_attribute
from vmspec.findings import Finding, sort_and_cap
from vmspec.model.element_tree import AttributeSchema, ElementSchema
from vmspec.model.scalars import XML_WHITESPACE, Scalar, String
from vmspec.model.schema import lookup_keys
from vmspec.text import MASK, join_or, quote


class Findings:
    """The findings on a document, added by offset."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._positions = LineIndex(data)
        self._findings: list[Finding] = []

    def __len__(self) -> int:
        return len(self._findings)

    def new(self, code: str, message: str, offset: int, path: str, hint: str | None = None) -> Finding:
        """Return a finding without adding it."""
        line, column = self._positions.of(offset)
        return Finding(code, message, path=path, line=line, column=column, hint=hint)

    def add(self, code: str, message: str, offset: int, path: str, hint: str | None = None) -> None:
        """Add a finding."""
        self._findings.append(self.new(code, message, offset, path, hint))

    def extend(self, findings: list[Finding]) -> None:
        """Add several findings."""
        self._findings.extend(findings)

    def in_order(self) -> list[Finding]:
        """Return the findings in document order."""
        return sort_and_cap(self._findings)


def _attributes_by_name(attributes: list[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


@define
class OpenElement:
    """An element whose end has not been reached, with everything seen in it so far."""

    tag: str
    offset: int
    attributes: dict[str, str] = field(converter=_attributes_by_name)
    schema: ElementSchema | None = None
    """None if the grammar does not allow the element; nothing in it is checked then."""
    path: str = ""
    object_path: str = ""
    """The path of the object it belongs to, to which its children add a step."""
    prefixes: dict[str, str] = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)
    """The number of children by tag."""
    text: list[str] = field(factory=list)
    text_offset: int | None = None
    attribute_findings: list[Finding] = field(factory=list)
    """Findings that are dropped if the element's nesting is wrong."""
    missing_wrappers: list[str] = field(factory=list)
    """Elements that some of its children should have been in; each is reported once."""


def named(name: str) -> str:
    """Return a tag or attribute name for a message: printable, and not too long."""
    return quote(name)[1:-1]


# Attributes


def check_attributes(
    element: OpenElement, schema: ElementSchema, findings: Findings, *, is_root: bool
) -> None:
    """Check that the attributes of an element are allowed, valid and complete."""
    for name, text in element.attributes.items():
        if name == "xmlns" or name.startswith("xmlns:"):
            continue
        attribute = schema.attributes.get(name)
        if attribute is not None:
            _check_attribute(element, schema, name, text, attribute, findings)
        elif not (is_root and _is_schema_hint(element, name)):
            _find_unknown_attribute(element, schema, name, text, findings)
    for name, attribute in schema.attributes.items():
        if attribute.required and name not in element.attributes:
            message = f"<{schema.tag}> lacks the required attribute {name}"
            findings.add(codes.MISSING, message, element.offset + 1, f"{element.path}.{attribute.step}")


def _check_attribute(
    element: OpenElement,
    schema: ElementSchema,
    name: str,
    text: str,
    attribute: AttributeSchema,
    findings: Findings,
) -> None:
    scalar = attribute.scalar
    if isinstance(scalar, String) or text in words_of(scalar):
        return
    code = codes.WRONG_LOOKUP if schema.lookup is not None else codes.WRONG_VALUE
    message = f"<{schema.tag}> has {name}={quote(text)}; {name} is {scalar.expected}"
    offset = attribute_offsets(findings.data, element.offset, name)[1]
    path = f"{element.object_path}.{attribute.step}".removeprefix(".")
    findings.add(code, message, offset, path, choice_hint(text, scalar))


def _find_unknown_attribute(
    element: OpenElement, schema: ElementSchema, name: str, text: str, findings: Findings
) -> None:
    if schema.lookup is not None and name in lookup_keys(schema.lookup):
        code = codes.WRONG_LOOKUP
        message = f"<{schema.tag}> has no attribute {name}; the attribute by tells what it is looked up by"
        hint: str | None = f'write <{schema.tag} by="{name}">{named(text)}</{schema.tag}>'
    else:
        shown = name if is_public_attribute(name, schema) else MASK
        code, message = codes.UNKNOWN_ATTRIBUTE, f"<{schema.tag}> has no attribute {named(shown)}"
        hint = _attribute_hint(schema, name)
    offset = attribute_offsets(findings.data, element.offset, name)[0]
    element.attribute_findings.append(findings.new(code, message, offset, element.path, hint))


def _attribute_hint(schema: ElementSchema, name: str) -> str | None:
    meant = did_you_mean(name, schema.attributes)
    if meant is not None:
        return f"did you mean {meant}?"
    return f"it may have {join_or(schema.attributes)}" if schema.attributes else None


def _is_schema_hint(element: OpenElement, name: str) -> bool:
    prefix, _, local = name.rpartition(":")
    uri = element.prefixes.get(prefix, "") if prefix else ""
    return f"{{{uri}}}{local}" in SCHEMA_HINTS


# Content


def check_content(element: OpenElement, schema: ElementSchema, findings: Findings) -> None:
    """Check the text of an element, and that it has the children it requires."""
    text = "".join(element.text)
    if _lacks_inner_element(element, schema, text):
        message = f"<{schema.tag}> holds its value directly; it belongs in a second <{schema.tag}> inside it"
        hint = _nesting_hint(element, schema, text)
        findings.add(codes.WRONG_NESTING, message, element.offset + 1, element.path, hint)
        return
    findings.extend(element.attribute_findings)
    if schema.scalar is None:
        _check_children(element, schema, text, findings)
    elif not (schema.nested and element.counts.get(schema.tag)):
        _check_value(element, schema, schema.scalar, text, findings)
    elif text.strip(XML_WHITESPACE):
        message = f"<{schema.tag}> holds both text and a second <{schema.tag}>; it is unclear which is meant"
        offset = element.text_offset or element.offset
        findings.add(codes.STRAY_TEXT, message, offset, element.path, "keep one of them")


def _lacks_inner_element(element: OpenElement, schema: ElementSchema, text: str) -> bool:
    inner = schema.children.get(schema.tag)
    if inner is None or element.counts.get(schema.tag):
        return False
    return bool(text.strip(XML_WHITESPACE)) or any(name in inner.attributes for name in element.attributes)


def _nesting_hint(element: OpenElement, schema: ElementSchema, text: str) -> str:
    attributes = "".join(
        f" {name}={quote(value)}"
        for name, value in element.attributes.items()
        if name in schema.children[schema.tag].attributes
    )
    inner = f"<{schema.tag}{attributes}"
    inner += f">…</{schema.tag}>" if text.strip(XML_WHITESPACE) else "/>"
    return f"write <{schema.tag}>{inner}</{schema.tag}>"


def _check_children(element: OpenElement, schema: ElementSchema, text: str, findings: Findings) -> None:
    if text.strip(XML_WHITESPACE):
        items = [child for child in schema.children.values() if child.many and child.scalar is not None]
        hint = f"put it in <{items[0].tag}>" if items else None
        if "all" in schema.attributes and text.strip().lower() == "all":
            hint = f'write <{schema.tag} all="yes"/>'
        message = f"text directly in <{schema.tag}>, which holds elements only"
        offset = element.text_offset or element.offset
        findings.add(codes.STRAY_TEXT, message, offset, element.path, hint)
    for child in schema.children.values():
        if child.required and not element.counts.get(child.tag):
            message = f"<{schema.tag}> lacks the required child <{child.tag}>"
            findings.add(codes.MISSING, message, element.offset + 1, element.path)


def _check_value(
    element: OpenElement, schema: ElementSchema, scalar: Scalar, text: str, findings: Findings
) -> None:
    try:
        scalar.read(text)
    except ValueError:
        value = text.strip(XML_WHITESPACE)
        if value:
            message = f"<{schema.tag}> is {quote(value)}; it {describe_mismatch(text, scalar)}"
        elif element.attribute_findings or element.counts:
            return  # the value is somewhere else, which has a finding already
        elif schema.lookup is not None:
            message = f"<{schema.tag}> is empty; give its {join_or(lookup_keys(schema.lookup))}"
        else:
            message = f"<{schema.tag}> is empty; it is {scalar.expected}"
        offset = element.text_offset or element.offset + 1
        findings.add(codes.WRONG_VALUE, message, offset, element.path, value_hint(text, scalar))
