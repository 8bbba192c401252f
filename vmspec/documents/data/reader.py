"""Reads the nodes of a JSON or YAML document as a spec, in the vendor's shape.

A lookup is a mapping of one key (``{permalink: rock-3}``); an absent field has no key. Reading collects
every mistake with its path and position.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

from vmspec import codes
from vmspec.documents.data.fast_reader import SCHEMA_KEY
from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.data.redaction import is_public_key
from vmspec.documents.data.scalars import (
    WrongValue,
    expected,
    list_hint,
    lookup_hint,
    read_implicit_lookup,
    read_scalar,
    scalar_hint,
)
from vmspec.documents.hints import did_you_mean
from vmspec.documents.line_index import TextLineIndex
from vmspec.documents.public_names import has_secret
from vmspec.errors import UnexpectedContentError
from vmspec.findings import MAX_FINDINGS, Finding, sort_and_cap
from vmspec.model.scalars import Scalar, String
from vmspec.model.schema import Field, Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import MASK, join_or, quote

MAX_LISTED_KEYS = 8
"""Keys that a hint lists; a mapping that may have more is described elsewhere."""

P = TypeVar("P", bound=Part)

Entries = dict[str, tuple[ScalarNode, DataNode]]
"""The keys of a mapping that are known and not null, with their values."""


def read(node: DataNode, text: str) -> VirtualMachineSpec:
    """Return the spec that a text's nodes describe; raise UnexpectedContentError with every mistake."""
    reader = _Reader(text)
    try:
        return reader.spec(node)
    except _Mistake:
        raise UnexpectedContentError(sort_and_cap(reader.findings)) from None


class _Mistake(Exception):
    """A mistake was found; the value that was being read cannot be made."""


class _Reader:
    """Reads nodes by the fields of the model; each method returns a value or raises _Mistake."""

    def __init__(self, text: str) -> None:
        self.findings: list[Finding] = []
        self._position_of = TextLineIndex(text).of

    def spec(self, node: DataNode) -> VirtualMachineSpec:
        return self._read_part(VirtualMachineSpec, self._without_schema_hint(node), "")

    def _without_schema_hint(self, node: DataNode) -> DataNode:
        """Return a document without its ``$schema``, which must be a string."""
        if not isinstance(node, MappingNode):
            return node
        hints = [entry for entry in node.entries if entry[0].text == SCHEMA_KEY]
        for key, _ in hints[1:]:
            self._find(codes.REPEATED, f"the spec has the key {quote(SCHEMA_KEY)} twice", key, SCHEMA_KEY)
        for _, value in hints[:1]:
            with suppress(_Mistake):
                self._read_scalar(String(), value, SCHEMA_KEY, secret=True)
        entries = tuple(entry for entry in node.entries if entry[0].text != SCHEMA_KEY)
        return MappingNode(entries, node.start, node.end)

    def _find(self, code: str, message: str, node: DataNode, path: str, hint: str | None = None) -> _Mistake:
        line, column = self._position_of(node.start)
        self.findings.append(Finding(code, message, path=path, line=line, column=column, hint=hint))
        return _Mistake()

    # Elements

    def _read_part(self, cls: type[P], node: DataNode, path: str) -> P:
        if not isinstance(node, MappingNode):
            raise self._wrong_shape("a mapping", node, path, _keys_hint(_keys_of(cls), node))
        before = len(self.findings)
        entries = self._entries(node, cls, path)
        has_wrong_keys = len(self.findings) > before
        values: dict[str, Any] = {}
        for field in fields_of(cls):
            if has_wrong_keys and field.required and not _is_given(field, entries):
                continue  # one of the wrong keys may be meant for it
            self._read_into(values, field, entries, node, path)
        if cls.exclusive is not None and all(name in entries for name in cls.exclusive):
            first, second = (name for name in entries if name in cls.exclusive)
            message = f"{path} has both {first} and {second}; only one is allowed"
            hint = "leave one of them out"
            self._find(codes.EXCLUSIVE, message, entries[second][0], f"{path}.{second}", hint)
        if len(self.findings) > before or (not path and self.findings):
            raise _Mistake
        return cls(**values)

    def _read_into(
        self, values: dict[str, Any], field: Field, entries: Entries, node: MappingNode, path: str
    ) -> None:
        """Read a field if it is there; the keys of an inline one are those of the element around it."""
        where = _joined(path, field.name)
        value: DataNode
        if isinstance(field.binding, Inline):
            value = MappingNode(_inline_entries(field, entries), node.start, node.end)
            where = path  # the field's own name is not in the document
        elif field.name in entries:
            value = entries[field.name][1]
        elif field.required:
            self._find(codes.MISSING, f"{path} has no {field.name}, which it needs", node, where)
            return
        else:
            return
        read_field = self._read_items if field.many else self._read_one
        try:
            values[field.name] = read_field(field, value, where)
        except _Mistake:
            return

    def _read_items(self, field: Field, node: DataNode, path: str) -> tuple[Any, ...]:
        if not isinstance(node, SequenceNode):
            raise self._wrong_shape("a list", node, path, list_hint(field, node))
        items: list[Any] = []
        for index, item in enumerate(node.items):
            where = f"{path}[{index}]"
            try:
                items.append(self._read_one(field, item, where))
            except _Mistake:
                continue
        if len(items) < len(node.items):
            raise _Mistake
        return tuple(items)

    def _read_one(self, field: Field, node: DataNode, path: str) -> Any:
        if field.part is not None:
            return self._read_part(field.part, node, path)
        if field.lookup is not None:
            return self._read_lookup(field.lookup, node, path)
        assert field.scalar is not None
        return self._read_scalar(field.scalar, node, path, secret=field.secret)

    def _read_scalar(self, scalar: Scalar, node: DataNode, path: str, *, secret: bool = False) -> Any:
        if not isinstance(node, ScalarNode):
            raise self._wrong_shape(expected(scalar), node, path, scalar_hint(scalar, node))
        try:
            return read_scalar(scalar, node, secret=secret)
        except WrongValue as error:
            raise self._wrong_value(error, node, path) from None

    def _read_lookup(self, cls: type[Lookup], node: DataNode, path: str) -> Lookup:
        keys = lookup_keys(cls)
        if isinstance(node, ScalarNode) and cls.implicit_key is not None:
            try:
                return read_implicit_lookup(cls, cls.implicit_key, node)
            except WrongValue as error:
                raise self._wrong_value(error, node, path) from None
        if not isinstance(node, MappingNode):
            raise self._wrong_shape("a mapping of one key", node, path, lookup_hint(cls))
        before = len(self.findings)
        entries = self._entries(node, cls, path)
        by, *others = entries or [""]
        for other in others:
            message = f"{path} has two keys, {by} and {other}; a lookup has one"
            hint = "leave one of them out"
            self._find(codes.WRONG_LOOKUP, message, entries[other][0], _joined(path, other), hint)
        if len(self.findings) > before:
            raise _Mistake
        if not by:
            raise self._find(codes.MISSING, f"{path} has no {join_or(keys)}, which it needs", node, path)
        return cls(self._read_scalar(cls.scalar, entries[by][1], _joined(path, by)), by)

    # Mistakes

    def _entries(self, node: MappingNode, cls: type[Part] | type[Lookup], path: str) -> Entries:
        """Return the entries of a mapping by key; null is absent, as in the vendor's library."""
        keys = _keys_of(cls)
        near_secret = issubclass(cls, Part) and has_secret(cls)
        before = len(self.findings)
        entries: Entries = {}
        seen: set[str] = set()
        for key, value in node.entries:
            if key.text in keys and key.text not in seen:
                if not (isinstance(value, ScalarNode) and value.is_null):
                    entries[key.text] = (key, value)
            else:
                if issubclass(cls, Lookup) and len(self.findings) > before:
                    continue  # a lookup has one key, so the first wrong one says enough
                is_public = is_public_key(key.text, value, near_secret=near_secret, known=keys)
                self._wrong_key(key, cls, path, is_public=is_public, is_repeated=key.text in seen)
            seen.add(key.text)
        return entries

    def _wrong_key(
        self,
        key: ScalarNode,
        cls: type[Part] | type[Lookup],
        path: str,
        *,
        is_public: bool,
        is_repeated: bool,
    ) -> None:
        owner, quoted = path or "the spec", quote(key.text) if is_public else f'"{MASK}"'
        where = _joined(path, key.text) if is_public else path
        if is_repeated:
            self._find(codes.REPEATED, f"{owner} has the key {quoted} twice", key, where)
            return
        code = codes.WRONG_LOOKUP if issubclass(cls, Lookup) else codes.UNKNOWN_NAME
        # to find the key that was meant takes time, and only so many findings are shown
        hint = _key_hint(key, cls) if len(self.findings) < MAX_FINDINGS else None
        self._find(code, f"{owner} has no key {quoted}", key, where, hint)

    def _wrong_shape(self, wanted: str, node: DataNode, path: str, hint: str | None = None) -> _Mistake:
        given = {ScalarNode: "a single value", MappingNode: "a mapping", SequenceNode: "a list"}[type(node)]
        message = f"{path or 'the spec'} is {given}, not {wanted}"
        return self._find(codes.WRONG_SHAPE, message, node, path, hint)

    def _wrong_value(self, error: WrongValue, node: DataNode, path: str) -> _Mistake:
        return self._find(codes.WRONG_VALUE, f"{path} {error.message}", node, path, error.hint)


def _keys_of(cls: type[Part] | type[Lookup]) -> Sequence[str]:
    """Return the keys that a mapping may have, those of an inline lookup among them."""
    if issubclass(cls, Lookup):
        return lookup_keys(cls)
    keys: list[str] = []
    for field in fields_of(cls):
        if isinstance(field.binding, Inline) and field.lookup is not None:
            keys.extend(lookup_keys(field.lookup))
        else:
            keys.append(field.name)
    return keys


def _inline_entries(field: Field, entries: Entries) -> tuple[tuple[ScalarNode, DataNode], ...]:
    """Return the entries of a lookup whose key is among the keys of the element around it."""
    assert field.lookup is not None
    return tuple(entries[key] for key in entries if key in lookup_keys(field.lookup))


def _is_given(field: Field, entries: Entries) -> bool:
    return bool(_inline_entries(field, entries)) if field.lookup is not None else field.name in entries


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _keys_hint(keys: Sequence[str], node: DataNode) -> str | None:
    if isinstance(node, ScalarNode) and ":" in node.text and node.text.partition(":")[0] in keys:
        return f'put a space after "{node.text.partition(":")[0]}:"'
    return f"its keys are {join_or(keys)}" if len(keys) <= MAX_LISTED_KEYS else None


def _key_hint(key: ScalarNode, cls: type[Part] | type[Lookup]) -> str | None:
    keys = _keys_of(cls)
    if key.text == "<<":
        return "merge keys are not read; write the keys out"
    prefix = key.text.partition(":")[0]
    if key.kind == "untyped" and prefix != key.text and prefix in keys:
        return f'put a space after "{prefix}:"'
    if issubclass(cls, Lookup):
        return f"look it up by {join_or(keys)}"
    meant = did_you_mean(key.text, keys)
    if meant is not None:
        return f"did you mean {meant}?"
    if len(keys) > MAX_LISTED_KEYS:
        return None
    is_in_block = key.kind == "untyped" and has_secret(cls) and len(keys) == 1
    advice = "; the text of a block is indented further than its key" if is_in_block else ""
    return f"it may have {join_or(keys)}{advice}"
