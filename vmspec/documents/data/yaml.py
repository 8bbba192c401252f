"""YAML to nodes with places, by events and without any constructor; plain data to YAML.

Every scalar stays text, and types come from the model: a tag ``no`` is the text "no".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
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
    DEPTH,
    NODES,
    DataNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    refusal,
    too_large,
)
from vmspec.documents.line_index import LineIndex, TextLineIndex

_NULL = re.compile(r"|~|null|Null|NULL")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TEXT = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*", re.ASCII)
_OTHER_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
"""What YAML 1.1 takes for an end of line too: in a block it would be read as LF, in quotes it is escaped."""
_WORDS_OF_YAML = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def read(text: str) -> DataNode:
    """The nodes of a YAML text; raises MalformedDocumentError, also for what is not read (tags, aliases)."""
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = TextLineIndex(text).of(mark.index) if mark else (1, 1)
        if "nesting depth" in (error.problem or ""):  # PyYAML 6.0.4 looks ahead along a line to its own limit
            raise too_large(line, column) from None
        hint = "indent with spaces" if mark and text[mark.index : mark.index + 1] == "\t" else None
        raise refusal(f"not YAML: {error.problem or error.context}", line, column, hint) from None
    except yaml.YAMLError as error:
        offset = getattr(error, "position", 0)  # libyaml counts bytes here
        line, column = LineIndex(text.encode()).of(offset)
        raise refusal("not YAML: a character it cannot hold", line, column) from None


class _Builder:
    """Puts events together; each open list or mapping is a frame, so depth costs no recursion.

    Places are worked out from the index of a mark: its line counts NEL, U+2028 and U+2029 as ends of
    a line, which editors do not.
    """

    def __init__(self, text: str) -> None:
        self._events: Iterator[Event] = yaml.parse(text, Loader=_Loader)
        self._places = TextLineIndex(text)
        self._nodes = self._documents = 0

    def document(self) -> DataNode:
        root: DataNode | None = None
        frames: list[tuple[Event, list[DataNode]]] = []
        for event in self._events:
            self._check(event, len(frames))
            match event:
                case ScalarEvent():
                    node: DataNode = self._scalar(event)
                case MappingStartEvent() | SequenceStartEvent():
                    frames.append((event, []))
                    continue
                case MappingEndEvent() | SequenceEndEvent():
                    node = self._collection(*frames.pop())
                case _:
                    continue
            if frames:
                frames[-1][1].append(node)
            else:
                root = node
        if root is None:
            raise refusal("an empty document", 1, 1)
        return root

    def _check(self, event: Event, depth: int) -> None:
        line, column = self._place(event)
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise refusal(
                    "a second YAML document", line, column, "keep one spec a file", codes.UNSUPPORTED
                )
        if not isinstance(event, NodeEvent):
            return
        self._nodes += 1
        if self._nodes > NODES or depth > DEPTH:
            raise too_large(line, column)
        if isinstance(event, AliasEvent):
            raise refusal("a YAML alias", line, column, "write the value out", codes.UNSUPPORTED)
        if event.anchor is not None:
            raise refusal("a YAML anchor", line, column, "leave it out", codes.UNSUPPORTED)
        if getattr(event, "tag", None) is not None:
            raise refusal(
                "a YAML tag",
                line,
                column,
                "types come from the format; leave it out",
                codes.UNSUPPORTED,
            )

    def _place(self, event: Event) -> tuple[int, int]:
        mark: Any = event.start_mark
        return self._places.of(mark.index)

    def _scalar(self, event: ScalarEvent) -> ScalarNode:
        plain = event.style in (None, "")
        kind = "null" if plain and _NULL.fullmatch(event.value) else "any"
        return ScalarNode(event.value, kind, *self._place(event))

    def _collection(self, event: Event, nodes: list[DataNode]) -> DataNode:
        if isinstance(event, SequenceStartEvent):
            return SequenceNode(tuple(nodes), *self._place(event))
        entries: list[tuple[ScalarNode, DataNode]] = []
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                raise refusal("a key that is no plain text", key.line, key.column, None, codes.UNSUPPORTED)
            entries.append((key, value))
        return MappingNode(tuple(entries), *self._place(event))


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key; text quoted wherever some reader might take it for another type."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if "\n" in text and not _OTHER_LINE_ENDS.search(text):
        style: str | None = "|"
    elif _PLAIN_TEXT.fullmatch(text) and text.lower() not in _WORDS_OF_YAML:
        style = None
    else:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def write(data: object) -> str:
    """YAML in block style, two spaces, no line folded, with a final LF."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=math.inf
    )
    return text
