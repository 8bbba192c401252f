"""The entries of a catalogue: what specs refer to, and what an organization may have."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class Reference:
    """The id of another entry."""

    id: str


@frozen(kw_only=True)
class Organization:
    """The organization that the catalogue is of; None for what the token may not read."""

    id: str | None = None
    sub_domain: str | None = None

    def matches(self, id_or_sub_domain: str) -> bool:
        """Return whether an id or a subdomain may be that of this organization."""
        known = self.id if id_or_sub_domain.startswith("org_") else self.sub_domain
        return known in (None, id_or_sub_domain)


@frozen(kw_only=True)
class Entry:
    """Something with an id and a name."""

    id: str
    name: str | None = None


@frozen(kw_only=True)
class Resource(Entry):
    """A data center, or a profile of a disk or a network interface."""

    permalink: str | None = None


@frozen(kw_only=True)
class Placed(Resource):
    """A zone or a network; only virtual networks have no permalink."""

    data_center: Reference | None = None


@frozen(kw_only=True)
class Package(Resource):
    """A bundle of memory, CPU cores and disk."""

    memory_in_gb: int | None = None
    cpu_cores: int | None = None
    storage_in_gb: int | None = None


@frozen(kw_only=True)
class TemplateOption:
    """An option of a template: Text, Boolean, Password or Keyboard. No prefilled password is kept."""

    name: str
    type: str = "Text"
    required: bool = False
    prefill: str | None = None


@frozen(kw_only=True)
class TemplateVersion:
    """A version of a disk template; ``options`` is None if the token may not read them."""

    id: str
    number: int
    stable: bool = True
    size_in_gb: int | None = None
    options: tuple[TemplateOption, ...] | None = None


@frozen(kw_only=True)
class Template(Resource):
    """A disk template; ``versions`` is None if the token may not read them."""

    versions: tuple[TemplateVersion, ...] | None = None

    @property
    def latest(self) -> TemplateVersion | None:
        """The version with the highest number."""
        return max(self.versions or (), key=lambda version: version.number, default=None)


@frozen(kw_only=True)
class Address:
    """An IP address; ``network`` is None if it is not known, ``allocation_id`` if the address is free."""

    id: str
    address: str
    network: Reference | None = None
    allocation_id: str | None = None
    allocation_type: str | None = None


@frozen(kw_only=True)
class Subnet:
    """A subnet of new IP addresses."""

    id: str
    address: str


@frozen(kw_only=True)
class User(Entry):
    """A user with access; the API does not list email addresses, which are then None."""

    email_address: str | None = None


@frozen(kw_only=True)
class SSHKey(Entry):
    """An SSH key of the organization."""

    fingerprint: str | None = None


@frozen(kw_only=True)
class Disk(Entry):
    """A disk that exists; the API does not tell which ones may be shared."""

    size_in_gb: int | None = None


@frozen(kw_only=True)
class InUse:
    """Use of the organization at this moment, never in a file; None for what is not known."""

    hostnames: frozenset[str] = frozenset()
    machines: int = 0
    memory_in_gb: int | None = None
    disk_space_in_gb: int | None = None


@frozen(kw_only=True)
class PolicyLimits:
    """Limits of the organization; None is unlimited. Memory and disks are in GB (inferred)."""

    keeps_none: ClassVar[bool] = True

    maximum_virtual_machines: int | None = None
    maximum_virtual_machine_memory: int | None = None
    maximum_disk_space: int | None = None
    maximum_disk_size: int | None = None
    minimum_disk_size: int | None = None
    maximum_unallocated_ip_addresses: int | None = None
    flexible_virtual_machine_resources: bool | None = None
    """None if it is not known."""
