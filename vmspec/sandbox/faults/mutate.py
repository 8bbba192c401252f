"""Random changes of an answer's JSON, as broken servers and proxies may make them."""

from __future__ import annotations

import json
import random
from typing import Any

_ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, 1e308, "", " ", "null", "\x00\x1b[2J", "\ud800", "x" * 10_000),
    *([], {}, [None], {"id": None}, {"": ""}),
)


def mutate(body: bytes, seed: int) -> bytes:
    """Return a JSON text with one random change, always the same for one seed.

    A key or an item is removed, repeated or replaced by an odd value; or the text is cut or broken.
    """
    chance = random.Random(seed)  # noqa: S311 - no secrets
    content = json.loads(body)
    places = _places(content)
    if not places or chance.random() < 0.1:
        return _broken(body, chance)
    parent, key = chance.choice(places)
    match chance.choice(("remove", "repeat", "replace", "replace", "replace")):
        case "remove":
            del parent[key]
        case "repeat" if isinstance(parent, list):
            parent.append(parent[key])
        case "repeat":
            parent[f"{key} "] = parent.pop(key)
        case _:
            parent[key] = chance.choice(_ODD_VALUES)
    return json.dumps(content, separators=(",", ":")).encode()


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Return each parent with each of its keys or indices."""
    if isinstance(content, dict | list):
        items = list(content.items() if isinstance(content, dict) else enumerate(content))
        return [(content, key) for key, _ in items] + [place for _, item in items for place in _places(item)]
    return []


def _broken(body: bytes, chance: random.Random) -> bytes:
    return chance.choice(
        (
            b"",
            body[: len(body) // 2],
            body + body,
            b"[" * 10_000 + body,
            b"\xef\xbb\xbf" + body,
            b"\xff\xfe" + body,
            body.replace(b":", b":NaN,", 1),
            b"[" + body + b"]",
            b"null",
        )
    )
