"""The kinds of resources in the sandbox, each with the JSON that the API shows.

A field that is not given is derived from those that are, always the same way: a resource of which only
the id is known still has a name and a permalink.
"""

from __future__ import annotations

import hashlib
import ipaddress
import string
from typing import ClassVar, Self

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
class Resource:
    """A resource with an id, a permalink and a name."""

    prefix: ClassVar[str] = ""

    permalink: str
    name: str = Factory(lambda resource: resource.permalink, takes_self=True)
    id: str = Factory(lambda resource: derived_id(resource.prefix, resource.permalink), takes_self=True)

    @property
    def names(self) -> dict[str, JSON]:
        """Id, name and permalink."""
        return {"id": self.id, "name": self.name, "permalink": self.permalink}

    @classmethod
    def placeholder(cls, lookup: Lookup) -> Self:
        """Return a resource for a lookup that the catalogue does not contain."""
        if lookup.by == "id":
            return cls(permalink=f"sandbox-{derived_id('x', lookup.value)[-8:].lower()}", id=lookup.value)
        return cls(permalink=lookup.value)


@frozen(kw_only=True)
class Country(Resource):
    """The country of a data center; its permalink is the two-letter code."""

    prefix: ClassVar[str] = "ctry"
    code3: str
    time_zone: str
    eu: bool = False

    @property
    def json(self) -> JSON:
        return {
            "id": self.id,
            "name": self.name,
            "iso_code2": self.permalink,
            "iso_code3": self.code3,
            "time_zone": self.time_zone,
            "eu": self.eu,
        }


UNITED_KINGDOM = Country(permalink="GB", name="United Kingdom", code3="GBR", time_zone="Europe/London")
UNITED_STATES = Country(permalink="US", name="United States", code3="USA", time_zone="America/New_York")
NETHERLANDS = Country(permalink="NL", name="Netherlands", code3="NLD", time_zone="Europe/Amsterdam", eu=True)


@frozen(kw_only=True)
class DataCenter(Resource):
    """A data center, with one zone and one public network that are named after it."""

    prefix: ClassVar[str] = "dc"
    country: Country = UNITED_KINGDOM

    @property
    def json(self) -> JSON:
        return {**self.names, "country": self.country.json}


@frozen(kw_only=True)
class Zone(Resource):
    """A zone of a data center."""

    prefix: ClassVar[str] = "zone"

    def json(self, data_center: DataCenter) -> JSON:
        return {**self.names, "data_center": data_center.json}


@frozen(kw_only=True)
class Package(Resource):
    """A bundle of memory, cores and disk; the numbers are the sandbox's, not a price list."""

    prefix: ClassVar[str] = "vmpkg"
    memory: int = 1
    cpu_cores: int = 1
    storage: int = 25

    @property
    def json(self) -> JSON:
        return {
            **self.names,
            "cpu_cores": self.cpu_cores,
            "ipv4_addresses": 1,
            "memory_in_gb": self.memory,
            "storage_in_gb": self.storage,
            "monthly_bandwidth_allowance_in_gb": None,
            "privacy": "public",
            "icon": None,
            "use_dedicated_cpus": False,
            "group": {"id": derived_id("vmpkgrp", "standard"), "name": "Standard"},
        }


@frozen(kw_only=True)
class TemplateField:
    """An option of a disk template, of type Text, Boolean, Password or Keyboard."""

    name: str
    label: str
    type: str = "Text"
    required: bool = False
    prefill: str | None = None

    @property
    def json(self) -> JSON:
        return {
            "name": self.name,
            "type": self.type,
            "label": self.label,
            "description": None,
            "required": self.required,
            "placeholder": None,
            "prefill": self.prefill,
        }


INSTALL_AGENT = TemplateField(name="install_agent", label="Install the agent", type="Boolean", prefill="true")


@frozen(kw_only=True)
class Template(Resource):
    """A disk template with versions 1 to ``newest``, all with the same options."""

    prefix: ClassVar[str] = "dtpl"
    newest: int = 1
    fields: tuple[TemplateField, ...] = (INSTALL_AGENT,)

    def version_id(self, number: int) -> str:
        """Return the id of a version."""
        return derived_id("dtv", f"{self.id} {number}")

    def json(self, number: int) -> JSON:
        """Return the JSON of a version."""
        return {
            "id": self.version_id(number),
            "number": number,
            "stable": True,
            "size_in_gb": 10,
            "disk_template": self.names,
        }


@frozen(kw_only=True)
class Network(Resource):
    """A public network."""

    prefix: ClassVar[str] = "netw"

    def json(self, data_center: DataCenter) -> JSON:
        return {**self.names, "default": True, "data_center": data_center.json}


@frozen(kw_only=True)
class SpeedProfile(Resource):
    """The speed of a network interface."""

    prefix: ClassVar[str] = "nsp"


@frozen(kw_only=True)
class Group(Resource):
    """A group of virtual machines."""

    prefix: ClassVar[str] = "vmgrp"

    @property
    def json(self) -> JSON:
        return {
            "id": self.id,
            "name": self.name,
            "segregate": True,
            "auto_segregate": False,
            "created_at": CREATED_AT,
        }


@frozen
class Address:
    """An IP address and its id."""

    address: str
    id: str = Factory(lambda item: derived_id("ip", item.address), takes_self=True)

    @property
    def json(self) -> dict[str, JSON]:
        """The address with its subnet."""
        parsed = ipaddress.ip_address(self.address)
        subnet = ipaddress.ip_network((self.address, 64 if parsed.version == 6 else 24), strict=False)
        return {
            "id": self.id,
            "address": self.address,
            "address_with_mask": f"{self.address}/{subnet.prefixlen}",
            "vip": False,
            "label": None,
            "subnet": {
                "id": derived_id("sbnt", str(subnet)),
                "address": str(subnet.network_address),
                "gateway": str(subnet[1]),
                "mask": subnet.prefixlen,
                "version": subnet.version,
                "billable": True,
            },
        }
