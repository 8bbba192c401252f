"""What may be shown of YAML.

Where it cannot be read on, all that follows is hidden, and so is a text in quotes right before: a quote
may be missing there. Comments are hidden, and beside a secret plain texts that go on in another line: a
colon may be missing there.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml import events

from vmspec.cli.output.sight import Astray, Frames
from vmspec.cli.output.visible import Marks
from vmspec.documents.data.nodes import NODES

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def visible_yaml(text: str) -> Marks:
    """What may be shown of a YAML document, well formed or not."""
    marks, frames, done = Marks(len(text)), Frames(), 0
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    quoted = (0, 0)
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
            start, end = (_offset(starts, mark) for mark in (event.start_mark, event.end_mark))
            if count > 2 * NODES:
                break
            seen = _seen(frames, event, text[start:end])
            if seen == end - start:
                end += text.startswith(":", end)
                seen = end - start
            if seen or start == end:
                _show_bullets(text, marks, done, start)
                marks.show(start, start + seen)
            done = max(done, end)
            quoted = (start, end) if getattr(event, "style", None) in ("'", '"') else (0, 0)
    except (yaml.YAMLError, Astray):
        marks.hide(*quoted)
    return marks


def _offset(starts: list[int], mark: Any) -> int:
    """Where a mark is in the text; libyaml may end a text on a line that is not there."""
    return int(starts[min(mark.line, len(starts) - 1)] + mark.column)


def _seen(frames: Frames, event: events.Event, source: str) -> int:
    """How many characters of an event may be shown, from its start."""
    if (getattr(event, "anchor", None) or getattr(event, "tag", None)) and not frames.scalar():
        raise Astray  # what stands before a value is as secret, and such a document is not read
    match event:
        case events.ScalarEvent() if frames.awaits_key:
            visible = frames.key(event.value)
            if visible == event.value:
                return len(source)
            return len(visible) if source.startswith(visible) else 0
        case events.ScalarEvent() | events.AliasEvent():
            shown = frames.scalar() and not (_goes_on(event) and frames.beside_secret)
            frames.next()
            return len(source) if shown else 0
        case events.MappingStartEvent() | events.SequenceStartEvent():
            frames.enter(is_mapping=isinstance(event, events.MappingStartEvent))
        case events.MappingEndEvent() | events.SequenceEndEvent():
            frames.leave(is_mapping=isinstance(event, events.MappingEndEvent))
            frames.next()
    return len(source)


def _goes_on(event: events.Event) -> bool:
    """Whether a plain text goes on in another line."""
    if getattr(event, "style", None) not in ("", None):
        return False
    begin: Any = event.start_mark
    end: Any = event.end_mark
    return bool(begin.line != end.line)


def _show_bullets(text: str, marks: Marks, start: int, end: int) -> None:
    """What stands before a value that is shown: dashes, commas and the like, but no comment."""
    first = end
    while first > start and text[first - 1] in "-?:,[]{} \t":
        first -= 1
    marks.show(first, end)
