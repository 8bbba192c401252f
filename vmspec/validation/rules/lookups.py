"""Rules about lookups: does the value fit ``by``?

Every id in recorded traffic, of 35 kinds, is a prefix, an underscore, and 16 letters and digits. Some older
documents have other prefixes, so these rules are warnings.
"""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.model.values import User
from vmspec.text import join_or, quote
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

SOURCE = "every id in recorded traffic is a prefix for its kind, an underscore, and 16 letters and digits"


@rule(
    "VMS291",
    "misplaced-id",
    Lookup,
    when_by=("name", "permalink", "number", "address", "email_address"),
    severity=Severity.WARNING,
    evidence=Evidence.RECORDED,
    source=SOURCE,
)
def misplaced_id(lookup: Lookup) -> Problems:
    """A value that looks like an id is looked up by permalink, name or another key.

    No known permalink has this form, so the lookup will probably fail.

    Example:

        <Resources>
          <Package by="permalink">vmpkg_W0hEo4JsUz8Pf6Mi</Package>
        </Resources>

    Use instead:

        <Resources>
          <Package>vmpkg_W0hEo4JsUz8Pf6Mi</Package>
        </Resources>
    """
    if "_" not in lookup.value or not looks_like_an_id(lookup.value):
        return ()
    message = f"{quote(lookup.value)} looks like an id but is looked up by {lookup.by}"
    return [Problem("", message, "look it up by id")]


@rule(
    "VMS292",
    "not-an-id",
    Lookup,
    when_by=("id",),
    severity=Severity.WARNING,
    evidence=Evidence.RECORDED,
    source=SOURCE + "; the prefixes of users, subnets, ISOs and shared disks are from the vendor's examples",
)
def not_an_id(lookup: Lookup) -> Problems:
    """A value is looked up by id but does not begin like an id of its kind.

    Without `by`, a lookup is by id. It does not find a permalink, a name, or the id of another kind.

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
    keys = lookup_keys(type(lookup))
    if lookup.value.isdecimal() and "number" in keys:
        return ()  # version-not-by-number has the better message
    expected = f"ids begin with {join_or(lookup.prefixes)}"
    if looks_like_an_id(lookup.value):
        return [Problem("", f"{quote(lookup.value)} is the id of another kind of object", expected)]
    message = f"{quote(lookup.value)} is looked up by id but does not look like one"
    others = [key for key in keys if key != "id"]
    return [Problem("", message, f"{expected}; or look it up by {join_or(others)}" if others else expected)]


@rule(
    "VMS278",
    "not-an-email-address",
    User,
    when_by=("email_address",),
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="an email address has a local part, @ and a domain",
)
def not_an_email_address(user: User) -> Problems:
    """A user is looked up by an invalid email address.

    The lookup cannot succeed, so the user is not authorized.

    Example:

        <AuthorizedKeys>
          <Users>
            <User by="email_address">ada</User>
          </Users>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <Users>
            <User by="email_address">ada@example.org</User>
          </Users>
        </AuthorizedKeys>
    """
    local_part, _, domain = user.value.rpartition("@")
    if local_part and domain and not any(char.isspace() for char in user.value):
        return ()
    return [Problem("", f"{quote(user.value)} is not an email address", "use one such as ada@example.org")]


def looks_like_an_id(value: str) -> bool:
    """Return True for a prefix, an underscore, and 16 letters and digits."""
    prefix, _, random = value.rpartition("_")
    if len(random) != 16 or not value.isascii():
        return False
    # A random part in lower case only is rather a word; it occurs in one id of thousands.
    return prefix.isalpha() and prefix.islower() and random.isalnum() and not random.islower()
