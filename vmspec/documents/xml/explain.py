"""Everything that the grammar does not allow in an XML document, with positions and suggestions.

The explanation is one expat pass that follows the schema of the elements. It runs only for documents that
the reader or the XSD has rejected, and finds every mistake.
"""

from __future__ import annotations

from functools import cache

from vmspec import codes
from vmspec.documents.hints import did_you_mean
from vmspec.documents.xml import limits
from vmspec.documents.xml.element_checks import Findings, OpenElement, check_attributes, check_content, named
from vmspec.documents.xml.locator import attribute_offsets
from vmspec.documents.xml.redaction import is_public_child
from vmspec.findings import MAX_FINDINGS, Finding
from vmspec.model.element_tree import ElementSchema, root
from vmspec.model.scalars import XML_WHITESPACE
from vmspec.model.spec import ROOT_TAG
from vmspec.text import MASK, join_or

ENOUGH_FINDINGS = 5 * MAX_FINDINGS
"""After this many findings, the rest of a document is not explained."""


class Explanation:
    """All findings on the grammar of a document."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._findings = Findings(data)
        self._open: list[OpenElement] = []
        self._parser = limits.new_parser()
        self._checker = limits.LimitChecker(self._parser, data)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self.malformed_at = limits.parse_events(self._parser, data)
        """The offset at which the XML stops being well formed, or None."""

    @property
    def findings(self) -> list[Finding]:
        """All findings, in document order."""
        return self._findings.in_order()

    @property
    def open_element(self) -> str:
        """The innermost element that was open at the end, in words; without its name if it is unknown."""
        element = self._open[-1] if self._open else None
        return f"<{element.tag}>" if element is not None and element.schema is not None else "an element"

    # Handlers

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._checker.start(tag, attributes)
        offset = self._parser.CurrentByteIndex
        element = OpenElement(tag, offset, attributes)
        if self._open:
            self._identify(element, self._open[-1])
        else:
            self._identify_root(element)
        self._open.append(element)
        if element.schema is not None:
            check_attributes(element, element.schema, self._findings, is_root=len(self._open) == 1)

    def _end(self, tag: str) -> None:
        self._checker.end(tag)
        element = self._open.pop()
        if element.schema is not None:
            check_content(element, element.schema, self._findings)

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        if element.text_offset is None and text.strip(XML_WHITESPACE):
            leading = len(text) - len(text.lstrip(XML_WHITESPACE))
            element.text_offset = self._parser.CurrentByteIndex + leading
        element.text.append(text)

    # Identification of elements

    def _identify_root(self, element: OpenElement) -> None:
        if element.tag.rpartition(":")[2] != ROOT_TAG:
            message = f"the root is <{named(element.tag)}>; a spec begins with <{ROOT_TAG}>"
            self._findings.add(codes.WRONG_ROOT, message, element.offset + 1, "")
        elif not self._is_in_namespace(element):
            element.schema = root()

    def _identify(self, element: OpenElement, parent: OpenElement) -> None:
        """Set the schema and path of an element, unless the grammar does not allow it here."""
        element.prefixes = parent.prefixes
        if parent.schema is None or len(self._findings) > ENOUGH_FINDINGS:
            return
        parent.counts[element.tag] = count = parent.counts.get(element.tag, 0) + 1
        schema = parent.schema.children.get(element.tag)
        if schema is None and parent.schema.nested and element.tag == parent.tag:
            schema = ElementSchema(element.tag, "", scalar=parent.schema.scalar)
        if schema is None:
            self._find_unknown(element, parent, parent.schema)
            return
        if self._is_in_namespace(element):
            return
        element.schema = schema
        element.path = f"{parent.object_path}.{schema.step}".removeprefix(".") if schema.step else parent.path
        if schema.many:
            element.path += f"[{count - 1}]"
        element.object_path = element.path if schema.is_object else parent.object_path
        self._check_occurrence(element, schema, parent, parent.schema)

    def _is_in_namespace(self, element: OpenElement) -> bool:
        """Return True, and add a finding, for an element in a namespace."""
        attributes = element.attributes
        declared = {
            name.partition(":")[2]: uri
            for name, uri in attributes.items()
            if name == "xmlns" or name.startswith("xmlns:")
        }
        if declared:
            element.prefixes = element.prefixes | declared
        prefix, _, local = element.tag.rpartition(":")
        if not prefix and not element.prefixes.get(""):
            return False
        name = f"xmlns:{prefix}" if prefix else "xmlns"
        offset = element.offset + 1
        if name in attributes:
            offset = attribute_offsets(self._data, element.offset, name)[0]
        hint = f"write <{named(local)}> without a prefix" if prefix else f"leave {name} out"
        message = f"<{named(element.tag)}> is in a namespace; a spec has none"
        self._findings.add(codes.NAMESPACE, message, offset, element.path, hint)
        return True

    def _find_unknown(self, element: OpenElement, parent: OpenElement, schema: ElementSchema) -> None:
        tag, offset = element.tag, element.offset + 1
        if schema.scalar is not None:
            found = "an element" if schema.secret else f"<{named(tag)}>"
            message = f"<{schema.tag}> holds text, not elements; found {found}"
            self._findings.add(codes.UNKNOWN_NAME, message, offset, parent.path)
            return
        path = f"{parent.path}.{tag}".removeprefix(".")
        wrappers = [child.tag for child in schema.children.values() if _is_wrapper_of(child, tag)]
        if not wrappers:
            hint = _unknown_hint(schema, tag)
            if not is_public_child(tag, schema):
                tag, path = MASK, parent.path
            message = f"<{schema.tag}> has no child <{named(tag)}>"
            self._findings.add(codes.UNKNOWN_NAME, message, offset, path, hint)
        elif wrappers[0] not in parent.missing_wrappers:
            parent.missing_wrappers.append(wrappers[0])
            message = f"<{tag}> is not allowed directly in <{schema.tag}>"
            hint = f"put it in {join_or(f'<{wrapper}>' for wrapper in wrappers)}"
            self._findings.add(codes.WRONG_NESTING, message, offset, path, hint)

    def _check_occurrence(
        self, element: OpenElement, schema: ElementSchema, parent: OpenElement, parent_schema: ElementSchema
    ) -> None:
        tag, offset, count = schema.tag, element.offset + 1, parent.counts[schema.tag]
        if count > 1 and not schema.many:
            message = f"a second <{tag}> in <{parent_schema.tag}>; at most one is allowed"
            self._findings.add(codes.REPEATED, message, offset, element.path)
        exclusive = parent_schema.exclusive if tag in parent_schema.exclusive else ()
        others = [other for other in exclusive if other != tag and parent.counts.get(other)]
        if others and count == 1:
            message = f"<{parent_schema.tag}> has both <{others[0]}> and <{tag}>; only one is allowed"
            self._findings.add(codes.EXCLUSIVE, message, offset, element.path, "leave one of them out")


def _is_wrapper_of(child: ElementSchema, tag: str) -> bool:
    """Return True for an element that belongs between its parent and elements with a tag."""
    inner = child.children.get(tag)
    return inner is not None and (child.many or inner.many)


def _unknown_hint(schema: ElementSchema, tag: str) -> str | None:
    """Return a hint for an element that the grammar does not allow in another."""
    item = schema.children.get(tag.removesuffix("s"))
    if item is not None and item.many:
        return f"leave it out: <{item.tag}> belongs directly in <{schema.tag}>"
    meant = did_you_mean(tag.rpartition(":")[2], schema.children)
    if meant is not None:
        return f"did you mean <{meant}>?"
    if parents := _parents().get(tag):
        return f"<{tag}> belongs in {join_or(f'<{parent}>' for parent in parents)}"
    if len(schema.children) <= 8:
        return f"it may hold {join_or(f'<{child}>' for child in schema.children)}"
    return None


@cache
def _parents() -> dict[str, list[str]]:
    """Return the elements that may hold an element, by its tag."""
    parents: dict[str, list[str]] = {}
    queue = [root()]
    while queue:
        schema = queue.pop(0)
        for child in schema.children.values():
            if schema.tag not in (tags := parents.setdefault(child.tag, [])):
                tags.append(schema.tag)
            queue.append(child)
    return parents
