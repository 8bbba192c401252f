"""The resources that machines are made of."""

from __future__ import annotations

import ipaddress
from typing import ClassVar

from attrs import Factory, fields, frozen

from vmspec.sandbox.catalogue.base import CREATED_AT, Named, Resource, derived_id
from vmspec.sandbox.catalogue.places import DataCenter, Network
from vmspec.sandbox.http import JSON


@frozen(kw_only=True)
class Package(Resource):
    """A bundle of memory, cores and disk; the numbers are the sandbox's, not a price list."""

    prefix: ClassVar[str] = "vmpkg"
    memory: int = 1
    cpu_cores: int = 1
    storage: int = 25

    @property
    def row(self) -> dict[str, JSON]:
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
    label: str = ""
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
class TemplateVersion:
    """A version of a disk template."""

    number: int
    id: str
    size_in_gb: int = 10
    stable: bool = True
    fields: tuple[TemplateField, ...] = (INSTALL_AGENT,)

    @property
    def row(self) -> dict[str, JSON]:
        return {
            "id": self.id,
            "number": self.number,
            "stable": self.stable,
            "size_in_gb": self.size_in_gb,
        }


def _versions(template: Template) -> tuple[TemplateVersion, ...]:
    return tuple(
        TemplateVersion(
            number=number, id=derived_id("dtv", f"{template.id} {number}"), fields=template.fields
        )
        for number in range(1, template.newest + 1)
    )


@frozen(kw_only=True)
class Template(Resource):
    """A disk template, by default with versions 1 to ``newest``, all with the same options."""

    prefix: ClassVar[str] = "dtpl"
    newest: int = 1
    fields: tuple[TemplateField, ...] = (INSTALL_AGENT,)
    versions: tuple[TemplateVersion, ...] = Factory(_versions, takes_self=True)

    def version_id(self, number: int) -> str:
        """Return the id of a version."""
        return next(version.id for version in self.versions if version.number == number)

    @property
    def row(self) -> dict[str, JSON]:
        latest = self.versions[-1] if self.versions else None
        return {
            "id": self.id,
            "name": self.name,
            "description": None,
            "permalink": self.permalink,
            "universal": True,
            "size_in_gb": None if latest is None else latest.size_in_gb,
            "latest_version": None if latest is None else {"id": latest.id, "number": latest.number},
            "operating_system": None,
        }

    @property
    def detail(self) -> dict[str, JSON]:
        return {**self.row, "latest_version": {"id": self.versions[-1].id} if self.versions else None}


@frozen(kw_only=True)
class SpeedProfile(Resource):
    """The speed of a network interface."""

    prefix: ClassVar[str] = "nsp"
    mbit: int | None = None

    @property
    def row(self) -> dict[str, JSON]:
        speeds = ("upload_speed_in_mbit", "download_speed_in_mbit")
        return {**self.names, **dict.fromkeys(speeds, self.mbit)}


@frozen(kw_only=True)
class IOProfile(Resource):
    """The speed of a disk."""

    prefix: ClassVar[str] = "diop"
    mb: int | None = None
    iops: int | None = None

    @property
    def row(self) -> dict[str, JSON]:
        return {**self.names, "speed_in_mb": self.mb, "iops": self.iops}


@frozen(kw_only=True)
class Group(Named):
    """A group of virtual machines."""

    prefix: ClassVar[str] = "vmgrp"

    @property
    def row(self) -> dict[str, JSON]:
        return {**self.names, "segregate": True, "auto_segregate": False, "created_at": CREATED_AT}


@frozen
class Address:
    """An IP address and its id, allocated to a resource or free."""

    address: str
    id: str = Factory(lambda item: derived_id("ip", item.address), takes_self=True)
    network: Network | None = None
    """None for the network of the first data center."""
    allocation_id: str | None = None
    allocation_type: str | None = None

    @property
    def subnet(self) -> JSON:
        """The subnet of the address."""
        network = self._interface.network
        return {
            "id": derived_id("sbnt", str(network)),
            "address": str(network.network_address),
            "gateway": str(network[1]),
            "mask": network.prefixlen,
            "version": network.version,
            "billable": True,
        }

    @property
    def address_with_mask(self) -> str:
        """The address with the length of its prefix."""
        return str(self._interface)

    @property
    def _interface(self) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
        return ipaddress.ip_interface(f"{self.address}/{64 if ':' in self.address else 24}")


@frozen(kw_only=True)
class User(Named):
    """A user with access to the organization; ``name`` is first and last name."""

    prefix: ClassVar[str] = "user"
    email_address: str = ""

    @property
    def row(self) -> dict[str, JSON]:
        first, _, last = self.name.partition(" ")
        return {"user": {"id": self.id, "first_name": first, "last_name": last, "avatar_url": ""}}


@frozen(kw_only=True)
class SSHKey(Named):
    """An SSH key of the organization."""

    prefix: ClassVar[str] = "ssh"
    fingerprint: str = ""

    @property
    def row(self) -> dict[str, JSON]:
        return {**self.names, "fingerprint": self.fingerprint}


@frozen(kw_only=True)
class GPUType(Resource):
    """A type of GPU; no build can ask for one."""

    prefix: ClassVar[str] = "gpu"
    manufacturer: str = ""
    memory: int = 0
    memory_type: str = ""
    data_centers: tuple[DataCenter, ...] = ()

    @property
    def row(self) -> dict[str, JSON]:
        return {
            **self.names,
            "manufacturer": self.manufacturer,
            "memory_in_gb": self.memory,
            "memory_type": self.memory_type,
            "data_centers": [item.names for item in self.data_centers],
        }


@frozen(kw_only=True)
class Disk(Named):
    """A disk that exists already, such as a shared one."""

    prefix: ClassVar[str] = "disk"
    size_in_gb: int = 10

    @property
    def row(self) -> dict[str, JSON]:
        return {
            **self.names,
            "size_in_gb": self.size_in_gb,
            "wwn": derived_id("wwn", self.id)[4:],
            "state": "built",
            "virtual_machine_disk": None,
        }


@frozen(kw_only=True)
class PolicyLimits:
    """The limits of the organization; None is unlimited."""

    maximum_virtual_machines: int | None = None
    maximum_virtual_machine_memory: int | None = None
    maximum_disk_space: int | None = None
    maximum_unallocated_ip_addresses: int | None = 10
    maximum_virtual_networks: int | None = 10
    maximum_isos: int | None = 10
    maximum_disk_size: int | None = 1000
    minimum_disk_size: int | None = 1
    flexible_virtual_machine_resources: bool = True

    @property
    def json(self) -> dict[str, JSON]:
        limits: dict[str, JSON] = {}
        for field in fields(PolicyLimits):
            value = getattr(self, field.name)
            if field.name.startswith("maximum"):
                limits[field.name] = {"value": value, "unlimited": value is None}
            else:
                limits[field.name] = value if isinstance(value, bool) else {"value": value}
        return limits
