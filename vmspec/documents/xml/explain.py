"""What the grammar minds in an XML document, in a person's words: place, expectation, suggestion.

One expat pass beside the tree of the model. It runs only once a document is known to be wrong, finds
every mistake, and decides nothing: the strict walk and the XSD do.
"""

from __future__ import annotations

from functools import cache

from attrs import define, field

from vmspec import codes
from vmspec.documents.line_index import LineIndex, attribute_offsets
from vmspec.documents.messages import (
    choice_hint,
    describe_mismatch,
    did_you_mean,
    join_or,
    quote,
    value_hint,
    words_of,
)
from vmspec.documents.xml import limits
from vmspec.documents.xml.reader import SCHEMA_HINTS
from vmspec.documents.xml.redaction import is_public_attribute, is_public_child
from vmspec.findings import MAX_FINDINGS, Finding, sort_and_cap
from vmspec.model.element_tree import AttributeRule, ElementSchema, root
from vmspec.model.scalars import XML_WHITESPACE, Scalar, String
from vmspec.model.schema import lookup_keys
from vmspec.model.spec import ROOT_TAG
from vmspec.text import MASK

ENOUGH = 5 * MAX_FINDINGS
"""After so many findings the rest of a document is only read, not explained."""


@define
class _Frame:
    """An element that is open: what the grammar says of it, and what was met in it so far."""

    tag: str
    node: ElementSchema | None
    """None within what the grammar does not know: nothing more is said of it."""
    path: str
    """Of the element itself."""
    owner: str
    """Of the object to whose path its children add theirs."""
    offset: int
    prefixes: dict[str, str]
    counts: dict[str, int] = field(factory=dict)
    text: list[str] = field(factory=list)
    text_offset: int | None = None
    attributes: list[str] = field(factory=list)
    own: list[Finding] = field(factory=list)
    """Findings on its own attributes, which a finding on its nesting takes the place of."""
    missing_layers: list[str] = field(factory=list)
    """Elements between it and some of its children that were found missing; said once each."""


class Explanation:
    """All findings on a document's grammar."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._places = LineIndex(data)
        self._found: list[Finding] = []
        self._frames: list[_Frame] = []
        self._parser = limits.new_parser()
        self._counter = limits.LimitChecker(self._parser, data)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self.malformed_at = limits.parse_events(self._parser, data)

    @property
    def findings(self) -> list[Finding]:
        """All of them, in the order of their places."""
        return sort_and_cap(self._found)

    @property
    def open_element(self) -> str:
        """The innermost element that was open where reading stopped; unnamed where it is not known."""
        frame = self._frames[-1] if self._frames else None
        return f"<{frame.tag}>" if frame is not None and frame.node is not None else "an element"

    # What expat meets

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._counter.start(tag, attributes)
        offset = self._parser.CurrentByteIndex
        if not self._frames:
            frame = self._open_root(tag, offset, attributes)
        else:
            frame = self._open(self._frames[-1], tag, offset, attributes)
        self._frames.append(frame)
        if frame.node is not None:
            self._check_attributes(frame, frame.node)

    def _end(self, tag: str) -> None:
        self._counter.end(tag)
        frame = self._frames.pop()
        if frame.node is not None:
            self._check_content(frame, frame.node)

    def _characters(self, text: str) -> None:
        frame = self._frames[-1]
        if frame.text_offset is None and text.strip(XML_WHITESPACE):
            blanks = len(text) - len(text.lstrip(XML_WHITESPACE))
            frame.text_offset = self._parser.CurrentByteIndex + blanks
        frame.text.append(text)

    # Which element it is

    def _open_root(self, tag: str, offset: int, attributes: list[str]) -> _Frame:
        frame = _Frame(tag, root(), "", "", offset, {}, attributes=attributes)
        if tag.rpartition(":")[2] != ROOT_TAG:
            message = f"the root is <{_name(tag)}>; a spec begins with <{ROOT_TAG}>"
            self._find(codes.WRONG_ROOT, message, offset + 1, "", None)
            frame.node = None
        elif self._in_namespace(frame):
            frame.node = None
        return frame

    def _open(self, parent: _Frame, tag: str, offset: int, attributes: list[str]) -> _Frame:
        frame = _Frame(tag, None, "", "", offset, parent.prefixes, attributes=attributes)
        if parent.node is None or len(self._found) > ENOUGH:
            return frame
        parent.counts[tag] = count = parent.counts.get(tag, 0) + 1
        node = parent.node.children.get(tag)
        if node is None and parent.node.nested and tag == parent.tag:
            node = ElementSchema(tag, "", scalar=parent.node.scalar)
        if node is None:
            self._unknown_element(parent, parent.node, frame)
            return frame
        if self._in_namespace(frame):
            return frame
        if node.step:
            frame.path = f"{parent.owner}.{node.step}".removeprefix(".")
        else:
            frame.path = parent.path
        if node.many:
            frame.path += f"[{count - 1}]"
        frame.owner = frame.path if node.owner else parent.owner
        frame.node = node
        self._check_occurrence(parent, parent.node, frame, node, count)
        return frame

    def _in_namespace(self, frame: _Frame) -> bool:
        """Says so where an element is in a namespace; a spec has none."""
        names = dict(zip(frame.attributes[::2], frame.attributes[1::2], strict=True))
        declared = {
            name.partition(":")[2]: uri
            for name, uri in names.items()
            if name == "xmlns" or name.startswith("xmlns:")
        }
        if declared:
            frame.prefixes = frame.prefixes | declared
        prefix = frame.tag.rpartition(":")[0]
        if not prefix and not frame.prefixes.get(""):
            return False
        name = f"xmlns:{prefix}" if prefix else "xmlns"
        offset = attribute_offsets(self._data, frame.offset, name)[0] if name in names else frame.offset + 1
        local = frame.tag.rpartition(":")[2]
        hint = f"write <{_name(local)}> without a prefix" if prefix else f"leave {name} out"
        message = f"<{_name(frame.tag)}> is in a namespace; a spec has none"
        self._find(codes.NAMESPACE, message, offset, frame.path, hint)
        return True

    def _unknown_element(self, parent: _Frame, node: ElementSchema, frame: _Frame) -> None:
        tag, offset = frame.tag, frame.offset + 1
        path = f"{parent.path}.{tag}".removeprefix(".")
        if node.scalar is not None:
            found = "an element" if node.secret else f"<{_name(tag)}>"
            message = f"<{node.tag}> holds text, not elements; found {found}"
            self._find(codes.UNKNOWN_NAME, message, offset, parent.path, None)
            return
        layers = [child.tag for child in node.children.values() if _is_layer(child, tag)]
        if layers:
            if layers[0] not in parent.missing_layers:
                parent.missing_layers.append(layers[0])
                message = f"<{tag}> stands directly in <{node.tag}>"
                hint = f"put it in {join_or(f'<{layer}>' for layer in layers)}"
                self._find(codes.WRONG_NESTING, message, offset, path, hint)
            return
        advice = self._belongs(node, tag)
        if not is_public_child(tag, node):
            tag, path = MASK, parent.path
        self._find(codes.UNKNOWN_NAME, f"<{node.tag}> has no child <{_name(tag)}>", offset, path, advice)

    def _belongs(self, node: ElementSchema, tag: str) -> str | None:
        """What to do with an element that is not known where it stands."""
        item = node.children.get(tag.removesuffix("s"))
        if item is not None and item.many:
            return f"leave it out: <{item.tag}> stands directly in <{node.tag}>"
        meant = did_you_mean(tag.rpartition(":")[2], node.children)
        if meant is not None:
            return f"did you mean <{meant}>?"
        parents = _parents().get(tag)
        if parents:
            return f"<{tag}> belongs in {join_or(f'<{parent}>' for parent in parents)}"
        if len(node.children) <= 8:
            return f"it may hold {join_or(f'<{child}>' for child in node.children)}"
        return None

    def _check_occurrence(
        self, parent: _Frame, above: ElementSchema, frame: _Frame, node: ElementSchema, count: int
    ) -> None:
        if count > 1 and not node.many:
            message = f"a second <{node.tag}> in <{above.tag}>; there is one at most"
            self._find(codes.REPEATED, message, frame.offset + 1, frame.path, None)
        others = [tag for tag in above.exclusive if tag != node.tag and parent.counts.get(tag)]
        if node.tag in above.exclusive and others and count == 1:
            message = f"<{above.tag}> has both <{others[0]}> and <{node.tag}>; only one is possible"
            self._find(codes.EXCLUSIVE, message, frame.offset + 1, frame.path, "leave one of them out")

    # What it holds

    def _check_attributes(self, frame: _Frame, node: ElementSchema) -> None:
        names = frame.attributes[::2]
        for name, text in zip(names, frame.attributes[1::2], strict=True):
            if name == "xmlns" or name.startswith("xmlns:"):
                continue
            rule = node.attributes.get(name)
            if rule is not None:
                self._check_attribute(frame, node, name, text, rule)
            elif node.lookup is not None and name in lookup_keys(node.lookup):
                message = f"<{node.tag}> has no attribute {name}; what it is looked up by is said with by"
                hint = f'write <{node.tag} by="{name}">{_name(text)}</{node.tag}>'
                offset = attribute_offsets(self._data, frame.offset, name)[0]
                frame.own.append(self._finding(codes.WRONG_LOOKUP, message, offset, frame.path, hint))
            elif not self._is_schema_hint(frame, name):
                shown = name if is_public_attribute(name, node) else MASK
                message = f"<{node.tag}> has no attribute {_name(shown)}"
                offset = attribute_offsets(self._data, frame.offset, name)[0]
                advice = _attribute_hint(node, name)
                frame.own.append(self._finding(codes.UNKNOWN_ATTRIBUTE, message, offset, frame.path, advice))
        for name, rule in node.attributes.items():
            if rule.required and name not in names:
                message = f'<{node.tag}> has no {name}="…", which it needs'
                path = f"{frame.path}.{rule.step}"
                self._find(codes.MISSING, message, frame.offset + 1, path, None)

    def _check_attribute(
        self, frame: _Frame, node: ElementSchema, name: str, text: str, rule: AttributeRule
    ) -> None:
        path = f"{frame.owner}.{rule.step}".removeprefix(".")
        if isinstance(rule.scalar, String) or text in words_of(rule.scalar):
            return
        code = codes.WRONG_LOOKUP if node.lookup is not None else codes.WRONG_VALUE
        message = f"<{node.tag}> has {name}={quote(text)}; {name} is {rule.scalar.expected}"
        hint = choice_hint(text, rule.scalar)
        self._find(code, message, attribute_offsets(self._data, frame.offset, name)[1], path, hint)

    def _is_schema_hint(self, frame: _Frame, name: str) -> bool:
        prefix, _, local = name.rpartition(":")
        uri = frame.prefixes.get(prefix, "") if prefix else ""
        return len(self._frames) == 1 and f"{{{uri}}}{local}" in SCHEMA_HINTS

    def _check_content(self, frame: _Frame, node: ElementSchema) -> None:
        text = "".join(frame.text)
        if self._is_not_nested(frame, node, text):
            inner_attributes = node.children[node.tag].attributes
            marks = " ".join(
                f"{name}={quote(value)}"
                for name, value in _pairs(frame.attributes)
                if name in inner_attributes
            )
            opening = f"<{node.tag} {marks}>" if marks else f"<{node.tag}>"
            message = f"<{node.tag}> holds its value directly; it stands in a second <{node.tag}> within it"
            inner = f"{opening}…</{node.tag}>" if text.strip(XML_WHITESPACE) else f"{opening[:-1]}/>"
            hint = f"write <{node.tag}>{inner}</{node.tag}>"
            self._find(codes.WRONG_NESTING, message, frame.offset + 1, frame.path, hint)
            return
        self._found.extend(frame.own)
        if node.scalar is None:
            self._check_children(frame, node, text)
        elif node.nested and frame.counts.get(node.tag):
            self._check_nested(frame, node, text)
        else:
            self._check_value(frame, node, node.scalar, text)

    def _is_not_nested(self, frame: _Frame, node: ElementSchema, text: str) -> bool:
        inner = node.children.get(node.tag)
        if inner is None or frame.counts.get(node.tag):
            return False
        return bool(text.strip(XML_WHITESPACE)) or any(
            name in inner.attributes for name in frame.attributes[::2]
        )

    def _check_children(self, frame: _Frame, node: ElementSchema, text: str) -> None:
        if text.strip(XML_WHITESPACE):
            items = [child for child in node.children.values() if child.many and child.scalar is not None]
            hint = f"put it in <{items[0].tag}>" if items else None
            if "all" in node.attributes and text.strip().lower() == "all":
                hint = f'write <{node.tag} all="yes"/>'
            message = f"text directly in <{node.tag}>, which holds elements only"
            self._find(codes.STRAY_TEXT, message, frame.text_offset or frame.offset, frame.path, hint)
        for child in node.children.values():
            if child.required and not frame.counts.get(child.tag):
                message = f"<{node.tag}> has no child <{child.tag}>, which it needs"
                self._find(codes.MISSING, message, frame.offset + 1, frame.path, None)

    def _check_nested(self, frame: _Frame, node: ElementSchema, text: str) -> None:
        if text.strip(XML_WHITESPACE):
            message = f"<{node.tag}> holds both text and a second <{node.tag}>; which is meant is not told"
            self._find(
                codes.STRAY_TEXT,
                message,
                frame.text_offset or frame.offset,
                frame.path,
                "keep one of them",
            )

    def _check_value(self, frame: _Frame, node: ElementSchema, scalar: Scalar, text: str) -> None:
        try:
            scalar.read(text)
        except ValueError:
            offset = frame.text_offset or frame.offset + 1
            if not text.strip(XML_WHITESPACE):
                if frame.own or frame.counts:
                    return  # its value stands elsewhere, as was found already
                wanted = (
                    f"give its {join_or(lookup_keys(node.lookup))}"
                    if node.lookup
                    else f"it is {scalar.expected}"
                )
                message = f"<{node.tag}> is empty; {wanted}"
            else:
                problem = describe_mismatch(text, scalar)
                message = f"<{node.tag}> is {quote(text.strip(XML_WHITESPACE))}; it {problem}"
            self._find(codes.WRONG_VALUE, message, offset, frame.path, value_hint(text, scalar))

    # Findings

    def _find(self, code: str, message: str, offset: int, path: str, hint: str | None) -> None:
        self._found.append(self._finding(code, message, offset, path, hint))

    def _finding(self, code: str, message: str, offset: int, path: str, hint: str | None) -> Finding:
        line, column = self._places.of(offset)
        return Finding(code, message, path=path, line=line, column=column, hint=hint)


def _attribute_hint(node: ElementSchema, name: str) -> str | None:
    known = did_you_mean(name, node.attributes)
    if known is not None:
        return f"did you mean {known}?"
    return f"it may have {join_or(node.attributes)}" if node.attributes else None


def _is_layer(child: ElementSchema, tag: str) -> bool:
    """Whether a child is what stands between its parent and elements of this tag, of which it holds many."""
    inner = child.children.get(tag)
    return inner is not None and (child.many or inner.many)


@cache
def _parents() -> dict[str, list[str]]:
    """For each tag, the elements that hold one."""
    parents: dict[str, list[str]] = {}
    waiting = [root()]
    while waiting:
        node = waiting.pop(0)
        for child in node.children.values():
            if node.tag not in (above := parents.setdefault(child.tag, [])):
                above.append(node.tag)
            waiting.append(child)
    return parents


def _pairs(attributes: list[str]) -> list[tuple[str, str]]:
    return list(zip(attributes[::2], attributes[1::2], strict=True))


def _name(name: str) -> str:
    return quote(name)[1:-1]
