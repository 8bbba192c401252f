"""Lookups."""

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
    ("cls", "keys"),
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
def test_lookup_keys(cls: type, keys: tuple[str, ...]) -> None:
    assert lookup_keys(cls) == keys


def test_by_defaults_to_id() -> None:
    assert DataCenter("loc_1") == DataCenter("loc_1", by="id")
    assert DataCenter("loc_1") != DataCenter("loc_1", by="name")


def test_lookups_of_different_classes_are_unequal() -> None:
    assert Zone("a") != DataCenter("a")


@pytest.mark.parametrize(
    ("cls", "arguments", "problem"),
    [
        (DataCenter, ("",), "DataCenter is empty"),
        (DataCenter, ("uk-lon-01 ",), "DataCenter starts or ends with whitespace"),
        (DataCenter, ("\u2003uk",), "DataCenter starts or ends with whitespace"),
        (DataCenter, ("a\x00b",), "DataCenter contains the character U+0000, which XML does not allow"),
        (DataCenter, (5,), "DataCenter is of type int, not str"),
        (DataCenter, ("a", "slug"), "DataCenter.by is 'slug'; it is id, name or permalink"),
        (Zone, ("a", "name"), "Zone.by is 'name'; it is id or permalink"),
        (VirtualNetwork, ("a", "permalink"), "VirtualNetwork.by is 'permalink'; it is id"),
        (
            TemplateVersion,
            ("v3",),
            "TemplateVersion is 'v3'; it is a version number such as 3, or a version id",
        ),
    ],
)
def test_invalid_lookup_is_rejected(cls: type, arguments: tuple[object, ...], problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        cls(*arguments)
    assert str(caught.value) == problem


def test_repr_is_the_expression_that_creates_it() -> None:
    assert repr(DataCenter("uk-lon-01", by="permalink")) == "DataCenter('uk-lon-01', by='permalink')"
