"""Finds one field of a YAML document that was read, from the events of libyaml up to that field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from vmspec.documents.data.locator import steps_of

_Loader: Any = getattr(yaml, "CBaseLoader", None)
_STARTS, _ENDS = (MappingStartEvent, SequenceStartEvent), (MappingEndEvent, SequenceEndEvent)

NextEvent = Callable[[], Any]


def offset_of(text: str, path: str) -> int | None:
    """Return the offset of a field, or of the nearest one around it; None if this reader cannot tell."""
    if _Loader is None:
        return None
    next_event: NextEvent = _Loader(text).get_event
    _stream, _document, node = next_event(), next_event(), next_event()
    offset: int = node.start_mark.index
    steps = [*steps_of(path)]
    for number, step in enumerate(steps):
        if step.item is not None:
            node = _item(next_event, node, step.item)
            key = node
        else:
            key, node = _entry(next_event, node, step.keys)
        if key is None:
            return offset
        offset = key.start_mark.index
        if step.is_inline and number < len(steps) - 1:
            return None
    return offset


def _item(next_event: NextEvent, node: Any, index: int) -> Any:
    """Return the first event of an item of a list; None without one."""
    if type(node) is not SequenceStartEvent:
        return None
    while type(event := next_event()) is not SequenceEndEvent:
        if index == 0:
            return event
        _skip(next_event, event)
        index -= 1
    return None


def _entry(next_event: NextEvent, node: Any, keys: Any) -> tuple[Any, Any]:
    """Return the first events of an entry of a mapping, of key and value; None for both without one."""
    if type(node) is not MappingStartEvent:
        return None, None
    while type(key := next_event()) is not MappingEndEvent:
        value = next_event()
        if type(key) is ScalarEvent and key.value in keys:
            return key, value
        _skip(next_event, value)
    return None, None


def _skip(next_event: NextEvent, event: Any) -> None:
    """Take the events of a value, of which this is the first."""
    depth = int(isinstance(event, _STARTS))
    while depth > 0:
        event = next_event()
        depth += isinstance(event, _STARTS) - isinstance(event, _ENDS)
