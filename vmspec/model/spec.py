"""VirtualMachineSpec, the root of the model."""

from typing import Annotated, Literal

from attrs import frozen

from vmspec.model.elements import (
    AuthorizedKeys,
    BackupPolicy,
    CloudInit,
    DiskTemplate,
    NetworkInterface,
    Resources,
    SystemDisk,
)
from vmspec.model.schema import Attribute, Element, Nested, Part, Wrapped
from vmspec.model.values import ISO, DataCenter, Group, SharedDisk, Zone

ROOT_TAG = "VirtualMachineSpec"
"""The tag of the root element."""


@frozen(kw_only=True, slots=False, repr=False, eq=False)
class VirtualMachineSpec(Part):
    """A machine to be built. It can hold everything that the grammar allows, even if it breaks rules.

    >>> VirtualMachineSpec(hostname="web-1", data_center=DataCenter("uk-lon-01", by="permalink")).hostname
    'web-1'
    """

    zone: Annotated[Zone | None, Element("Zone")] = None
    data_center: Annotated[DataCenter | None, Element("DataCenter")] = None
    resources: Annotated[Resources | None, Element("Resources")] = None
    disk_template: Annotated[DiskTemplate | None, Element("DiskTemplate")] = None
    cloud_init: Annotated[CloudInit | None, Element("CloudInit")] = None
    system_disks: Annotated[tuple[SystemDisk, ...], Wrapped("SystemDisks", "Disk")] = ()
    shared_disks: Annotated[tuple[SharedDisk, ...], Wrapped("SharedDisks", "Disk")] = ()
    network_interfaces: Annotated[
        tuple[NetworkInterface, ...], Wrapped("NetworkInterfaces", "NetworkInterface")
    ] = ()
    hostname: Annotated[str | None, Nested("Hostname")] = None
    """None asks Katapult for a random hostname."""
    hostname_type: Annotated[Literal["random"] | None, Attribute("type", of="Hostname")] = None
    """``random`` if a document has both a hostname and ``type="random"``, otherwise None."""
    name: Annotated[str | None, Element("Name", nested=True)] = None
    """The name shown in Katapult; if absent, the hostname."""
    description: Annotated[str | None, Element("Description")] = None
    group: Annotated[Group | None, Element("Group")] = None
    authorized_keys: Annotated[AuthorizedKeys | None, Element("AuthorizedKeys")] = None
    backup_policies: Annotated[tuple[BackupPolicy, ...], Wrapped("BackupPolicies", "BackupPolicy")] = ()
    tags: Annotated[tuple[str, ...], Wrapped("Tags", "Tag", ordered=False)] = ()
    """Names of existing tags; a build does not create tags, and Katapult keeps no order."""
    iso: Annotated[ISO | None, Element("ISO")] = None

    def __attrs_post_init__(self) -> None:
        if not self.hostname and self.hostname_type == "random":
            # Both mean a random hostname: in XML, empty text cannot be told from none.
            object.__setattr__(self, "hostname", None)
            object.__setattr__(self, "hostname_type", None)
        super().__attrs_post_init__()


def check_is_spec(value: object) -> None:
    """Raise TypeError unless a value is a VirtualMachineSpec."""
    if not isinstance(value, VirtualMachineSpec):
        advice = "; call .build()" if hasattr(value, "build") else ""
        raise TypeError(f"expected a VirtualMachineSpec, got a {type(value).__name__}{advice}")
