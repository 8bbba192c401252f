"""Lookups of all kinds: whether the value is of the kind that ``by`` says.

Every id seen, of 35 kinds of things, is a prefix, ``_``, and 16 letters and digits. Older documents have
other prefixes for some, so all of this is a doubt and never an error.
"""

from __future__ import annotations

from vmspec.documents.messages import join_or, quote
from vmspec.findings import Severity
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

SOURCE = (
    "in recorded traffic every id is a prefix of its kind, _, and 16 letters and digits, without exception"
)


@rule(
    "VMS291",
    "id-by-another-word",
    of=Lookup,
    by=("name", "permalink", "number", "address", "email_address"),
    severity=Severity.WARNING,
    evidence=Evidence.RECORDED,
    source=SOURCE,
)
def id_by_another_word(lookup: Lookup) -> Problems:
    """Something is looked up by permalink, name or the like, and the value looks like an id.

    No permalink seen looks like that, so nothing will be found by it.

    Example:

        <Resources>
          <Package by="permalink">vmpkg_W0hEo4JsUz8Pf6Mi</Package>
        </Resources>

    Use instead:

        <Resources>
          <Package>vmpkg_W0hEo4JsUz8Pf6Mi</Package>
        </Resources>
    """
    if "_" not in lookup.value or not _looks_like_an_id(lookup.value):
        return ()
    message = f"{quote(lookup.value)} looks like an id, and is looked up by {lookup.by}"
    return [Problem("", message, "look it up by id")]


@rule(
    "VMS292",
    "not-an-id",
    of=Lookup,
    by=("id",),
    severity=Severity.WARNING,
    evidence=Evidence.RECORDED,
    source=SOURCE + "; the prefixes of users, subnets, ISOs and shared disks are from the vendor's examples",
)
def not_an_id(lookup: Lookup) -> Problems:
    """Something is looked up by id, and the value does not begin like an id of its kind.

    Without `by` a lookup is by id. A permalink or a name is not found that way, nor is the id of
    another kind of thing.

    Example:

        <Resources>
          <Package>rock-3</Package>
        </Resources>

    Use instead:

        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """
    if lookup.value.startswith(lookup.prefixes):
        return ()
    if lookup.value.isdecimal() and "number" in lookup_keys(type(lookup)):
        return ()  # version-not-by-number has the better words
    begin = f"ids begin with {join_or(lookup.prefixes)} here"
    if _looks_like_an_id(lookup.value):
        return [Problem("", f"{quote(lookup.value)} is the id of another kind of thing", begin)]
    message = f"{quote(lookup.value)} is looked up by id, and does not look like one"
    others = [by for by in lookup_keys(type(lookup)) if by != "id"]
    return [Problem("", message, f"{begin}; or look it up by {join_or(others)}" if others else begin)]


def _looks_like_an_id(value: str) -> bool:
    """A prefix of small letters, ``_``, and 16 letters and digits.

    Not all of the 16 are small letters: those of a word are, and in one id of thousands.
    """
    prefix, _, rest = value.rpartition("_")
    return (
        len(rest) == 16
        and rest.isalnum()
        and not rest.islower()
        and prefix.isalpha()
        and prefix.islower()
        and value.isascii()
    )
