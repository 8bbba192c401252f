"""The canonical text of a document with the comments that people have added.

Comments and processing instructions are moved from the tree of the source to the tree of the canonical text,
each to before the element that it stood before. A comment for vmspec never moves to before another element,
where it would have another effect.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from attrs import frozen
from lxml import etree

from vmspec.documents.xml.comments import FOR_VMSPEC
from vmspec.documents.xml.parser import parse, parse_with_comments
from vmspec.documents.xml.reader import SCHEMA_HINTS
from vmspec.documents.xml.writer import DECLARATION, write
from vmspec.model.element_tree import ElementSchema, root

if TYPE_CHECKING:
    from lxml.etree import _Element

    from vmspec.model.spec import VirtualMachineSpec


def reformat(data: bytes, spec: VirtualMachineSpec, kept: Collection[str]) -> str:
    """Return the canonical text of a document with its comments and its schema hint.

    A comment goes before the element that it stood before, or whose text it stood in; a comment at the end
    of an element stays there. Empty lists are left out, except those at the paths ``kept``.
    """
    source = parse_with_comments(data)
    before, after = list(source.itersiblings(preceding=True)), list(source.itersiblings())
    target = parse(write(spec).encode())
    for name, value in source.items():
        if name in SCHEMA_HINTS:
            target.set(name, value)  # lxml gives its namespace the prefix xsi
    mover = _CommentMover(kept)
    mover.move(source, target, root())
    etree.indent(target)
    for element, comment in mover.in_values:  # an indent would become a part of the value
        element.append(comment)
    pieces = (*reversed(before), target, *after)
    lines = [etree.tostring(piece, encoding="unicode") + "\n" for piece in pieces]
    return DECLARATION + "".join(lines)


@frozen
class _Block:
    """An element with the comments before it, which stay with it."""

    comments: list[_Element]
    element: _Element
    tag: str


class _CommentMover:
    """Moves the comments in elements to the same elements of the canonical tree."""

    def __init__(self, kept: Collection[str]) -> None:
        self.in_values: list[tuple[_Element, _Element]] = []
        """Elements, and comments without effect that stay in their values."""
        self._kept = kept

    def move(self, source: _Element, target: _Element, schema: ElementSchema, path: str = "") -> None:
        """Move the comments in an element."""
        order = list(schema.children)
        blocks, last = _blocks(source)
        counterparts = {tag: iter(target.findall(tag)) for tag in order}
        pending: list[_Element] = []
        for block in sorted(blocks, key=lambda block: order.index(block.tag)):
            inner = schema.children[block.tag]
            where = f"{path}.{inner.step}".removeprefix(".")
            counterpart = next(counterparts[block.tag], None)
            pending += block.comments
            if counterpart is None:
                if not (
                    where in self._kept or _comments_in(block.element) or any(map(_is_for_vmspec, pending))
                ):
                    continue
                counterpart = _restored_wrapper(target, block.tag, order)
            if inner.scalar is None:
                self.move(block.element, counterpart, inner, where)
            else:
                pending += self._moved_from_value(block.element, counterpart)
            for comment in pending:
                comment.tail = None  # text behind a comment in a value; the counterpart has it
                counterpart.addprevious(comment)
            pending = []
        target.extend([*pending, *last])

    def _moved_from_value(self, source: _Element, target: _Element) -> list[_Element]:
        """Return the comments in a value, except those for vmspec that no element follows: these stay."""
        moved: list[_Element] = []
        for comment in _comments_in(source):
            has_effect = next(comment.itersiblings(etree.Element), None) is not None
            if _is_for_vmspec(comment) and not has_effect:
                comment.tail = None
                self.in_values.append((target, comment))
            else:
                moved.append(comment)
        return moved


def _blocks(source: _Element) -> tuple[list[_Block], list[_Element]]:
    """Return the elements in an element with their comments, and the comments after the last one."""
    blocks: list[_Block] = []
    comments: list[_Element] = []
    for child in source:
        if isinstance(child.tag, str):
            blocks.append(_Block(comments, child, child.tag))
            comments = []
        else:
            comments.append(child)
    return blocks, comments


def _comments_in(element: _Element) -> list[_Element]:
    return list(element.iter(etree.Comment, etree.ProcessingInstruction))


def _is_for_vmspec(note: _Element) -> bool:
    is_instruction = isinstance(note, etree._ProcessingInstruction)
    return not is_instruction and FOR_VMSPEC.match(note.text or "") is not None


def _restored_wrapper(target: _Element, tag: str, order: list[str]) -> _Element:
    """Add an empty list, which canonical XML leaves out, for the comments in it."""
    wrapper = etree.Element(tag)
    later = order[order.index(tag) + 1 :]
    following = next((child for child in target if child.tag in later), None)
    if following is None:
        target.append(wrapper)
    else:
        following.addprevious(wrapper)
    return wrapper
