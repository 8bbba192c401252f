"""What may be shown of JSON and YAML: keys, and the values of those that are known and not secret."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import define, field

from vmspec.cli.visible import Marks
from vmspec.documents.nodes import DEPTH, NODES
from vmspec.model.binding import Inline, Part, bys_of, plan_of
from vmspec.model.spec import VirtualMachineSpec

if TYPE_CHECKING:
    from yaml.events import Event

_Sight = type[Part] | bool
"""Of a value: the element it stands for, or else whether it may be shown."""

_STRING = r'"(?:[^"\\\n]|\\.)*+"'
_JSON_TOKEN = re.compile(
    rf'\s*(?:(?P<key>{_STRING})(?=\s*:)|(?P<scalar>{_STRING}|[^\s"{{}}\[\],:]+)|(?P<mark>[{{}}\[\],:]))'
)
YAML_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@define
class _Frame:
    """A mapping or list that is open."""

    is_mapping: bool
    sight: _Sight
    key: str | None = None
    """In a mapping, the key whose value comes next."""


class _Astray(Exception):
    """The text cannot be followed any further."""


@define
class _Frames:
    """Where in a document a reader is, as far as sight goes."""

    _open: list[_Frame] = field(factory=list)

    @property
    def awaits_key(self) -> bool:
        """Whether a key comes next, not a value."""
        return bool(self._open) and self._open[-1].is_mapping and self._open[-1].key is None

    def key(self, key: str) -> bool:
        """Enters a key; whether it may be shown."""
        if not self.awaits_key:
            raise _Astray
        self._open[-1].key = key
        return self._open[-1].sight is not False

    def scalar(self) -> bool:
        """Whether the single value that comes next may be shown."""
        sight = self._content()
        return sight if isinstance(sight, bool) else not _holds_secret(sight)

    def enter(self, *, is_mapping: bool) -> None:
        """A mapping or list begins."""
        if len(self._open) > DEPTH:
            raise _Astray
        self._open.append(_Frame(is_mapping, self._content()))

    def leave(self, *, is_mapping: bool) -> None:
        """A mapping or list ends."""
        if not self._open or self._open.pop().is_mapping != is_mapping:
            raise _Astray

    def next(self) -> None:
        """A value is over."""
        if self._open:
            self._open[-1].key = None

    def _content(self) -> _Sight:
        if not self._open:
            return VirtualMachineSpec
        frame = self._open[-1]
        if not frame.is_mapping:
            return frame.sight
        if frame.key is None:
            raise _Astray
        return _below(frame.sight, frame.key)


def visible_json(text: str) -> Marks:
    """What may be shown of a JSON document, well formed or not."""
    marks, frames, position = Marks(len(text)), _Frames(), 0
    while found := _JSON_TOKEN.match(text, position):
        position = found.end()
        try:
            shown = _sees_json(frames, found)
        except _Astray:
            break
        if shown:
            marks.show(*found.span())
    return marks


def _sees_json(frames: _Frames, found: re.Match[str]) -> bool:
    if found["key"]:
        return frames.key(found["key"][1:-1])
    if found["scalar"]:
        return frames.scalar()
    match found["mark"]:
        case "{" | "[" as mark:
            frames.enter(is_mapping=mark == "{")
        case "}" | "]" as mark:
            frames.leave(is_mapping=mark == "}")
        case ",":
            frames.next()
    return True


def visible_yaml(text: str) -> Marks:
    """What may be shown of a YAML document, well formed or not; comments may not."""
    import yaml

    marks, frames, done = Marks(len(text)), _Frames(), 0
    starts = [0, *(found.end() for found in YAML_BREAK.finditer(text))]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for count, event in enumerate(yaml.parse(text, Loader=loader)):
            start, end = (_offset(starts, mark) for mark in (event.start_mark, event.end_mark))
            if count > 2 * NODES:
                break
            if _sees_yaml(frames, event):
                _show_bullets(text, marks, done, start)
                end += text.startswith(":", end)
                marks.show(start, end)
                done = end
            else:
                done = max(done, end)
    except (yaml.YAMLError, _Astray):
        pass
    return marks


def _offset(starts: list[int], mark: Any) -> int:
    """Where a mark is in the text; libyaml may end a text on a line that is not there."""
    return int(starts[min(mark.line, len(starts) - 1)] + mark.column)


def _sees_yaml(frames: _Frames, event: Event) -> bool:
    from yaml import events

    match event:
        case events.ScalarEvent() if frames.awaits_key:
            return frames.key(event.value)
        case events.ScalarEvent() | events.AliasEvent():
            shown = frames.scalar()
            frames.next()
            return shown
        case events.MappingStartEvent() | events.SequenceStartEvent():
            frames.enter(is_mapping=isinstance(event, events.MappingStartEvent))
        case events.MappingEndEvent() | events.SequenceEndEvent():
            frames.leave(is_mapping=isinstance(event, events.MappingEndEvent))
            frames.next()
    return True


def _show_bullets(text: str, marks: Marks, start: int, end: int) -> None:
    """What stands before a value that is shown: dashes, commas and the like, but no comment."""
    first = end
    while first > start and text[first - 1] in "-?:,[]{} \t":
        first -= 1
    marks.show(first, end)


def _below(sight: _Sight, key: str) -> _Sight:
    """The sight of the value of a key; beside a secret, what is unknown is hidden."""
    if sight is False:
        return False
    for known in plan_of(sight) if sight is not True else ():
        if known.name == key:
            return known.part or not known.secret
        if isinstance(known.binding, Inline) and known.lookup is not None and key in bys_of(known.lookup):
            return True
    if key in _secretive_keys():
        return _secretive_keys()[key]
    return sight is True or not _holds_secret(sight)


@cache
def _secretive_keys() -> dict[str, _Sight]:
    """The keys whose values are or hold secrets; they do so too where they do not belong."""
    keys: dict[str, _Sight] = {}
    waiting: list[type[Part]] = [VirtualMachineSpec]
    while waiting:
        for known in plan_of(waiting.pop()):
            if known.secret:
                keys[known.name] = False
            elif known.part is not None and _holds_secret(known.part):
                keys[known.name] = known.part
                waiting.append(known.part)
    return keys


def _holds_secret(cls: type[Part]) -> bool:
    return any(
        known.secret or (known.part is not None and _holds_secret(known.part)) for known in plan_of(cls)
    )
