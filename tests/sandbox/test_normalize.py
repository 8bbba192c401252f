"""The stored spec: the seven changes of the API."""

from __future__ import annotations

import pytest
from attrs import evolve

from vmspec.documents import dumps, loads
from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox import Catalogue
from vmspec.sandbox.catalogue import DataCenter, Package, SpeedProfile, Template
from vmspec.sandbox.normalize import normalize

CATALOGUE = Catalogue(
    data_centers=(DataCenter(permalink="uk-lon-01", name="London", id="loc_aaaaaaaaaaaaaaaa"),),
    packages=(Package(permalink="rock-3", id="vmpkg_aaaaaaaaaaaaaaaa"),),
    templates=(Template(permalink="templates/ubuntu-22-04", newest=4, id="dtpl_aaaaaaaaaaaaaaaa"),),
    speed_profiles=(SpeedProfile(permalink="1gbps", id="nsp_aaaaaaaaaaaaaaaa"),),
)


def change(xml: str) -> str:
    """Return elements of a spec as they are stored."""
    text = dumps(normalize(loads(f"<VirtualMachineSpec>{xml}</VirtualMachineSpec>", "xml"), CATALOGUE), "xml")
    inner = text.removeprefix('<?xml version="1.0"?>\n<VirtualMachineSpec>\n')
    flat = "".join(line.strip() for line in inner.removesuffix("</VirtualMachineSpec>\n").splitlines())
    return flat.replace('<Hostname><Hostname type="random"/></Hostname>', "")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            '<DataCenter by="permalink">uk-lon-01</DataCenter>',
            "<DataCenter>loc_aaaaaaaaaaaaaaaa</DataCenter>",
        ),
        (
            "<Resources><Package>vmpkg_aaaaaaaaaaaaaaaa</Package></Resources>",
            '<Resources><Package by="permalink">rock-3</Package></Resources>',
        ),
        (
            '<DiskTemplate><DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate></DiskTemplate>',
            '<DiskTemplate><DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>'
            '<Version by="number">4</Version></DiskTemplate>',
        ),
        (
            '<NetworkInterfaces><NetworkInterface><SpeedProfile by="permalink">1gbps</SpeedProfile>'
            "</NetworkInterface></NetworkInterfaces>",
            "<NetworkInterfaces><NetworkInterface><SpeedProfile>nsp_aaaaaaaaaaaaaaaa</SpeedProfile>"
            "</NetworkInterface></NetworkInterfaces>",
        ),
        (
            '<NetworkInterfaces><NetworkInterface><IPAddressAllocation type="existing">'
            f"<IPAddress>{CATALOGUE.addresses[1].id}</IPAddress>"
            "</IPAddressAllocation></NetworkInterface></NetworkInterfaces>",
            '<NetworkInterfaces><NetworkInterface><IPAddressAllocation type="existing">'
            '<IPAddress by="address">198.51.100.11</IPAddress>'
            "</IPAddressAllocation></NetworkInterface></NetworkInterfaces>",
        ),
        (
            "<Hostname><Hostname>DB-One</Hostname></Hostname><Name>DB-One</Name>",
            "<Hostname><Hostname>db-one</Hostname></Hostname><Name>DB-One</Name>",
        ),
        (
            '<AuthorizedKeys><Users all="yes"/></AuthorizedKeys>',
            '<AuthorizedKeys continuous_management="no"><Users all="yes"/></AuthorizedKeys>',
        ),
    ],
)
def test_stored_spec_has_the_seven_changes(sent: str, kept: str) -> None:
    assert change(sent) == kept


@pytest.mark.parametrize(
    "xml",
    [
        "<DataCenter>loc_aaaaaaaaaaaaaaaa</DataCenter>",
        "<DataCenter>dc_unheardofunheard</DataCenter>",
        '<Zone by="permalink">lon-zone-4</Zone>',
        '<Resources><Package by="permalink">boulder-99</Package></Resources>',
        "<Resources><Memory>4</Memory><CPUCores>2</CPUCores></Resources>",
        "<DiskTemplate><DiskTemplate>dtpl_aaaaaaaaaaaaaaaa</DiskTemplate>"
        '<Version by="number">2</Version><Option key="a">b</Option></DiskTemplate>',
        "<DiskTemplate><DiskTemplate>dtpl_aaaaaaaaaaaaaaaa</DiskTemplate>"
        "<Version>dtv_aaaaaaaaaaaaaaaa</Version></DiskTemplate>",
        "<SystemDisks><Disk><Name>System</Name><Size>20</Size>"
        '<IOProfile by="permalink">100k</IOProfile></Disk></SystemDisks>',
        '<NetworkInterfaces><NetworkInterface><Network by="permalink">uk-lon-01-public</Network>'
        '<IPAddressAllocation type="new"><Version>6</Version></IPAddressAllocation>'
        '<IPAddressAllocation type="existing"><IPAddress by="address">192.0.2.1</IPAddress>'
        "</IPAddressAllocation></NetworkInterface></NetworkInterfaces>",
        '<Group by="name">Front Ends</Group>',
        '<AuthorizedKeys continuous_management="yes"><Users all="yes"/></AuthorizedKeys>',
        "<Tags><Tag>web</Tag><Tag>Unheard Of</Tag></Tags>",
    ],
)
def test_everything_else_is_stored_unchanged(xml: str) -> None:
    assert change(xml) == xml


def test_stored_spec_is_not_changed_again() -> None:
    spec = loads(
        '<VirtualMachineSpec><DataCenter by="name">Somewhere</DataCenter>'
        "<Resources><Package>vmpkg_unheardofunheard</Package></Resources>"
        "<DiskTemplate><DiskTemplate>dtpl_unheardofunheard</DiskTemplate></DiskTemplate>"
        "<AuthorizedKeys/></VirtualMachineSpec>",
        "xml",
    )
    once = normalize(spec, CATALOGUE)

    assert once != spec
    assert normalize(once, CATALOGUE) == once


def test_empty_spec_stays_empty() -> None:
    assert normalize(VirtualMachineSpec(), CATALOGUE) == VirtualMachineSpec()


def test_sent_spec_is_not_modified() -> None:
    spec = VirtualMachineSpec(hostname="WEB")
    kept = normalize(spec, CATALOGUE)

    assert (spec.hostname, kept) == ("WEB", evolve(spec, hostname="web"))
