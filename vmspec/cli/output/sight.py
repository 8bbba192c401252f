"""Where in JSON or YAML a reader is, and what may be shown there: keys, and values known and not secret."""

from __future__ import annotations

from attrs import define, field

from vmspec.documents.data.keys import has_secret, holds_secret, is_secret_key, safe_prefix, secret_keys
from vmspec.documents.data.nodes import DEPTH
from vmspec.findings import MAX_FINDINGS
from vmspec.model.schema import Inline, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

_Sight = type[Part] | bool
"""Of a value: the element it stands for, or else whether it may be shown."""


@define
class _Frame:
    """A mapping or list that is open."""

    is_mapping: bool
    sight: _Sight
    key: str | None = None
    """In a mapping, the key whose value comes next."""
    near_secret: bool = False
    """Whether a key that is not known may be part of a secret."""


class Astray(Exception):
    """The text cannot be followed any further."""


@define
class Frames:
    """Where in a document a reader is, as far as sight goes."""

    _open: list[_Frame] = field(factory=list)
    _wrong_keys: int = 0

    @property
    def in_mapping(self) -> bool | None:
        """Whether what is open is a mapping, not a list; None where nothing is."""
        return self._open[-1].is_mapping if self._open else None

    @property
    def awaits_key(self) -> bool:
        """Whether a key comes next, not a value."""
        return bool(self._open) and self._open[-1].is_mapping and self._open[-1].key is None

    @property
    def beside_secret(self) -> bool:
        """Whether what is open is an element one of whose own fields is secret."""
        sight = self._open[-1].sight if self._open else True
        return not isinstance(sight, bool) and has_secret(sight)

    def key(self, key: str) -> str:
        """Enters a key; as much of it, from its start, as may be shown."""
        if not self.awaits_key:
            raise Astray
        frame = self._open[-1]
        frame.key = key
        frame.near_secret = frame.near_secret or is_secret_key(key)
        if isinstance(frame.sight, bool) or not frame.near_secret:
            return key if frame.sight else ""
        visible = safe_prefix(key, frame.sight) if self._wrong_keys < MAX_FINDINGS else ""
        self._wrong_keys += visible != key
        return visible

    def scalar(self) -> bool:
        """Whether the single value that comes next may be shown."""
        sight = self._content()
        return sight if isinstance(sight, bool) else not holds_secret(sight)

    def enter(self, *, is_mapping: bool) -> None:
        """A mapping or list begins."""
        if len(self._open) > DEPTH:
            raise Astray
        sight = self._content()
        near_secret = not isinstance(sight, bool) and has_secret(sight)
        self._open.append(_Frame(is_mapping, sight, near_secret=near_secret))

    def leave(self, *, is_mapping: bool) -> None:
        """A mapping or list ends."""
        if not self._open or self._open.pop().is_mapping != is_mapping:
            raise Astray

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
            raise Astray
        return _below(frame.sight, frame.key)


def _below(sight: _Sight, key: str) -> _Sight:
    """The sight of the value of a key; beside a secret, what is unknown is hidden."""
    if sight is False:
        return False
    for known in fields_of(sight) if sight is not True else ():
        if known.name == key:
            return known.part or not known.secret
        if (
            isinstance(known.binding, Inline)
            and known.lookup is not None
            and key in lookup_keys(known.lookup)
        ):
            return True
    if key in secret_keys():
        return secret_keys()[key]
    return sight is True or not holds_secret(sight)
