"""Hypothesis strategies for specs, drawn from the model: everything that the grammar allows.

That is more than Katapult builds: a drawn spec may break rules (have both a zone and a data center, or no
resources at all), but every document format can hold it.
"""

from __future__ import annotations

from functools import cache, partial
from string import ascii_letters, ascii_lowercase, digits
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from vmspec.model.scalars import Boolean, Choice, Identifier, Integer, Scalar, String, VersionIdentifier
from vmspec.model.schema import Field, Lookup, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec

P = TypeVar("P", bound=Part)
L = TypeVar("L", bound=Lookup)

MAX_ITEMS = 3
"""Maximum length of a drawn list: a first, a last, and one between."""

_CONTROLS = "".join(map(chr, range(0x20))).translate({ord(char): None for char in "\t\n\r"})
# By category: hypothesis needs seconds for the characters of a codec, and its health check fails.
_ANY = st.characters(exclude_categories=["Cs"], exclude_characters=_CONTROLS + "\ufffe\uffff")
_NASTY = (
    *("", " ", "\t", "\n", "\r", "\r\n", "\x7f", "\x85", "\xa0", "\u200b", "\u2028", "\u2029", "\ufeff"),
    *("<", ">", "&", "'", '"', "&amp;", "&#13;", "]]>", "<!--", "-->", "<?", "<![CDATA[", "</Name>"),
    *("null", "~", "no", "true", "0", "007", "1_000", "1e3", "22:22", "- ", "# ", ": ", "{", "[", "*a", "!a"),
    *("\\", "\\n", "%", "$", "\u0430", "e\u0301", "\u202e", "\U0001f427", "\U0010ffff"),
)
_WORDS = st.text(ascii_lowercase + digits + "-", min_size=1, max_size=12)


def specs() -> SearchStrategy[VirtualMachineSpec]:
    """Return a strategy for specs that the grammar allows, from an empty one to one with everything."""
    return parts(VirtualMachineSpec)


def parts(cls: type[P]) -> SearchStrategy[P]:
    """Return a strategy for a class of ``vmspec.model.elements``, or for specs.

    Optional fields may be absent. At most one of several exclusive fields is drawn.
    """
    if cls.exclusive is None:
        return _parts_without(cls, None)  # type: ignore[arg-type]
    return st.one_of(*(_parts_without(cls, name) for name in cls.exclusive))  # type: ignore[arg-type]


def lookups(cls: type[L]) -> SearchStrategy[L]:
    """Return a strategy for lookups of a class of ``vmspec.model.values``, with each ``by``."""
    return st.one_of(*(st.builds(partial(cls, by=by), _lookup_values(cls, by)) for by in lookup_keys(cls)))


def texts() -> SearchStrategy[str]:
    """Return a strategy for strings that XML can hold, often ones that are hard to read or write.

    Among them are the empty string, markup, whitespace and line ends of every kind, words that YAML may
    read as other types, and characters outside the basic plane.
    """
    return st.one_of(
        _WORDS, st.lists(st.sampled_from(_NASTY), max_size=5).map("".join), st.text(_ANY, max_size=20)
    )


@cache  # mypy confuses the hash of instances with that of their class, hence the ignores above
def _parts_without(cls: type[P], omitted: str | None) -> SearchStrategy[P]:
    required: dict[str, SearchStrategy[Any]] = {}
    optional: dict[str, SearchStrategy[Any]] = {}
    for field in fields_of(cls):
        if field.name != omitted:
            (required if field.required else optional)[field.name] = _values(field)
    return st.fixed_dictionaries(required, optional=optional).map(lambda values: cls(**values))


def _values(field: Field) -> SearchStrategy[Any]:
    one: SearchStrategy[Any]
    if field.part is not None:
        one = parts(field.part)
    elif field.lookup is not None:
        one = lookups(field.lookup)
    else:
        assert field.scalar is not None  # a field holds an element, a lookup or a single value
        one = _scalars(field.scalar)
    return st.lists(one, max_size=MAX_ITEMS).map(tuple) if field.many else one


def _scalars(scalar: Scalar) -> SearchStrategy[Any]:
    match scalar:
        case String():
            return texts()
        case Boolean():
            return st.booleans()
        case Choice(values):
            return st.sampled_from(values)
        case Integer(minimum=minimum, maximum=maximum):
            return st.one_of(
                st.integers(minimum, minimum + 99), st.integers(minimum, maximum), st.just(maximum)
            )
        case Identifier():
            trimmed = texts().map(str.strip)
            return st.one_of(_WORDS, trimmed.filter(lambda text: scalar.error(text) is None))
        case VersionIdentifier():
            return st.integers(1, 99).map(str)
        case _:
            raise TypeError(f"no strategy for {scalar!r}")


def _lookup_values(cls: type[Lookup], by: str) -> SearchStrategy[str]:
    """Return a strategy for the values of a lookup; ids mostly have Katapult's form."""
    values = _scalars(cls.scalar)
    if by != "id" or not cls.prefixes:
        return values
    ids = st.text(ascii_letters + digits, min_size=16, max_size=16)
    return st.one_of(*(ids.map(prefix.__add__) for prefix in cls.prefixes), values)
