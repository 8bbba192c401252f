"""Plain data to spec and back: the vendor's JSON shape, for JSON and YAML alike.

A lookup is a mapping of one key (``{permalink: rock-3}``); an absent field has no key. Reading
collects every mistake with its path and place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from vmspec import codes
from vmspec.documents.data.keys import has_secret, is_secret_key, keys_of, safe_prefix
from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.line_index import Position
from vmspec.documents.messages import describe_mismatch, did_you_mean, join_or, quote, value_hint
from vmspec.errors import UnexpectedContentError
from vmspec.findings import MAX_FINDINGS, Finding, sort_and_cap
from vmspec.model.scalars import Boolean, Choice, Integer, Scalar, VersionIdentifier
from vmspec.model.schema import Field, Inline, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import MASK

SCHEMA_KEY = "$schema"
"""A hint for editors at the top of a document; read and ignored, never written."""

P = TypeVar("P", bound=Part)


def read(node: DataNode) -> tuple[VirtualMachineSpec, dict[str, Position]]:
    """The spec that nodes stand for, and the place of each field; raises UnexpectedContentError."""
    reader = _Reader()
    spec = reader.spec(node)
    if spec is None:
        raise UnexpectedContentError(reader.findings)
    return spec, reader.places


def plain(spec: VirtualMachineSpec) -> dict[str, Any]:
    """The spec as mappings, lists, texts, numbers and booleans, in element order."""
    return _plain_part(spec)


def _plain_part(part: Part) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in fields_of(type(part)):
        value = getattr(part, field.name)
        if value is None or value == ():
            continue
        if isinstance(field.binding, Inline):
            data[value.by] = value.value
        else:
            data[field.name] = [_plain(item) for item in value] if field.many else _plain(value)
    return data


def _plain(value: object) -> Any:
    if isinstance(value, Part):
        return _plain_part(value)
    return plain_lookup(value) if isinstance(value, Lookup) else value


def plain_lookup(lookup: Lookup) -> dict[str, str] | int:
    """A lookup as documents have it: a mapping of one key, or a bare number."""
    if lookup.by == lookup.implicit_key and lookup.value.isdecimal():
        return int(lookup.value)
    return {lookup.by: lookup.value}


def schema_hint(node: DataNode) -> dict[str, str]:
    """Return the ``$schema`` key of a document with its value, if that is text."""
    entries = node.entries if isinstance(node, MappingNode) else ()
    for key, value in entries:
        if key.text == SCHEMA_KEY and isinstance(value, ScalarNode) and value.kind == "text":
            return {SCHEMA_KEY: value.text}
    return {}


class _Wrong(Exception):
    """Something was found; the value that was being read cannot be made."""


Entries = dict[str, tuple[ScalarNode, DataNode]]
"""The keys of a mapping that are known and not null, with their values."""


class _Reader:
    """Reads nodes by the plan. Each ``_read`` gives a value, or finds something and raises _Wrong."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.places: dict[str, Position] = {}

    def spec(self, node: DataNode) -> VirtualMachineSpec | None:
        self.places[""] = (node.line, node.column)
        try:
            return self._read_part(VirtualMachineSpec, self._without_schema_hint(node), "")
        except _Wrong:
            self.findings = sort_and_cap(self.findings)
            return None

    def _without_schema_hint(self, node: DataNode) -> DataNode:
        if not isinstance(node, MappingNode):
            return node
        hints = [key for key, _ in node.entries if key.text == SCHEMA_KEY]
        for key in hints[1:]:
            self._find(codes.REPEATED, f"the spec has the key {quote(SCHEMA_KEY)} twice", key, SCHEMA_KEY)
        entries = tuple(entry for entry in node.entries if entry[0].text != SCHEMA_KEY)
        return MappingNode(entries, node.line, node.column)

    def _find(self, code: str, message: str, node: DataNode, path: str, hint: str | None = None) -> _Wrong:
        finding = Finding(code, message, path=path, line=node.line, column=node.column, hint=hint)
        self.findings.append(finding)
        return _Wrong()

    # Elements

    def _read_part(self, cls: type[P], node: DataNode, path: str) -> P:
        keys = keys_of(cls)
        if not isinstance(node, MappingNode):
            raise self._shape(
                "a mapping", node, path, f"its keys are {join_or(keys)}" if len(keys) < 9 else None
            )
        before = len(self.findings)
        entries = self._entries(node, keys, path, cls)
        slips = len(self.findings) > before
        values: dict[str, Any] = {}
        for field in fields_of(cls):
            if slips and isinstance(field.binding, Inline) and not _laid_in(field, entries):
                continue  # a key that is wrong may be meant for it, and was found already
            self._read_into(values, field, entries, node, path)
        if cls.exclusive is not None and all(name in entries for name in cls.exclusive):
            first, second = (name for name in entries if name in cls.exclusive)
            message = f"{path} has both {first} and {second}; only one is possible"
            hint = "leave one of them out"
            self._find(codes.EXCLUSIVE, message, entries[second][0], f"{path}.{second}", hint)
        if len(self.findings) > before or (not path and self.findings):
            raise _Wrong
        return cls(**values)

    def _entries(
        self, node: MappingNode, keys: Sequence[str], path: str, cls: type[Part] | None = None
    ) -> Entries:
        """The entries of a mapping by key; null is absent, as in the vendor's library.

        The mapping is a lookup where it stands for no class.
        """
        entries: Entries = {}
        seen: set[str] = set()
        near_secret = cls is not None and has_secret(cls)
        for key, value in node.entries:
            where = _joined(path, key.text)
            near_secret = near_secret or is_secret_key(key.text)
            if key.text in keys and key.text not in seen:
                self.places[where] = (key.line, key.column)
                if not (isinstance(value, ScalarNode) and value.kind == "null"):
                    entries[key.text] = (key, value)
            else:
                is_secret = near_secret and not _is_key_for_sure(key, value)
                self._find_wrong_key(key, keys, path, cls, is_secret, repeated=key.text in seen)
            seen.add(key.text)
        return entries

    def _find_wrong_key(
        self,
        key: ScalarNode,
        keys: Sequence[str],
        path: str,
        cls: type[Part] | None,
        is_secret: bool,
        *,
        repeated: bool,
    ) -> None:
        """Finds a key that is unknown or there already; of what may be secret it shows only what is sure."""
        few = len(self.findings) < MAX_FINDINGS
        visible = key.text
        if cls is not None and is_secret:
            visible = safe_prefix(key.text, cls) if few else ""
        is_masked = visible != key.text
        quoted = f'"{visible}{MASK}"' if is_masked else quote(key.text)
        where = path if is_masked else _joined(path, key.text)
        of = path or "the spec"
        if repeated:
            self._find(codes.REPEATED, f"{of} has the key {quoted} twice", key, where)
            return
        unknown = codes.WRONG_LOOKUP if cls is None else codes.UNKNOWN_NAME
        hint = _key_hint(key, keys, unknown) if few else None
        self._find(unknown, f"{of} has no key {quoted}", key, where, hint)

    def _read_into(
        self, values: dict[str, Any], field: Field, entries: Entries, node: MappingNode, path: str
    ) -> None:
        """Reads one field where it is there; one whose key is its parent's too (DiskTemplate's lookup)."""
        where = _joined(path, field.name)
        value: DataNode
        if isinstance(field.binding, Inline):
            laid_in = _laid_in(field, entries)
            value = MappingNode(laid_in, node.line, node.column)
            if laid_in:
                self.places[where] = self.places[_joined(path, laid_in[0][0].text)]
            where = path  # no author of a document wrote the field's own name
        elif field.name in entries:
            value = entries[field.name][1]
        elif field.required:
            self._find(codes.MISSING, f"{path} has no {field.name}, which it needs", node, where)
            return
        else:
            return
        try:
            read = self._read_items if field.many else self._read_one
            values[field.name] = read(field, value, where)
        except _Wrong:
            return

    def _read_items(self, field: Field, node: DataNode, path: str) -> tuple[Any, ...]:
        if not isinstance(node, SequenceNode):
            raise self._shape("a list", node, path)
        items: list[Any] = []
        for index, item in enumerate(node.items):
            where = f"{path}[{index}]"
            self.places[where] = (item.line, item.column)
            try:
                items.append(self._read_one(field, item, where))
            except _Wrong:
                continue
        if len(items) < len(node.items):
            raise _Wrong
        return tuple(items)

    def _read_one(self, field: Field, node: DataNode, path: str) -> Any:
        if field.part is not None:
            return self._read_part(field.part, node, path)
        if field.lookup is not None:
            return self._read_lookup(field.lookup, node, path)
        assert field.scalar is not None
        return self._read_scalar(field.scalar, node, path, field.secret)

    # Lookups

    def _read_lookup(self, cls: type[Lookup], node: DataNode, path: str) -> Lookup:
        bys = lookup_keys(cls)
        if isinstance(node, ScalarNode) and cls.implicit_key is not None:
            return self._read_plain(cls, cls.implicit_key, node, path)
        if not isinstance(node, MappingNode):
            raise self._shape("a mapping of one key", node, path, f"look it up by {join_or(bys)}")
        before = len(self.findings)
        entries = self._entries(node, bys, path)
        by = next(iter(entries), "")
        for other, (key, _) in list(entries.items())[1:]:
            message = f"{path} has two keys, {by} and {other}; a lookup has one"
            self._find(codes.WRONG_LOOKUP, message, key, _joined(path, other), "leave one of them out")
        if len(self.findings) > before:
            raise _Wrong
        if not by:
            raise self._find(codes.MISSING, f"{path} names nothing; look it up by {join_or(bys)}", node, path)
        return cls(self._read_scalar(cls.scalar, entries[by][1], _joined(path, by)), by)

    def _read_plain(self, cls: type[Lookup], by: str, node: ScalarNode, path: str) -> Lookup:
        """A lookup by number, which is written without its key."""
        try:
            number = str(Integer().read(node.text))
        except ValueError:
            message = f"{path} is {quote(node.text)}; it is {cls.scalar.expected}"
            hint = f"write {{id: {node.text}}}" if cls.scalar.error(node.text) is None else None
            raise self._find(codes.WRONG_VALUE, message, node, path, hint) from None
        if node.kind == "text":
            message = f"{path} is text in quotes; it is a number"
            raise self._find(codes.WRONG_VALUE, message, node, path, "write it without quotes")
        return cls(number, by)

    # Single values

    def _read_scalar(self, scalar: Scalar, node: DataNode, path: str, secret: bool = False) -> Any:
        if not isinstance(node, ScalarNode):
            raise self._shape(scalar.expected, node, path)
        if node.kind not in _kinds(scalar):
            raise self._wrong_kind(scalar, node, path, secret)
        if isinstance(scalar, Boolean):
            if node.text not in ("true", "false"):
                message = f"{path} is {quote(node.text)}; it is true or false"
                meant = _TRUTHS.get(node.text.lower())
                raise self._find(codes.WRONG_VALUE, message, node, path, f"write {meant}" if meant else None)
            return node.text == "true"
        try:
            value = scalar.read(node.text)
            problem = scalar.error(value)
        except ValueError:
            if node.text.strip():
                problem = f"is {quote(node.text)}; it {describe_mismatch(node.text, scalar)}"
            else:
                problem = f"is empty; it is {scalar.expected}".removesuffix(", not empty")
        else:
            if problem is None:
                return value
        raise self._find(codes.WRONG_VALUE, f"{path} {problem}", node, path, value_hint(node.text, scalar))

    def _wrong_kind(self, scalar: Scalar, node: ScalarNode, path: str, secret: bool) -> _Wrong:
        expected = "true or false" if isinstance(scalar, Boolean) else scalar.expected
        given = f"a {node.kind}" if node.kind != "text" else "text in quotes"
        hint = None
        if node.kind == "text" and _is_bare(scalar, node.text):
            hint = "write it without quotes"
        elif isinstance(scalar, Boolean) and node.text.lower() in _TRUTHS:
            hint = f"write {_TRUTHS[node.text.lower()]}"
        elif node.kind == "null":
            given, hint = "null", "leave it out"
        elif node.kind != "text" and "text" in _kinds(scalar) and not secret:
            hint = f'write "{node.text}"'
        return self._find(codes.WRONG_VALUE, f"{path} is {given}; it is {expected}", node, path, hint)

    def _shape(self, wanted: str, node: DataNode, path: str, hint: str | None = None) -> _Wrong:
        given = {ScalarNode: "a single value", MappingNode: "a mapping", SequenceNode: "a list"}[type(node)]
        return self._find(
            codes.WRONG_SHAPE, f"{path or 'the spec'} is {given}, not {wanted}", node, path, hint
        )


def _laid_in(field: Field, entries: Entries) -> tuple[tuple[ScalarNode, DataNode], ...]:
    """The entries of a lookup whose key lies among the keys of the element around it."""
    return tuple(
        entry for name, entry in entries.items() if field.lookup and name in lookup_keys(field.lookup)
    )


_TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
"""What people write for a boolean in YAML, and what it is here."""


def _is_bare(scalar: Scalar, text: str) -> bool:
    """Whether a text in quotes would be right without them."""
    if isinstance(scalar, Boolean):
        return text in ("true", "false")
    try:
        return str(scalar.read(text)) == text
    except ValueError:
        return False


def _kinds(scalar: Scalar) -> tuple[str, ...]:
    """The kinds of scalar a scalar takes; YAML's are of any kind, for types come from the model."""
    if isinstance(scalar, Boolean):
        return ("boolean", "any")
    if isinstance(scalar, Integer) or (isinstance(scalar, Choice) and isinstance(scalar.values[0], int)):
        return ("number", "any")
    if isinstance(scalar, VersionIdentifier):
        return ("number", "text", "any")
    return ("text", "any")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_key_for_sure(key: ScalarNode, value: DataNode) -> bool:
    """Whether a word with a value of its own: what was run together with its key, or read as one, is none."""
    return key.text.isidentifier() and not (isinstance(value, ScalarNode) and value.kind == "null")


def _key_hint(key: ScalarNode, keys: Sequence[str], unknown: str) -> str | None:
    if unknown == codes.WRONG_LOOKUP:
        return f"look it up by {join_or(keys)}"
    if key.kind == "any" and key.text.partition(":")[0] in keys:
        return "put a blank after the colon"
    meant = did_you_mean(key.text, keys)
    if meant is not None:
        return f"did you mean {meant}?"
    return f"it may have {join_or(keys)}" if len(keys) <= 8 else None
