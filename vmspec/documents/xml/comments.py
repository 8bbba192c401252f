"""The comments for vmspec in an XML document."""

from __future__ import annotations

import re

from attrs import define, field

from vmspec.documents.document import Comment
from vmspec.documents.line_index import LineIndex, Position
from vmspec.documents.xml import limits
from vmspec.model.element_tree import root

FOR_VMSPEC = re.compile(r"\s*vmspec:")


@define(eq=False)
class _Parent:
    tag: str
    own: list[list[Position]]
    """The targets of the comments before it, each to be extended."""
    pending: list[list[Position]] = field(factory=list)
    """The targets of the comments in it that no element has followed yet."""


def comments(data: bytes) -> list[Comment]:
    """Return the comments for vmspec; each is for the element that follows it within the same parent."""
    positions = LineIndex(data)
    parser = limits.new_parser()
    found: list[Comment] = []
    opened = [_Parent("", [])]

    def start(tag: str, _: object) -> None:
        parent = opened[-1]
        own, parent.pending = parent.pending, []
        if parent.tag == tag and _holds_its_text_in_a_second(tag):
            own = own + parent.own  # the value is in the inner element
        position = positions.of(parser.CurrentByteIndex + 1)
        for targets in own:
            targets.append(position)
        opened.append(_Parent(tag, own))

    def end(_: str) -> None:
        opened.pop()

    def comment(text: str) -> None:
        if FOR_VMSPEC.match(text):
            targets: list[Position] = []
            found.append(Comment(text, positions.of(parser.CurrentByteIndex), targets))
            opened[-1].pending.append(targets)

    parser.StartElementHandler, parser.EndElementHandler, parser.CommentHandler = start, end, comment
    limits.parse_events(parser, data)
    return found


def _holds_its_text_in_a_second(tag: str) -> bool:
    """Return True if the value of an element may be in an inner element of the same name."""
    node = root().children.get(tag)
    if node is None:
        return False
    inner = node.children.get(tag)
    return node.nested or (inner is not None and not inner.step)
