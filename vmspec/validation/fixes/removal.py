"""Removal of one item of a list or mapping in JSON or YAML, with its comma or its lines."""

from __future__ import annotations

from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.line_index import Span


def removal(text: str, parent: MappingNode | SequenceNode, index: int) -> Span | None:
    """Return the span to remove for an item that is not the first; None if a comment would be lost."""
    if index == 0:
        return None
    if text[parent.start : parent.start + 1] in ("{", "["):
        span = end_of(text, _last_node(parent, index - 1)), end_of(text, _last_node(parent, index))
    else:
        found = _lines(text, parent, index)
        if found is None:
            return None
        span = found
    return None if "#" in text[slice(*span)] else span


def _last_node(parent: MappingNode | SequenceNode, index: int) -> DataNode:
    return parent.entries[index][1] if isinstance(parent, MappingNode) else parent.items[index]


def _lines(text: str, parent: MappingNode | SequenceNode, index: int) -> Span | None:
    """Return the lines of an item in block style; None if they hold anything else."""
    first = parent.entries[index][0] if isinstance(parent, MappingNode) else parent.items[index]
    start = text.rfind("\n", 0, first.start) + 1
    before = text[start : first.start].strip()
    if before != ("" if isinstance(parent, MappingNode) else "-"):
        return None
    last = end_of(text, _last_node(parent, index))
    end = text.find("\n", last)
    if end < 0:
        return max(start - 1, 0), len(text)
    return None if text[last:end].strip() else (start, end + 1)


def end_of(text: str, node: DataNode) -> int:
    """Return the offset behind a node."""
    if isinstance(node, ScalarNode):
        end = node.end
        return end if text[node.start : node.start + 1] not in ("|", ">") else len(text[:end].rstrip("\n"))
    closing = {"{": "}", "[": "]"}.get(text[node.start : node.start + 1])
    last = [value for _, value in node.entries] if isinstance(node, MappingNode) else [*node.items]
    end = end_of(text, last[-1]) if last else node.start + 1
    return text.index(closing, end) + 1 if closing is not None else end
