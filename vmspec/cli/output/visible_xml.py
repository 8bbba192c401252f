"""What may be shown of XML: tags, and the text of elements that are known and not secret.

Where an element holds what it cannot, or an end tag closes none that is open, an end tag was misspelt or
left out: what follows may belong to any element around, and is taken for part of the one in which the
least may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from vmspec.cli.output.visible import Marks
from vmspec.documents.messages import did_you_mean
from vmspec.documents.xml.limits import LIMITS
from vmspec.model.element_tree import ElementSchema, root
from vmspec.model.spec import ROOT_TAG

_NAME = r"[^\s<>/=\"']+"
_APART = r"!--.*?(?:-->|\Z)|!\[CDATA\[.*?(?:\]\]>|\Z)"
_TAG = rf"(?P<end>/?)(?P<tag>{_NAME})(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>"
_TOKEN = re.compile(rf"<(?:{_APART}|\?.*?(?:\?>|\Z)|!(?:DOCTYPE)?|{_TAG})", re.DOTALL)
_CLOSING = re.compile(rf"<(?:{_APART}|/(?P<tag>{_NAME}))", re.DOTALL)
_ATTRIBUTE = re.compile(rf"(?P<name>\s*+{_NAME}+\s*+=\s*+)(?P<value>\"[^\"]*\"|'[^']*')")


class _Open(NamedTuple):
    """An element that is open, not a secret one."""

    tag: str
    node: ElementSchema | None
    """None where nothing in it can be secret."""
    shown: bool
    """Whether its text and its attributes may be shown."""


def visible_xml(text: str) -> Marks:
    """What may be shown of an XML document, well formed or not."""
    marks = Marks(len(text))
    stack: list[_Open] = []
    position = 0
    while found := _TOKEN.search(text, position):
        shown = bool(stack) and stack[-1].shown
        between, (start, position) = position, found.span()
        tag, is_end = found.group("tag", "end")
        if tag is None:
            if shown:
                marks.show(between, start)
            _mark_apart(found, marks, shown=shown)
        elif is_end:
            marks.show(between if shown else start, found.end("tag"))
            marks.show(position - 1, position)
            _close(stack, tag)
        else:
            if shown:
                marks.show(between, start)
            opened = _open(stack, tag)
            _mark_tag(found, marks, opened)
            if text.startswith("/>", position - 2):
                continue
            if opened is None:
                position = _end_of(tag, text, position)
            elif len(stack) <= LIMITS.depth:
                stack.append(opened)
            else:
                break
    return marks


def _mark_apart(found: re.Match[str], marks: Marks, *, shown: bool) -> None:
    """The declaration, and comments and CDATA where text is shown; unless more markup is in them."""
    token = found[0]
    if token.startswith(("<?xml ", "<!DOCTYPE")):
        shown = True
    if shown and "<" not in token[1:]:
        marks.show(*found.span())


def _open(stack: list[_Open], tag: str) -> _Open | None:
    """The element that begins; None where all in it is hidden."""
    if not stack:
        return _opened(tag, root()) if tag == ROOT_TAG else None
    above = stack[-1].node
    if above is not None and above.scalar is not None:
        if above.nested and tag == above.tag:
            return _opened(tag, ElementSchema(tag, "", scalar=above.scalar))
        _distrust(stack)
        above = stack[-1].node
    node = above.children.get(tag) if above is not None else None
    node = node or _secretive_nodes().get(tag)
    if node is not None:
        return None if node.secret else _opened(tag, node)
    if (above is not None and _holds_secret(above)) or did_you_mean(tag, _secretive_nodes()):
        return None
    return _Open(tag, None, shown=True)


def _opened(tag: str, node: ElementSchema) -> _Open:
    return _Open(tag, node, shown=node.scalar is not None or not _holds_secret(node))


def _close(stack: list[_Open], tag: str) -> None:
    if stack and stack[-1].tag == tag:
        stack.pop()
    elif any(opened.tag == tag for opened in stack):
        while stack.pop().tag != tag:
            pass
    else:
        _distrust(stack)


def _distrust(stack: list[_Open]) -> None:
    """Leaves what cannot hold a secret; the root holds one, and is not left."""
    while len(stack) > 1 and (stack[-1].node is None or not _holds_secret(stack[-1].node)):
        stack.pop()


def _mark_tag(found: re.Match[str], marks: Marks, opened: _Open | None) -> None:
    """A tag with its attributes; beside a secret the values only of those that the grammar knows."""
    if opened is not None and opened.shown:
        marks.show(*found.span())
        return
    marks.show(found.start(), found.end("tag"))
    marks.show(found.end() - (2 if found[0].endswith("/>") else 1), found.end())
    position = found.end("tag")
    while attribute := _ATTRIBUTE.match(found.string, position, found.end()):
        position = attribute.end()
        name = attribute["name"].rstrip("= \t\r\n").lstrip()
        if name in _attribute_names() or name.startswith("xmlns"):
            marks.show(*attribute.span())


def _end_of(tag: str, text: str, position: int) -> int:
    """Where the closing tag of an element begins; the end of the text where there is none."""
    while found := _CLOSING.search(text, position):
        if found["tag"] == tag:
            return found.start()
        position = found.end()
    return len(text)


@cache
def _holds_secret(node: ElementSchema) -> bool:
    return node.secret or any(_holds_secret(child) for child in node.children.values())


@cache
def _secretive_nodes() -> dict[str, ElementSchema]:
    """The elements that hold secrets, by tag; they do so too where they do not belong."""
    return {node.tag: node for node in _nodes() if _holds_secret(node)}


@cache
def _attribute_names() -> frozenset[str]:
    return frozenset(name for node in _nodes() for name in node.attributes)


def _nodes() -> Iterator[ElementSchema]:
    waiting = [root()]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children.values())
