"""Reads YAML as nodes with their offsets, by events and without any constructor.

Every scalar stays a string, and types come from the model: a tag ``no`` is the string "no".
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from vmspec import codes
from vmspec.documents.data.nodes import (
    MAX_DEPTH,
    MAX_NODES,
    DataNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    too_large,
)
from vmspec.documents.limits import malformed
from vmspec.documents.line_index import LineIndex, TextLineIndex
from vmspec.errors import MalformedDocumentError

_HAS_VALUE = re.compile(r":[ \t]")
_NULL = re.compile(r"|~|null|Null|NULL")

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str) -> DataNode:
    """Return the nodes of a YAML text.

    Raises MalformedDocumentError, also for what is not read: tags, anchors, aliases, a second document.
    """
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(text, error) from None
    except yaml.YAMLError as error:
        offset = getattr(error, "position", 0)  # libyaml counts bytes here
        position = LineIndex(text.encode()).of(offset)
        raise malformed(codes.MALFORMED, "not YAML: a character it cannot hold", position) from None


def _syntax_error(text: str, error: yaml.MarkedYAMLError) -> MalformedDocumentError:
    """Return the error for a text that libyaml rejects, with what to write instead."""
    mark: Any = error.problem_mark or error.context_mark
    index = mark.index if mark else 0
    problem, context = error.problem or error.context or "", error.context or ""
    if "nesting depth" in problem:  # PyYAML 6.0.4 looks ahead along a line to its own limit
        return too_large(TextLineIndex(text).of(index))
    line = text[text.rfind("\n", 0, index) + 1 : index]
    above = text[: index - len(line)].rstrip().rpartition("\n")[2]
    message, hint = f"not YAML: {problem}", None
    if text[index : index + 1] == "\t":
        hint = "indent with spaces"
    elif problem.startswith("found character that cannot start"):
        hint = "put the value in quotes"
    elif problem.startswith("mapping values"):
        if _HAS_VALUE.search(line):
            hint = "put a value with a colon in quotes"
        elif _HAS_VALUE.search(above):
            hint = "indent it as the line above"
        elif above:
            index = text.rindex(above, 0, index) + len(above) - len(above.lstrip())
            message, hint = "not YAML: a key without a value", "put a colon and a space after the key"
    elif problem == "did not find expected key":
        hint = "put the whole value in quotes" if line.strip() else "indent it as the keys beside it"
    elif problem == "found unexpected end of stream" and error.context_mark and "quoted" in context:
        index = error.context_mark.index
        message, hint = "not YAML: a quote that is not closed", f"close it with {text[index]}"
    elif problem.startswith("did not find expected ',' or") and error.context_mark:
        index, closing = error.context_mark.index, problem[-2]
        message = "not YAML: a bracket that is not closed, or a missing comma"
        hint = f"close it with {closing}, or put a comma between its items"
    elif problem == "found unknown escape character":
        hint = r"write \\ for \, or use single quotes"
    return malformed(codes.MALFORMED, message, TextLineIndex(text).of(index), hint)


class _Builder:
    """Puts events together; each open sequence or mapping is a frame, so depth costs no recursion.

    Only the index of a mark is used: its line counts NEL, U+2028 and U+2029 as ends of a line, which
    editors do not.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._nodes = self._documents = 0

    def document(self) -> DataNode:
        root: DataNode | None = None
        frames: list[tuple[Event, list[DataNode]]] = []
        for event in yaml.parse(self._text, Loader=LOADER):
            self._check(event, len(frames))
            match event:
                case ScalarEvent():
                    node: DataNode = _scalar(event)
                case MappingStartEvent() | SequenceStartEvent():
                    frames.append((event, []))
                    continue
                case MappingEndEvent() | SequenceEndEvent():
                    node = self._collection(*frames.pop(), event)
                case _:
                    continue
            if frames:
                frames[-1][1].append(node)
            else:
                root = node
        if root is None:
            raise malformed(codes.MALFORMED, "the document is empty", (1, 1))
        return root

    def _check(self, event: Event, depth: int) -> None:
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._unsupported("a second YAML document", event, "keep one spec a file")
        if not isinstance(event, NodeEvent):
            return
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise too_large(TextLineIndex(self._text).of(_start(event)))
        if isinstance(event, AliasEvent):
            raise self._unsupported("a YAML alias", event, "write the value out")
        if event.anchor is not None:
            raise self._unsupported("a YAML anchor", event, "leave it out")
        if getattr(event, "tag", None) is not None:
            raise self._unsupported("a YAML tag", event, "types come from the format; leave it out")

    def _collection(self, event: Event, nodes: list[DataNode], end: Event) -> DataNode:
        if isinstance(event, SequenceStartEvent):
            return SequenceNode(tuple(nodes), _start(event), _end(end))
        entries: list[tuple[ScalarNode, DataNode]] = []
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                is_template = self._text.startswith("{", key.start)
                hint = "put text with braces in quotes" if is_template else None
                raise self._unsupported("a key that is not a single value", key.start, hint)
            entries.append((key, value))
        return MappingNode(tuple(entries), _start(event), _end(end))

    def _unsupported(self, message: str, where: Event | int, hint: str | None) -> MalformedDocumentError:
        offset = where if isinstance(where, int) else _start(where)
        return malformed(codes.UNSUPPORTED, message, TextLineIndex(self._text).of(offset), hint)


def _start(event: Event) -> int:
    mark: Any = event.start_mark
    return int(mark.index)


def _end(event: Event) -> int:
    mark: Any = event.end_mark
    return int(mark.index)


def _scalar(event: ScalarEvent) -> ScalarNode:
    is_plain = event.style in (None, "")
    kind = "null" if is_plain and _NULL.fullmatch(event.value) else "untyped"
    return ScalarNode(event.value, kind, _start(event), _end(event))
