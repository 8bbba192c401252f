"""The comments and blank lines of a YAML document, each at the key or list item that it belongs to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from attrs import define, field

from vmspec.documents.data.nodes import DataNode, Path
from vmspec.documents.data.yaml.comments import YAMLComment, all_comments, is_for_vmspec, scalar_spans
from vmspec.documents.data.yaml.places import Places, Start, outermost
from vmspec.documents.line_index import Span

BLANK = ""
"""A blank line among comments."""

_MODELINE = "# yaml-language-server:"

Notes = dict[Path, list[str]]


def _notes() -> Notes:
    return defaultdict(list)


@define(eq=False)
class Layout:
    """Comments, and blank lines among them, by the path of a key or list item."""

    header: list[str] = field(factory=list)
    """Comments, directives and markers that stay at the top."""
    before: Notes = field(factory=_notes)
    at_end: Notes = field(factory=_notes)
    """Comments at the end of the line on which a key or item begins."""
    after: Notes = field(factory=_notes)
    """Comments after the last entry of a mapping or list."""
    footer: list[str] = field(factory=list)
    """Comments for vmspec that have no effect."""
    verbatim: dict[Path, str] = field(factory=dict)
    """Values in brackets that stay as they are: a suppression is for some of their entries only."""
    suppressed: set[Path] = field(factory=set)
    """Keys and items at which a suppression stands."""
    first_keys: dict[Path, str] = field(factory=dict)

    @property
    def commented(self) -> set[Path]:
        """Keys and items with comments."""
        every = (self.before, self.at_end, self.after)
        return {path for notes in every for path, found in notes.items() if any(found)}

    @property
    def leading(self) -> set[Path]:
        """First keys of documents and list items in which a suppression stands at a key.

        A document or a list item begins where its first key does.
        """
        around = {path[:-1] for path in self.suppressed}
        firsts = {(*path, key) for path, key in self.first_keys.items() if path in around}
        return {path for path in firsts if len(path) == 1 or isinstance(path[-2], int)}


def layout_of(node: DataNode, text: str) -> Layout:
    """Return the layout of a document that was read, given its nodes."""
    builder = _Builder(node, text)
    if () not in builder.layout.verbatim:
        builder.read_body(builder.read_header())
    return builder.layout


class _Builder:
    """Assigns comments and blank lines to keys and items."""

    def __init__(self, node: DataNode, text: str) -> None:
        self._text = text
        self._root = node.start
        self._places = Places(node, text)
        self._scalars = scalar_spans(node, text)
        self._comments = [*all_comments(text, self._scalars)]
        self._by_line = _grouped(self._places.starts)
        self.layout = Layout(first_keys=self._places.first_keys)
        for comment in self._comments:
            if comment.is_for_vmspec:
                self.layout.suppressed.update(start.path for start in self._targets_of(comment.target))
        self._opaque = self._find_verbatim()
        self._starts = [start for start in self._places.starts if not self._is_opaque(start.offset)]
        self._by_line = _grouped(self._starts)
        self._offsets = [start.offset for start in self._starts]

    def _targets_of(self, line: int) -> list[Start]:
        return outermost(self._by_line.get(line, []))

    # Brackets that stay as they are

    def _find_verbatim(self) -> list[Span]:
        """Find values in brackets of which a suppression concerns only some entries; return their spans."""
        targets = {comment.target for comment in self._comments if comment.is_for_vmspec}
        ends = {comment.line: comment for comment in self._comments if not comment.is_alone}
        spans: list[Span] = []
        for brackets in self._places.brackets if targets else ():
            first, *others = self._places.lines_of(brackets)
            is_split = any(self._targets_of(line) for line in targets.intersection(others))
            has_several = first in targets and (not brackets.path or len(self._targets_of(first)) > 1)
            if is_split or has_several:
                start, end = self._places.colons.get(brackets.path, brackets.start), brackets.end
                behind = ends.get(others[-1] if others else first)
                if behind is not None and behind.offset >= end:
                    end = behind.offset + len(behind.text)
                self.layout.verbatim[brackets.path] = self._text[start:end].replace("\r\n", "\n")
                spans.append((start, end))
        return spans

    def _is_opaque(self, offset: int) -> bool:
        """Return True within brackets that stay as they are; a list item may begin with them."""
        index = bisect_left(self._opaque, (offset,)) - 1
        return index >= 0 and offset < self._opaque[index][1]

    # Comments and blank lines

    def read_header(self) -> list[str]:
        """Read what stands before the content; return the comments that belong to the first key."""
        comments = _grouped(comment for comment in self._comments if comment.offset < self._root)
        header, own = self.layout.header, list[str]()
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

    def read_body(self, pending: list[str]) -> None:
        """Assign comments and blank lines, which wait in ``pending`` for the key or item below them."""
        comments = _grouped(comment for comment in self._comments if comment.offset >= self._root)
        offset = self._text.rfind("\n", 0, self._root) + 1
        for number, line in enumerate(self._text[offset:].split("\n"), self._text.count("\n", 0, offset) + 1):
            starts = self._by_line.get(number, [])
            if not line.strip() and not self._is_in_scalar(offset) and not self._is_opaque(offset):
                pending.append(BLANK)
            if starts:
                self.layout.before[starts[0].path] += pending
                pending = []
            for comment in comments.get(number, ()):
                if not self._is_opaque(comment.offset):
                    pending = self._assign(comment, pending, starts)
            offset += len(line) + 1
        while pending and pending[-1] == BLANK:
            pending.pop()
        self.layout.after[()] += pending

    def _assign(self, comment: YAMLComment, pending: list[str], starts: Sequence[Start]) -> list[str]:
        """Assign a comment, or add it to those that wait; return what waits."""
        if comment.is_for_vmspec:
            self._suppress(comment, pending)
            return pending
        if not comment.is_alone:
            self.layout.at_end[self._start_for_end(comment, starts).path].append(comment.text)
            return pending
        index = bisect_left(self._offsets, comment.offset)
        last = self._starts[index - 1].path if index else ()
        if self._places.scalars.get(last, 0) > comment.offset:  # between a key and its value
            self.layout.before[last].append(comment.text)
            return pending
        around = self._collection_before(comment, index)
        if around is None:
            return [*pending, comment.text]
        self.layout.after[around] += [*(note for note in pending if not is_for_vmspec(note)), comment.text]
        return [note for note in pending if is_for_vmspec(note)]

    def _suppress(self, comment: YAMLComment, pending: list[str]) -> None:
        """Assign a comment for vmspec: it has an effect on a line, and must not have any on another one."""
        targets = self._targets_of(comment.target)
        if not targets:
            self.layout.footer.append(comment.text)
        elif comment.is_alone:
            pending.append(comment.text)
        else:
            self.layout.at_end[targets[0].path].append(comment.text)

    def _start_for_end(self, comment: YAMLComment, starts: Sequence[Start]) -> Start:
        """Return the key or item of a comment at the end of a line.

        It is the last one before it, but not one within brackets that are closed again.
        """
        before = [start for start in starts if start.offset < comment.offset]
        if self._places.brackets_at(comment.offset) is None:
            before = [start for start in before if self._places.brackets_at(start.offset) is None]
        if before:
            return before[-1]
        return self._starts[max(bisect_left(self._offsets, comment.offset) - 1, 0)]

    def _collection_before(self, comment: YAMLComment, index: int) -> Path | None:
        """Return the collection that a comment ends, or None if it belongs to the next key or item."""
        following = self._starts[index] if index < len(self._starts) else None
        brackets = self._places.brackets_at(comment.offset)
        if brackets is not None:
            return None if following is not None and following.offset < brackets.end else brackets.path
        is_behind_dash = "-" in self._text[comment.offset - comment.column + 1 : comment.offset]
        if not index or is_behind_dash:
            return None
        column = following.column if following is not None else 0
        path = self._starts[index - 1].path
        around = [
            path[:length]
            for length in range(len(path))
            if column < self._places.columns.get(path[:length], 0) <= comment.column
        ]
        return around[-1] if around else None

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


T = TypeVar("T", Start, YAMLComment)


def _grouped(items: Iterable[T]) -> dict[int, list[T]]:
    """Return items by their lines."""
    groups: dict[int, list[T]] = defaultdict(list)
    for item in items:
        groups[item.line].append(item)
    return groups
