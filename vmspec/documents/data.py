"""Plain data to spec and back: the vendor's JSON shape, for JSON and YAML alike.

A lookup is a mapping of one key (``{permalink: rock-3}``); an absent field has no key. Reading
collects every mistake with its path and place.
"""

from __future__ import annotations

from collections.abc import Sequence as Sequence_
from typing import Any, TypeVar

from vmspec.documents import words
from vmspec.documents.explain import objection, value_hint
from vmspec.documents.keys import has_secret, is_secretive, keys_of, visible_part
from vmspec.documents.nodes import Mapping, Node, Scalar, Sequence
from vmspec.documents.places import Place
from vmspec.documents.words import did_you_mean, listed, shown
from vmspec.errors import UnexpectedContentError
from vmspec.findings import MOST, Finding, in_order
from vmspec.model.binding import MASK, Field, Inline, Lookup, Part, bys_of, plan_of
from vmspec.model.leaves import Choice, Leaf, VersionReference, Whole, YesNo
from vmspec.model.spec import VirtualMachineSpec

SCHEMA_KEY = "$schema"
"""A hint for editors at the top of a document; read and ignored, never written."""

P = TypeVar("P", bound=Part)


def read(node: Node) -> tuple[VirtualMachineSpec, dict[str, Place]]:
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
    for field in plan_of(type(part)):
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
    if lookup.by == lookup.plain and lookup.value.isdecimal():
        return int(lookup.value)
    return {lookup.by: lookup.value}


class _Wrong(Exception):
    """Something was found; the value that was being read cannot be made."""


Entries = dict[str, tuple[Scalar, Node]]
"""The keys of a mapping that are known and not null, with their values."""


class _Reader:
    """Reads nodes by the plan. Each ``_read`` gives a value, or finds something and raises _Wrong."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.places: dict[str, Place] = {}

    def spec(self, node: Node) -> VirtualMachineSpec | None:
        self.places[""] = (node.line, node.column)
        try:
            return self._read_part(VirtualMachineSpec, self._without_schema_hint(node), "")
        except _Wrong:
            self.findings = in_order(self.findings)
            return None

    def _without_schema_hint(self, node: Node) -> Node:
        if not isinstance(node, Mapping):
            return node
        hints = [key for key, _ in node.entries if key.text == SCHEMA_KEY]
        for key in hints[1:]:
            self._find(words.REPEATED, f"the spec has the key {shown(SCHEMA_KEY)} twice", key, SCHEMA_KEY)
        entries = tuple(entry for entry in node.entries if entry[0].text != SCHEMA_KEY)
        return Mapping(entries, node.line, node.column)

    def _find(self, code: str, message: str, node: Node, path: str, hint: str | None = None) -> _Wrong:
        finding = Finding(code, message, path=path, line=node.line, column=node.column, hint=hint)
        self.findings.append(finding)
        return _Wrong()

    # Elements

    def _read_part(self, cls: type[P], node: Node, path: str) -> P:
        keys = keys_of(cls)
        if not isinstance(node, Mapping):
            raise self._shape(
                "a mapping", node, path, f"its keys are {listed(keys)}" if len(keys) < 9 else None
            )
        before = len(self.findings)
        entries = self._entries(node, keys, path, cls)
        slips = len(self.findings) > before
        values: dict[str, Any] = {}
        for field in plan_of(cls):
            if slips and isinstance(field.binding, Inline) and not _laid_in(field, entries):
                continue  # a key that is wrong may be meant for it, and was found already
            self._read_into(values, field, entries, node, path)
        if cls.exclusive is not None and all(name in entries for name in cls.exclusive):
            first, second = (name for name in entries if name in cls.exclusive)
            message = f"{path} has both {first} and {second}; only one is possible"
            hint = "leave one of them out"
            self._find(words.EXCLUSIVE, message, entries[second][0], f"{path}.{second}", hint)
        if len(self.findings) > before or (not path and self.findings):
            raise _Wrong
        return cls(**values)

    def _entries(
        self, node: Mapping, keys: Sequence_[str], path: str, cls: type[Part] | None = None
    ) -> Entries:
        """The entries of a mapping by key; null is absent, as in the vendor's library.

        The mapping is a lookup where it stands for no class.
        """
        entries: Entries = {}
        seen: set[str] = set()
        near_secret = cls is not None and has_secret(cls)
        for key, value in node.entries:
            where = _joined(path, key.text)
            near_secret = near_secret or is_secretive(key.text)
            if key.text in keys and key.text not in seen:
                self.places[where] = (key.line, key.column)
                if not (isinstance(value, Scalar) and value.kind == "null"):
                    entries[key.text] = (key, value)
            else:
                is_secret = near_secret and not _is_key_for_sure(key, value)
                self._find_wrong_key(key, keys, path, cls, is_secret, repeated=key.text in seen)
            seen.add(key.text)
        return entries

    def _find_wrong_key(
        self,
        key: Scalar,
        keys: Sequence_[str],
        path: str,
        cls: type[Part] | None,
        is_secret: bool,
        *,
        repeated: bool,
    ) -> None:
        """Finds a key that is unknown or there already; of what may be secret it shows only what is sure."""
        few = len(self.findings) < MOST
        visible = key.text
        if cls is not None and is_secret:
            visible = visible_part(key.text, cls) if few else ""
        is_masked = visible != key.text
        quoted = f'"{visible}{MASK}"' if is_masked else shown(key.text)
        where = path if is_masked else _joined(path, key.text)
        of = path or "the spec"
        if repeated:
            self._find(words.REPEATED, f"{of} has the key {quoted} twice", key, where)
            return
        unknown = words.WRONG_LOOKUP if cls is None else words.UNKNOWN_NAME
        hint = _key_hint(key, keys, unknown) if few else None
        self._find(unknown, f"{of} has no key {quoted}", key, where, hint)

    def _read_into(
        self, values: dict[str, Any], field: Field, entries: Entries, node: Mapping, path: str
    ) -> None:
        """Reads one field where it is there; one whose key is its parent's too (DiskTemplate's lookup)."""
        where = _joined(path, field.name)
        value: Node
        if isinstance(field.binding, Inline):
            laid_in = _laid_in(field, entries)
            value = Mapping(laid_in, node.line, node.column)
            if laid_in:
                self.places[where] = self.places[_joined(path, laid_in[0][0].text)]
            where = path  # no author of a document wrote the field's own name
        elif field.name in entries:
            value = entries[field.name][1]
        elif field.required:
            self._find(words.MISSING, f"{path} has no {field.name}, which it needs", node, where)
            return
        else:
            return
        try:
            read = self._read_items if field.many else self._read_one
            values[field.name] = read(field, value, where)
        except _Wrong:
            return

    def _read_items(self, field: Field, node: Node, path: str) -> tuple[Any, ...]:
        if not isinstance(node, Sequence):
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

    def _read_one(self, field: Field, node: Node, path: str) -> Any:
        if field.part is not None:
            return self._read_part(field.part, node, path)
        if field.lookup is not None:
            return self._read_lookup(field.lookup, node, path)
        assert field.leaf is not None
        return self._read_leaf(field.leaf, node, path, field.secret)

    # Lookups

    def _read_lookup(self, cls: type[Lookup], node: Node, path: str) -> Lookup:
        bys = bys_of(cls)
        if isinstance(node, Scalar) and cls.plain is not None:
            return self._read_plain(cls, cls.plain, node, path)
        if not isinstance(node, Mapping):
            raise self._shape("a mapping of one key", node, path, f"look it up by {listed(bys)}")
        before = len(self.findings)
        entries = self._entries(node, bys, path)
        by = next(iter(entries), "")
        for other, (key, _) in list(entries.items())[1:]:
            message = f"{path} has two keys, {by} and {other}; a lookup has one"
            self._find(words.WRONG_LOOKUP, message, key, _joined(path, other), "leave one of them out")
        if len(self.findings) > before:
            raise _Wrong
        if not by:
            raise self._find(words.MISSING, f"{path} names nothing; look it up by {listed(bys)}", node, path)
        return cls(self._read_leaf(cls.leaf, entries[by][1], _joined(path, by)), by)

    def _read_plain(self, cls: type[Lookup], by: str, node: Scalar, path: str) -> Lookup:
        """A lookup by number, which is written without its key."""
        try:
            number = str(Whole().read(node.text))
        except ValueError:
            message = f"{path} is {shown(node.text)}; it is {cls.leaf.expected}"
            hint = f"write {{id: {node.text}}}" if cls.leaf.wrong(node.text) is None else None
            raise self._find(words.WRONG_VALUE, message, node, path, hint) from None
        if node.kind == "text":
            message = f"{path} is text in quotes; it is a number"
            raise self._find(words.WRONG_VALUE, message, node, path, "write it without quotes")
        return cls(number, by)

    # Single values

    def _read_leaf(self, leaf: Leaf, node: Node, path: str, secret: bool = False) -> Any:
        if not isinstance(node, Scalar):
            raise self._shape(leaf.expected, node, path)
        if node.kind not in _kinds(leaf):
            raise self._wrong_kind(leaf, node, path, secret)
        if isinstance(leaf, YesNo):
            if node.text not in ("true", "false"):
                message = f"{path} is {shown(node.text)}; it is true or false"
                meant = _TRUTHS.get(node.text.lower())
                raise self._find(words.WRONG_VALUE, message, node, path, f"write {meant}" if meant else None)
            return node.text == "true"
        try:
            value = leaf.read(node.text)
            problem = leaf.wrong(value)
        except ValueError:
            if node.text.strip():
                problem = f"is {shown(node.text)}; it {objection(node.text, leaf)}"
            else:
                problem = f"is empty; it is {leaf.expected}".removesuffix(", not empty")
        else:
            if problem is None:
                return value
        raise self._find(words.WRONG_VALUE, f"{path} {problem}", node, path, value_hint(node.text, leaf))

    def _wrong_kind(self, leaf: Leaf, node: Scalar, path: str, secret: bool) -> _Wrong:
        expected = "true or false" if isinstance(leaf, YesNo) else leaf.expected
        given = f"a {node.kind}" if node.kind != "text" else "text in quotes"
        hint = None
        if node.kind == "text" and _is_bare(leaf, node.text):
            hint = "write it without quotes"
        elif isinstance(leaf, YesNo) and node.text.lower() in _TRUTHS:
            hint = f"write {_TRUTHS[node.text.lower()]}"
        elif node.kind == "null":
            given, hint = "null", "leave it out"
        elif node.kind != "text" and "text" in _kinds(leaf) and not secret:
            hint = f'write "{node.text}"'
        return self._find(words.WRONG_VALUE, f"{path} is {given}; it is {expected}", node, path, hint)

    def _shape(self, wanted: str, node: Node, path: str, hint: str | None = None) -> _Wrong:
        given = {Scalar: "a single value", Mapping: "a mapping", Sequence: "a list"}[type(node)]
        return self._find(
            words.WRONG_SHAPE, f"{path or 'the spec'} is {given}, not {wanted}", node, path, hint
        )


def _laid_in(field: Field, entries: Entries) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of a lookup whose key lies among the keys of the element around it."""
    return tuple(entry for name, entry in entries.items() if field.lookup and name in bys_of(field.lookup))


_TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
"""What people write for a boolean in YAML, and what it is here."""


def _is_bare(leaf: Leaf, text: str) -> bool:
    """Whether a text in quotes would be right without them."""
    if isinstance(leaf, YesNo):
        return text in ("true", "false")
    try:
        return str(leaf.read(text)) == text
    except ValueError:
        return False


def _kinds(leaf: Leaf) -> tuple[str, ...]:
    """The kinds of scalar a leaf takes; YAML's are of any kind, for types come from the model."""
    if isinstance(leaf, YesNo):
        return ("boolean", "any")
    if isinstance(leaf, Whole) or (isinstance(leaf, Choice) and isinstance(leaf.values[0], int)):
        return ("number", "any")
    if isinstance(leaf, VersionReference):
        return ("number", "text", "any")
    return ("text", "any")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_key_for_sure(key: Scalar, value: Node) -> bool:
    """Whether a word with a value of its own: what was run together with its key, or read as one, is none."""
    return key.text.isidentifier() and not (isinstance(value, Scalar) and value.kind == "null")


def _key_hint(key: Scalar, keys: Sequence_[str], unknown: str) -> str | None:
    if unknown == words.WRONG_LOOKUP:
        return f"look it up by {listed(keys)}"
    if key.kind == "any" and key.text.partition(":")[0] in keys:
        return "put a blank after the colon"
    meant = did_you_mean(key.text, keys)
    if meant is not None:
        return f"did you mean {meant}?"
    return f"it may have {listed(keys)}" if len(keys) <= 8 else None
