"""The seven changes that Katapult makes to a spec when it stores it.

They are the differences between recorded specs as sent and as read back. Everything that was never
recorded (a zone, a version by id, a random hostname) is stored unchanged, which is inferred.
"""

from __future__ import annotations

from attrs import evolve

from vmspec.model import elements, values
from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.catalogue import Catalogue


def normalize(spec: VirtualMachineSpec, catalogue: Catalogue) -> VirtualMachineSpec:
    """Return the spec as Katapult stores it."""
    return evolve(
        spec,
        data_center=_data_center(spec.data_center, catalogue),
        resources=_resources(spec.resources, catalogue),
        disk_template=_disk_template(spec.disk_template, catalogue),
        network_interfaces=tuple(_interface(item, catalogue) for item in spec.network_interfaces),
        hostname=None if spec.hostname is None else spec.hostname.lower(),
        authorized_keys=_authorized_keys(spec.authorized_keys),
    )


def _data_center(lookup: values.DataCenter | None, catalogue: Catalogue) -> values.DataCenter | None:
    # Recorded for permalinks only; that names become ids as well is inferred.
    return None if lookup is None else values.DataCenter(catalogue.data_center(lookup).id)


def _resources(resources: elements.Resources | None, catalogue: Catalogue) -> elements.Resources | None:
    if resources is None or resources.package is None:
        return resources
    permalink = catalogue.package(resources.package).permalink
    return evolve(resources, package=values.Package(permalink, by="permalink"))


def _disk_template(
    disk_template: elements.DiskTemplate | None, catalogue: Catalogue
) -> elements.DiskTemplate | None:
    if disk_template is None or disk_template.version is not None:
        return disk_template
    newest = catalogue.template(disk_template.template).newest
    return evolve(disk_template, version=values.TemplateVersion(str(newest), by="number"))


def _interface(interface: elements.NetworkInterface, catalogue: Catalogue) -> elements.NetworkInterface:
    profile = interface.speed_profile
    return evolve(
        interface,
        speed_profile=None if profile is None else values.SpeedProfile(catalogue.speed_profile(profile).id),
        ip_address_allocations=tuple(
            _allocation(item, catalogue) for item in interface.ip_address_allocations
        ),
    )


def _allocation(
    allocation: elements.IPAddressAllocation, catalogue: Catalogue
) -> elements.IPAddressAllocation:
    if allocation.ip_address is None or allocation.ip_address.by == "address":
        return allocation
    address = catalogue.address(allocation.ip_address).address
    return evolve(allocation, ip_address=values.IPAddress(address, by="address"))


def _authorized_keys(keys: elements.AuthorizedKeys | None) -> elements.AuthorizedKeys | None:
    if keys is None or keys.continuous_management is not None:
        return keys
    return evolve(keys, continuous_management=False)
