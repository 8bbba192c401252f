"""Changes of specs as data for JSON."""

from __future__ import annotations

from collections.abc import Iterable

from vmspec.model.diff import Change, Value
from vmspec.model.schema import Lookup, Part


def listed(changes: Iterable[Change]) -> list[dict[str, object]]:
    """Return changes as JSON objects."""
    return [
        {"path": change.path, "before": _plain(change.before), "after": _plain(change.after)}
        for change in changes
    ]


def _plain(value: Value) -> object:
    """Return a value as in a JSON document: None if it is absent, ``{}`` for an empty element."""
    if isinstance(value, Lookup):
        from vmspec.documents.data.json_writer import plain_lookup

        return plain_lookup(value)
    return {} if isinstance(value, Part) else value
