"""The fields that all resources have, and ids derived from a seed."""

from __future__ import annotations

import hashlib
import string
from typing import Any, ClassVar, Self

from attrs import Factory, frozen

from vmspec.model.schema import Lookup
from vmspec.sandbox.http import JSON

CREATED_AT = 1_577_836_800
"""Unix time at which organization, tags and groups were created: 1 January 2020."""

_ID_LETTERS = string.ascii_letters + string.digits


def derived_id(prefix: str, seed: str) -> str:
    """Return an id in Katapult's form, always the same for one seed."""
    digest = hashlib.sha256(f"{prefix} {seed}".encode(errors="replace")).digest()
    return f"{prefix}_" + "".join(_ID_LETTERS[byte % len(_ID_LETTERS)] for byte in digest[:16])


@frozen(kw_only=True)
class Named:
    """A resource with an id and a name."""

    prefix: ClassVar[str] = ""

    name: str
    id: str = Factory(lambda resource: derived_id(resource.prefix, resource.name), takes_self=True)

    @property
    def names(self) -> dict[str, JSON]:
        """The JSON of a reference to it."""
        return {"id": self.id, "name": self.name}

    @property
    def row(self) -> dict[str, JSON]:
        """The JSON in lists."""
        return self.names

    @property
    def detail(self) -> dict[str, JSON]:
        """The JSON of its own GET."""
        return self.row

    @classmethod
    def placeholder(cls, lookup: Lookup, **more: Any) -> Self:
        """Return a resource for a lookup that the catalogue does not contain."""
        if lookup.by == "id":
            return cls(name=f"sandbox-{derived_id('x', lookup.value)[-8:].lower()}", id=lookup.value, **more)
        return cls(name=lookup.value, **more)


@frozen(kw_only=True)
class Resource(Named):
    """A resource with an id, a permalink and a name."""

    permalink: str
    name: str = Factory(lambda resource: resource.permalink, takes_self=True)
    id: str = Factory(lambda resource: derived_id(resource.prefix, resource.permalink), takes_self=True)

    @property
    def names(self) -> dict[str, JSON]:
        return {"id": self.id, "name": self.name, "permalink": self.permalink}

    @classmethod
    def placeholder(cls, lookup: Lookup, **more: Any) -> Self:
        named = Named.placeholder(lookup)
        id = {"id": named.id} if lookup.by == "id" else {}
        return cls(permalink=named.name, **id, **more)
