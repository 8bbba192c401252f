"""Lookups: references by name and kind."""

from __future__ import annotations

import pytest

from vmspec.errors import SpecError
from vmspec.model.schema import lookup_keys
from vmspec.model.values import (
    ISO,
    DataCenter,
    Group,
    IOProfile,
    IPAddress,
    Network,
    Package,
    SharedDisk,
    SpeedProfile,
    Subnet,
    Template,
    TemplateVersion,
    User,
    VirtualNetwork,
    Zone,
)


@pytest.mark.parametrize(
    ("cls", "bys"),
    [
        (DataCenter, ("id", "name", "permalink")),
        (Zone, ("id", "permalink")),
        (Package, ("id", "permalink")),
        (Template, ("id", "permalink")),
        (TemplateVersion, ("id", "number")),
        (IOProfile, ("id", "permalink")),
        (SharedDisk, ("id", "name")),
        (Network, ("id", "permalink")),
        (VirtualNetwork, ("id",)),
        (SpeedProfile, ("id", "permalink")),
        (IPAddress, ("id", "address")),
        (Subnet, ("id", "address")),
        (Group, ("id", "name")),
        (User, ("id", "email_address")),
        (ISO, ("id",)),
    ],
)
def test_what_each_may_be_looked_up_by(cls: type, bys: tuple[str, ...]) -> None:
    assert lookup_keys(cls) == bys


def test_by_is_id_where_nothing_is_said() -> None:
    assert DataCenter("loc_1") == DataCenter("loc_1", by="id")
    assert DataCenter("loc_1") != DataCenter("loc_1", by="name")


def test_lookups_are_nominal() -> None:
    assert Zone("a") != DataCenter("a")


@pytest.mark.parametrize(
    ("cls", "arguments", "problem"),
    [
        (DataCenter, ("",), "DataCenter is empty"),
        (DataCenter, ("uk-lon-01 ",), "DataCenter begins or ends with a blank"),
        (DataCenter, ("\u2003uk",), "DataCenter begins or ends with a blank"),
        (DataCenter, ("a\x00b",), "DataCenter holds the character U+0000, which XML cannot hold"),
        (DataCenter, (5,), "DataCenter is of type int, not text"),
        (DataCenter, ("a", "slug"), "DataCenter.by is 'slug'; it is id, name or permalink"),
        (Zone, ("a", "name"), "Zone.by is 'name'; it is id or permalink"),
        (VirtualNetwork, ("a", "permalink"), "VirtualNetwork.by is 'permalink'; it is id"),
        (TemplateVersion, ("v3",), "TemplateVersion is 'v3', not a version's number such as 3, or its id"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(cls: type, arguments: tuple[object, ...], problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        cls(*arguments)
    assert str(caught.value) == problem


def test_repr_is_how_it_is_written() -> None:
    assert repr(DataCenter("uk-lon-01", by="permalink")) == "DataCenter('uk-lon-01', by='permalink')"
