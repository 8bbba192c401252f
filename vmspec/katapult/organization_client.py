"""Methods of the clients that concern the organization; they load ``vmspec.live`` when they are called."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from attrs import define

from vmspec.katapult.base_client import BaseClient

if TYPE_CHECKING:
    from vmspec.catalogue import Catalogue


@define(kw_only=True, eq=False, repr=False, init=False)
class OrganizationClient(BaseClient):
    """The part of the asyncio client that reads what the organization has."""

    async def catalogue(self) -> Catalogue:
        """Return what the organization has: data centers, packages, templates, addresses, limits ...

        Kinds that the token may not read are None, and in ``unreadable`` with the reason.
        """
        from vmspec.live.catalogue import read_catalogue

        return await self._driver.run(read_catalogue(self._session, _today()))

    async def current_catalogue(self) -> Catalogue:
        """Return the catalogue with the machines that exist now, to check specs before they are sent."""
        from vmspec.live.catalogue import read_current

        return await self._driver.run(read_current(self._session, _today()))


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
