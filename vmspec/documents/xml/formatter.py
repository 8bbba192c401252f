"""Layout: the canonical text of a document, with what people wrote into it beside the spec.

Comments and processing instructions, here called notes, are moved from the source's tree into the
tree of the spec's canonical text, each before the element that it stood before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from lxml import etree

from vmspec.documents.xml.parser import parse, parse_with_comments
from vmspec.documents.xml.reader import SCHEMA_HINTS
from vmspec.documents.xml.writer import DECLARATION, write
from vmspec.model.element_tree import ElementSchema, root

if TYPE_CHECKING:
    from lxml.etree import _Element

    from vmspec.model.spec import VirtualMachineSpec


def reformat(data: bytes, spec: VirtualMachineSpec) -> str:
    """Return the canonical text of a document with its comments and its schema hint.

    A comment goes before the element it stood before, or the one whose text it stood in; one at the
    end of an element stays there. Without any of these it is the canonical text of the spec.
    """
    source = parse_with_comments(data)
    before, after = list(source.itersiblings(preceding=True)), list(source.itersiblings())
    target = parse(write(spec).encode())
    for name, value in source.items():
        if name in SCHEMA_HINTS:
            target.set(name, value)  # lxml gives its namespace the prefix xsi
    _move_notes(source, target, root())
    etree.indent(target)
    pieces = (*reversed(before), target, *after)
    lines = [etree.tostring(piece, encoding="unicode") + "\n" for piece in pieces]
    return DECLARATION + "".join(lines)


@frozen
class _Block:
    """An element with the notes before it, which stay with it wherever it goes."""

    notes: list[_Element]
    element: _Element
    tag: str


def _move_notes(source: _Element, target: _Element, node: ElementSchema) -> None:
    """Moves the notes in an element to its twin in the canonical tree."""
    order = list(node.children)
    blocks, last = _blocks(source)
    twins = {tag: iter(target.findall(tag)) for tag in order}
    waiting: list[_Element] = []
    for block in sorted(blocks, key=lambda block: order.index(block.tag)):
        inner = node.children[block.tag]
        twin = next(twins[block.tag], None)
        waiting += block.notes
        if twin is None:
            if not _notes_in(block.element):
                continue
            twin = _kept_wrapper(target, block.tag, order)
        if inner.scalar is None:
            _move_notes(block.element, twin, inner)
        else:
            waiting += _notes_in(block.element)
        for note in waiting:
            note.tail = None  # in a value it is text, which the twin has already
            twin.addprevious(note)
        waiting = []
    target.extend([*waiting, *last])


def _blocks(source: _Element) -> tuple[list[_Block], list[_Element]]:
    """The elements in an element with their notes, and the notes after the last one."""
    blocks: list[_Block] = []
    notes: list[_Element] = []
    for child in source:
        if isinstance(child.tag, str):
            blocks.append(_Block(notes, child, child.tag))
            notes = []
        else:
            notes.append(child)
    return blocks, notes


def _notes_in(element: _Element) -> list[_Element]:
    return list(element.iter(etree.Comment, etree.ProcessingInstruction))


def _kept_wrapper(target: _Element, tag: str, order: list[str]) -> _Element:
    """An empty list, which canonical XML leaves out, put back for the notes in it."""
    wrapper = etree.Element(tag)
    later = order[order.index(tag) + 1 :]
    following = next((child for child in target if child.tag in later), None)
    if following is None:
        target.append(wrapper)
    else:
        following.addprevious(wrapper)
    return wrapper
