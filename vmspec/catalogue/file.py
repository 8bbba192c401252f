"""A catalogue as a JSON file: sorted, without secrets, and the same bytes for the same content.

>>> from tempfile import TemporaryDirectory
>>> catalogue = Catalogue(tags=("web", "db"), changed_on=datetime.date(2026, 1, 31))
>>> with TemporaryDirectory() as folder:
...     first = dump_catalogue(catalogue, f"{folder}/katapult.json")
...     again = dump_catalogue(catalogue, f"{folder}/katapult.json")
...     load_catalogue(f"{folder}/katapult.json").tags, first, again
(('db', 'web'), True, False)
"""

import datetime
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, TypeAlias, get_args, get_origin

from attrs import NOTHING, evolve, fields, has

from vmspec.catalogue import Catalogue
from vmspec.documents.files import write_text
from vmspec.errors import ConfigurationError
from vmspec.text import printable

VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
"""Size of the largest file that is read: some hundred thousand entries."""

JSON: TypeAlias = "bool | int | str | list[JSON] | dict[str, JSON] | None"
Reader: TypeAlias = Callable[[Any], Any]

_NAMES = {str: "a string", int: "an integer", bool: "true or false"}


class _WrongValueError(ValueError):
    """A value of another type than expected; ``path`` grows from the inside out."""

    path = ""

    def within(self, step: str) -> "_WrongValueError":
        self.path = step + self.path
        return self


def load_catalogue(path: str | os.PathLike[str]) -> Catalogue:
    """Read a catalogue from a file that ``vmspec catalogue`` or ``dump_catalogue`` wrote.

    Raises ConfigurationError for a file that cannot be read or is not a catalogue.
    """
    name = printable(os.fspath(path))
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{name}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ConfigurationError(f"{name} is not a catalogue: it has more than {MAX_BYTES:,} bytes")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{name} is not a catalogue: it is not valid JSON") from None
    try:
        return read_catalogue(content)
    except _WrongValueError as error:
        place = printable(error.path.lstrip("."))[:200]
        raise ConfigurationError(f"{name} is not a catalogue: {place or 'it'} {error}") from None


def read_catalogue(content: JSON) -> Catalogue:
    """Return the catalogue in the content of a file; raise ValueError for a wrong value."""
    if not isinstance(content, dict) or "version" not in content:
        raise _WrongValueError("is not an object with a version")
    if content["version"] != VERSION:
        raise _WrongValueError(f"is of a version that this vmspec does not read; it reads {VERSION}").within(
            ".version"
        )
    catalogue: Catalogue = _reader_of(Catalogue)(content)
    return catalogue


def dump_catalogue(catalogue: Catalogue, path: str | os.PathLike[str]) -> bool:
    """Write a catalogue to a file, and return True, unless the file says the same already.

    ``changed_on`` does not count: the date in the file is that of its last change. Raises OSError.
    """
    target = Path(path)
    with suppress(ConfigurationError):
        if content_of(evolve(load_catalogue(target), changed_on=None)) == content_of(
            evolve(catalogue, changed_on=None)
        ):
            return False
    write_text(target, dumps_catalogue(catalogue))
    return True


def dumps_catalogue(catalogue: Catalogue) -> str:
    """Return the text of a catalogue's file."""
    return json.dumps(content_of(catalogue), indent=2, sort_keys=True) + "\n"


def content_of(catalogue: Catalogue) -> dict[str, JSON]:
    """Return a catalogue as plain data, its lists sorted."""
    plain = _plain(evolve(catalogue, in_use=None))
    assert isinstance(plain, dict)
    return {"version": VERSION, **plain}


def _plain(value: Any) -> JSON:
    if isinstance(value, tuple):
        return sorted(map(_plain, value), key=_sort_key)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not has(type(value)):
        return value  # type: ignore[no-any-return]
    items = {attribute.name: getattr(value, attribute.name) for attribute in fields(type(value))}
    keeps_none = getattr(value, "keeps_none", False)
    return {name: _plain(item) for name, item in items.items() if item is not None or keeps_none}


def _sort_key(item: JSON) -> tuple[int, str, str]:
    """Sort versions by number, and all else by the word that people know it by."""
    if not isinstance(item, dict):
        return 0, str(item), ""
    word = item.get("permalink") or item.get("name") or item.get("address") or ""
    number = item.get("number")
    return number if isinstance(number, int) else 0, str(word), str(item.get("id"))


@cache
def _reader_of(expected: Any) -> Reader:
    """Return the function that checks a value of a JSON document and returns it as this type."""
    arguments = get_args(expected)
    if NoneType in arguments:
        inner = _reader_of(next(argument for argument in arguments if argument is not NoneType))
        return lambda value: None if value is None else inner(value)
    if get_origin(expected) is tuple:
        return _list_reader(_reader_of(arguments[0]))
    if get_origin(expected) is Mapping:
        return _texts
    if expected is datetime.date:
        return _date
    if has(expected):
        return _object_reader(expected)
    return _scalar_reader(expected)


def _scalar_reader(expected: type) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not expected:
            raise _WrongValueError(f"is not {_NAMES[expected]}")
        return value

    return read


def _list_reader(read_item: Reader) -> Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _WrongValueError("is not a list")
        items = []
        try:
            for item in value:
                items.append(read_item(item))
        except _WrongValueError as error:
            raise error.within(f"[{len(items)}]") from None
        return tuple(items)

    return read


def _object_reader(cls: type[Any]) -> Reader:
    readers = {attribute.name: _reader_of(attribute.type) for attribute in fields(cls)}
    readers.pop("in_use", None)
    required = [attribute.name for attribute in fields(cls) if attribute.default is NOTHING]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _WrongValueError("is not an object")
        found: dict[str, Any] = {}
        for name, item in value.items():
            if (read_item := readers.get(name)) is not None:
                try:
                    found[name] = read_item(item)
                except _WrongValueError as error:
                    raise error.within(f".{name}") from None
        for name in required:
            if name not in found:
                raise _WrongValueError(f"has no {name}")
        return cls(**found)

    return read


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise _WrongValueError("is not an object of strings")
    return value


def _date(value: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _WrongValueError("is not a date such as 2026-01-31") from None
