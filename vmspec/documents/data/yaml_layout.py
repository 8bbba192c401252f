"""The comments and blank lines of a YAML document, each at the key or list item that it belongs to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import yaml
from attrs import define, field, frozen
from yaml.events import CollectionEndEvent, CollectionStartEvent, MappingStartEvent, NodeEvent

from vmspec.documents.data.comments import YAMLComment, all_comments, content_span, is_for_vmspec
from vmspec.documents.data.nodes import Path
from vmspec.documents.data.yaml import LOADER
from vmspec.documents.line_index import Span, TextLineIndex

BLANK = ""
"""A blank line among comments."""

_MODELINE = "# yaml-language-server:"

_Notes = dict[Path, list[str]]


def _notes() -> _Notes:
    return defaultdict(list)


@define(eq=False)
class Layout:
    """Comments, and blank lines among them, by the path of a key or list item."""

    header: list[str] = field(factory=list)
    """Comments, directives and markers that stay at the top."""
    before: _Notes = field(factory=_notes)
    at_end: _Notes = field(factory=_notes)
    """Comments at the end of the line on which a key or item begins."""
    after: _Notes = field(factory=_notes)
    """Comments after the last entry of a mapping or list."""
    footer: list[str] = field(factory=list)
    """Comments for vmspec that have no effect."""
    verbatim: dict[Path, str] = field(factory=dict)
    """Flow collections that stay as they are: a suppression is for some of their entries only."""
    suppressed: set[Path] = field(factory=set)
    """Keys and items at which a suppression stands."""
    first_keys: dict[Path, str] = field(factory=dict)
    """The first key of each mapping."""

    @property
    def commented(self) -> set[Path]:
        """Keys and items with comments."""
        every = (self.before, self.at_end, self.after)
        return {path for notes in every for path, found in notes.items() if any(found)}

    @property
    def leading(self) -> set[Path]:
        """First keys of mappings in which a suppression stands at a key.

        A document or a list item begins where its first key does.
        """
        around = {path[:-1] for path in self.suppressed}
        firsts = {(*path, key) for path, key in self.first_keys.items() if path in around}
        return {path for path in firsts if len(path) == 1 or isinstance(path[-2], int)}


def layout_of(text: str) -> Layout:
    """Return the layout of a document that was read."""
    return _Scanner(text).layout()


@frozen
class _Start:
    """The beginning of a key or list item."""

    path: Path
    offset: int
    line: int
    column: int
    """Column of the key, or of the dash of the item."""


@define(eq=False)
class _Collection:
    path: Path
    is_mapping: bool
    is_flow: bool
    offset: int
    column: int
    key: str | None = None
    index: int = 0

    @property
    def step(self) -> str | int:
        """The key or index of the value that comes next."""
        return self.key if self.is_mapping and self.key is not None else self.index


T = TypeVar("T", _Start, YAMLComment)


class _Scanner:
    """Assigns comments and blank lines to keys and items."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._positions = TextLineIndex(text)
        self._result = Layout()
        self._starts: list[_Start] = []
        self._columns: dict[Path, int] = {}
        """The column at which the entries of each block collection begin."""
        self._colons: dict[Path, int] = {}
        """The offset behind the colon of each key."""
        self._values: dict[Path, int] = {}
        """The offset of each scalar."""
        self._scalars: list[Span] = []
        self._flows: list[tuple[int, int, Path]] = []
        """Start, end and path of the flow collections that are not inside others."""
        self._root = 0
        self._read_events()
        self._comments = [*all_comments(text, self._scalars)]
        self._by_line = _grouped(self._starts)
        for comment in self._comments:
            if comment.is_for_vmspec:
                self._result.suppressed.update(start.path for start in self._outermost(comment.target))
        self._opaque = self._find_verbatim()
        self._starts = [start for start in self._starts if not self._is_opaque(start.offset)]
        self._by_line = _grouped(self._starts)
        self._offsets = [start.offset for start in self._starts]

    def layout(self) -> Layout:
        """Return the layout."""
        if () not in self._result.verbatim:
            self._read_body(self._read_header())
        return self._result

    # Events

    def _read_events(self) -> None:
        stack: list[_Collection] = []
        for event in yaml.parse(self._text, Loader=LOADER):
            if isinstance(event, CollectionEndEvent):
                ended = stack.pop()
                if ended.is_flow and not (stack and stack[-1].is_flow):
                    self._flows.append((ended.offset, _index(event.end_mark), ended.path))
                self._end_value(stack)
            elif isinstance(event, NodeEvent):
                self._read_node(event, stack)

    def _read_node(self, event: Any, stack: list[_Collection]) -> None:
        offset = _index(event.start_mark)
        parent = stack[-1] if stack else None
        path = () if parent is None else (*parent.path, parent.step)
        if not isinstance(event, CollectionStartEvent):
            self._scalars.append(content_span(event, self._text))
        if parent is None:
            self._root = offset
        elif parent.is_mapping and parent.key is None:
            parent.key = event.value
            self._add_start((*parent.path, event.value), offset, parent)
            self._result.first_keys.setdefault(parent.path, event.value)
            self._colons[(*parent.path, event.value)] = self._text.find(":", _index(event.end_mark)) + 1
            return
        elif not parent.is_mapping:
            self._add_start(path, offset, parent)
        if isinstance(event, CollectionStartEvent):
            is_flow = bool(event.flow_style)
            column = self._positions.of(offset)[1]
            if not is_flow:
                self._columns[path] = column
            is_mapping = isinstance(event, MappingStartEvent)
            stack.append(_Collection(path, is_mapping, is_flow, offset, column))
        else:
            self._values[path] = offset
            self._end_value(stack)

    def _add_start(self, path: Path, offset: int, parent: _Collection) -> None:
        self._starts.append(_Start(path, offset, self._positions.of(offset)[0], parent.column))

    def _end_value(self, stack: list[_Collection]) -> None:
        if stack:
            stack[-1].key = None
            stack[-1].index += 1

    # Flow collections that stay as they are

    def _find_verbatim(self) -> list[Span]:
        """Find the flow collections of which a suppression concerns only some entries; return their spans."""
        targets = {comment.target for comment in self._comments if comment.is_for_vmspec}
        ends = {comment.line: comment for comment in self._comments if not comment.is_alone}
        spans: list[Span] = []
        for start, end, path in self._flows if targets else ():
            first, last = self._positions.of(start)[0], self._positions.of(end - 1)[0]
            is_split = any(self._outermost(line) for line in targets.intersection(range(first + 1, last + 1)))
            if is_split or (first in targets and (not path or len(self._outermost(first)) > 1)):
                if last in ends and ends[last].offset >= end:
                    end = ends[last].offset + len(ends[last].text)
                begin = self._colons.get(path, start)
                self._result.verbatim[path] = self._text[begin:end].replace("\r\n", "\n")
                spans.append((begin, end))
        return spans

    def _is_opaque(self, offset: int) -> bool:
        """Return True within a flow collection that stays as it is; an item may be one."""
        index = bisect_left(self._opaque, (offset,)) - 1
        return index >= 0 and offset < self._opaque[index][1]

    def _outermost(self, line: int) -> list[_Start]:
        """Return the keys and items that begin on a line, without those inside others of them."""
        found = self._by_line.get(line, [])
        paths = {start.path for start in found}
        return [
            start
            for start in found
            if not any(start.path[:length] in paths for length in range(1, len(start.path)))
        ]

    # Comments and blank lines

    def _read_header(self) -> list[str]:
        """Read what stands before the content; return the comments that belong to the first key."""
        comments = _grouped(comment for comment in self._comments if comment.offset < self._root)
        header, own = self._result.header, list[str]()
        lines = self._text[: self._root].split("\n")
        for number, line in enumerate(lines if lines[-1].strip() else lines[:-1], 1):
            stripped = line.strip()
            if stripped.startswith("%"):
                header.append(stripped)
                continue
            if stripped.startswith("---") or not stripped:
                header += [*own, "---" if stripped else BLANK]
                own.clear()
            for comment in comments.get(number, ()):
                if comment.is_for_vmspec:
                    self._suppress(comment, own)
                elif comment.is_alone and not comment.text.startswith(_MODELINE):
                    own.append(comment.text)
                else:
                    header += [*own, comment.text]
                    own.clear()
        return own

    def _read_body(self, pending: list[str]) -> None:
        """Assign comments and blank lines, which wait in ``pending`` for the key or item below them."""
        comments = _grouped(comment for comment in self._comments if comment.offset >= self._root)
        first = self._positions.of(self._root)[0]
        offset = self._text.rfind("\n", 0, self._root) + 1
        for number, line in enumerate(self._text[offset:].split("\n"), first):
            starts = self._by_line.get(number, [])
            if not line.strip() and not self._is_in_scalar(offset) and not self._is_opaque(offset):
                pending.append(BLANK)
            if starts:
                self._result.before[starts[0].path] += pending
                pending = []
            for comment in comments.get(number, ()):
                if not self._is_opaque(comment.offset):
                    pending = self._assign(comment, pending, starts)
            offset += len(line) + 1
        while pending and pending[-1] == BLANK:
            pending.pop()
        self._result.after[()] += pending

    def _assign(self, comment: YAMLComment, pending: list[str], starts: Sequence[_Start]) -> list[str]:
        """Assign a comment, or add it to those that wait; return what waits."""
        if comment.is_for_vmspec:
            self._suppress(comment, pending)
            return pending
        if not comment.is_alone:
            start = self._start_for_end(comment, starts)
            self._result.at_end[start.path].append(comment.text)
            return pending
        index = bisect_left(self._offsets, comment.offset)
        if index and self._values.get(self._starts[index - 1].path, 0) > comment.offset:
            self._result.before[self._starts[index - 1].path].append(comment.text)
            return pending
        around = self._collection_before(comment, index)
        if around is None:
            return [*pending, comment.text]
        self._result.after[around] += [*(note for note in pending if not is_for_vmspec(note)), comment.text]
        return [note for note in pending if is_for_vmspec(note)]

    def _suppress(self, comment: YAMLComment, pending: list[str]) -> None:
        """Assign a comment for vmspec: it has an effect on a line, and must not have any on another one."""
        outermost = self._outermost(comment.target)
        if not outermost:
            self._result.footer.append(comment.text)
        elif comment.is_alone:
            pending.append(comment.text)
        else:
            self._result.at_end[outermost[0].path].append(comment.text)

    def _start_for_end(self, comment: YAMLComment, starts: Sequence[_Start]) -> _Start:
        """Return the key or item of a comment at the end of a line: the last one outside of brackets."""
        before = [start for start in starts if start.offset < comment.offset]
        outside = [start for start in before if self._flow_at(start.offset) is None]
        if outside:
            return outside[-1]
        return self._starts[max(bisect_left(self._offsets, comment.offset) - 1, 0)]

    def _collection_before(self, comment: YAMLComment, index: int) -> Path | None:
        """Return the collection that a comment ends, or None if it belongs to the next key or item."""
        following = self._starts[index] if index < len(self._starts) else None
        flow = self._flow_at(comment.offset)
        if flow is not None:
            _, end, path = flow
            return None if following is not None and following.offset < end else path
        is_behind_dash = "-" in self._text[comment.offset - comment.column + 1 : comment.offset]
        if not index or is_behind_dash:
            return None
        column = following.column if following is not None else 0
        path = self._starts[index - 1].path
        around = [
            path[:length]
            for length in range(len(path))
            if column < self._columns.get(path[:length], 0) <= comment.column
        ]
        return around[-1] if around else None

    def _flow_at(self, offset: int) -> tuple[int, int, Path] | None:
        index = bisect_left(self._flows, (offset,)) - 1
        return self._flows[index] if index >= 0 and offset < self._flows[index][1] else None

    def _is_in_scalar(self, offset: int) -> bool:
        index = bisect_right(self._scalars, (offset, len(self._text)))
        if not index:
            return False
        start, end = self._scalars[index - 1]
        if self._text.startswith("\n", start) and not self._keeps_end(start):
            end = start + len(self._text[start:end].rstrip())
        return start < offset < end

    def _keeps_end(self, start: int) -> bool:
        """Return True if the header of a block says that blank lines at its end belong to it."""
        header = self._text[self._text.rfind("\n", 0, start) + 1 : start].partition("#")[0]
        return "+" in header.split()[-1]


def _grouped(items: Iterable[T]) -> dict[int, list[T]]:
    """Return items by their lines."""
    groups: dict[int, list[T]] = defaultdict(list)
    for item in items:
        groups[item.line].append(item)
    return groups


def _index(mark: Any) -> int:
    return int(mark.index)
