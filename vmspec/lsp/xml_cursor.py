"""Cursors in XML, well formed or not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vmspec.documents.hints import words_of
from vmspec.documents.line_index import Span
from vmspec.lsp.cursor import Cursor, Proposal, join_path
from vmspec.model.element_tree import ElementSchema, root
from vmspec.validation.fixes.elements import XMLElement

_NAME = re.compile(r"[\w:.-]*+")
_MAX_NAME = 200
_OPEN_VALUE = re.compile(r"""(?<=\s)([\w:.-]++)\s*+=\s*+(?:"[^"<]*+|'[^'<]*+)\Z""")
_VALUE_AFTER = re.compile(r"""[^"'<>\n]*""")


def find(text: str, elements: Sequence[XMLElement], offset: int) -> Cursor | None:
    """Return the cursor at an offset; None in a comment and where nothing is known."""
    if text.rfind("<!--", 0, offset) > text.rfind("-->", 0, offset):
        return None
    start = text.rfind("<", 0, offset)
    if start >= 0 and ">" not in text[start:offset]:
        element = next((element for element in elements if element.start == start), None)
        return _in_tag(text, element, offset) if element is not None else _in_end_tag(text, elements, offset)
    around = [
        element
        for element in elements
        if element.tag_end <= offset
        and offset <= (element.end_name[0] - 2 if element.end_name is not None else element.end)
        and not element.is_empty_tag
    ]
    return _in_content(text, around[-1] if around else None, offset)


def path_of(element: XMLElement) -> str:
    """Return the path of an element's field, without indexes."""
    steps: list[str] = []
    inner: XMLElement | None = element
    while inner is not None:
        steps.insert(0, inner.schema.step if inner.schema is not None else "")
        inner = inner.parent
    return join_path(steps)


def _word(text: str, offset: int) -> Span:
    before = _NAME.match(text[max(0, offset - _MAX_NAME) : offset][::-1])
    after = _NAME.match(text, offset)
    return offset - (before.end() if before else 0), after.end() if after else offset


# Tags


def _in_tag(text: str, element: XMLElement, offset: int) -> Cursor | None:
    value = _OPEN_VALUE.search(text, element.name[1], offset)
    if value is not None:
        return _in_value(text, element, value[1], offset)
    if offset <= element.name[1]:
        parent = element.parent
        children = _children(parent, element)
        proposals = tuple(_element(child, parent, child.tag) for child in children)
        return Cursor(element.name, path_of(element) if element.schema else "", element.tag, proposals)
    if element.schema is None:
        return None
    span = _word(text, offset)
    name = text[slice(*span)]
    attributes = {
        known: schema
        for known, schema in element.schema.attributes.items()
        if known not in element.attributes or known == name
    }
    has_value = text[span[1] :].lstrip().startswith("=")
    proposals = tuple(
        Proposal(known, "attribute", known if has_value else f'{known}=""', _attribute_path(element, known))
        for known in attributes
    )
    return Cursor(span, _attribute_path(element, name) if name in attributes else "", name, proposals)


def _attribute_path(element: XMLElement, name: str) -> str:
    assert element.schema is not None
    attribute = element.schema.attributes[name]
    owner = element if element.schema.is_object else element.parent
    while owner is not None and owner.schema is not None and not owner.schema.is_object:
        owner = owner.parent
    return join_path([path_of(owner) if owner is not None else "", attribute.step])


def _in_value(text: str, element: XMLElement, name: str, offset: int) -> Cursor | None:
    attribute = element.schema.attributes.get(name) if element.schema is not None else None
    if attribute is None:
        return None
    start = max(text.rfind('"', 0, offset), text.rfind("'", 0, offset)) + 1
    after = _VALUE_AFTER.match(text, offset)
    path = _attribute_path(element, name)
    proposals = tuple(Proposal(word, "value", word, path) for word in words_of(attribute.scalar))
    return Cursor((start, after.end() if after else offset), path, name, proposals)


def _in_end_tag(text: str, elements: Sequence[XMLElement], offset: int) -> Cursor | None:
    span = _word(text, offset)
    closed = [element for element in elements if element.end_name is not None and element.end_name == span]
    unclosed = [
        element
        for element in elements
        if element.end_name is None and not element.is_empty_tag and element.tag_end <= offset
    ]
    for element in (closed or unclosed)[-1:]:
        path = path_of(element) if element.schema is not None else ""
        return Cursor(span, path, element.tag, (Proposal(element.tag, "element", element.tag, path),))
    return None


# Content


def _in_content(text: str, element: XMLElement | None, offset: int) -> Cursor | None:
    if element is None:
        has_root = "<" in text and not text.lstrip().startswith("<?")
        tag = root().tag
        proposal = Proposal(f"<{tag}>", "element", f"<{tag}></{tag}>", "")
        return Cursor((offset, offset), "", "", () if has_root else (proposal,))
    schema = element.schema
    if schema is None:
        return None
    if schema.scalar is not None:
        return _in_text(text, element, offset)
    span = _word(text, offset)
    proposals = tuple(
        _element(child, element, f"<{child.tag}></{child.tag}>", label=f"<{child.tag}>")
        for child in _children(element, None)
    )
    return Cursor(span, path_of(element), element.tag, proposals)


def _in_text(text: str, element: XMLElement, offset: int) -> Cursor:
    assert element.schema is not None
    assert element.schema.scalar is not None
    path = path_of(element)
    end = text.find("<", offset)
    start, end = element.tag_end, end if end >= 0 else len(text)
    value = text[start:end].strip()
    if value and "\n" not in value:
        start += text[start:end].index(value)
        end = start + len(value)
    words = words_of(element.schema.scalar)
    proposals = tuple(Proposal(word, "value", word, path) for word in words)
    span = (start, end) if start <= offset <= end else (offset, offset)
    lookup, by = element.schema.lookup, element.attributes.get("by")
    return Cursor(span, path, element.tag, proposals, lookup, "id" if by is None else text[slice(*by.value)])


def _children(parent: XMLElement | None, element: XMLElement | None) -> list[ElementSchema]:
    """Return the elements that may be added to a parent, the one being written included."""
    if parent is None:
        return [root()]
    if parent.schema is None:
        return []
    present = {child.tag for child in parent.children if child is not element}
    return [child for child in parent.schema.children.values() if child.many or child.tag not in present]


def _element(schema: ElementSchema, parent: XMLElement | None, text: str, label: str = "") -> Proposal:
    path = join_path([path_of(parent) if parent is not None else "", schema.step])
    return Proposal(label or schema.tag, "element", text, path)
