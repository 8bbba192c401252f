"""Countries, data centers, zones and networks."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from vmspec.sandbox.catalogue.base import Named, Resource
from vmspec.sandbox.http import JSON


@frozen(kw_only=True)
class Country(Resource):
    """The country of a data center; its permalink is the two-letter code."""

    prefix: ClassVar[str] = "ctry"
    code3: str = ""
    time_zone: str | None = None
    eu: bool = False

    @property
    def detail(self) -> dict[str, JSON]:
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
    """A data center."""

    prefix: ClassVar[str] = "dc"
    country: Country = UNITED_KINGDOM

    @property
    def row(self) -> dict[str, JSON]:
        return {**self.names, "country": {"id": self.country.id, "name": self.country.name}}

    @property
    def with_country(self) -> dict[str, JSON]:
        """The JSON of a reference to it in the details of zones, networks and machines."""
        return {**self.names, "country": self.country.detail}


@frozen(kw_only=True)
class Zone(Resource):
    """A zone of a data center."""

    prefix: ClassVar[str] = "zone"
    data_center: DataCenter

    @property
    def row(self) -> dict[str, JSON]:
        return {**self.names, "data_center": self.data_center.names}

    @property
    def detail(self) -> dict[str, JSON]:
        return {**self.names, "data_center": self.data_center.with_country}


@frozen(kw_only=True)
class Network(Resource):
    """A public network."""

    prefix: ClassVar[str] = "netw"
    data_center: DataCenter
    default: bool = True

    @property
    def row(self) -> dict[str, JSON]:
        return {**self.names, "default": self.default, "data_center": self.data_center.names}

    @property
    def detail(self) -> dict[str, JSON]:
        return {**self.row, "data_center": self.data_center.with_country}


@frozen(kw_only=True)
class VirtualNetwork(Named):
    """A private network of the organization."""

    prefix: ClassVar[str] = "vnet"
    data_center: DataCenter

    @property
    def row(self) -> dict[str, JSON]:
        return {**self.names, "data_center": self.data_center.with_country}
