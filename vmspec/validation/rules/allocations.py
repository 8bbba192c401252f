"""IP address allocations: what new and existing addresses need to say."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import IPAddressAllocation
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule


@rule(
    "VMS261",
    "allocation-without-type",
    of=IPAddressAllocation,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library knows two types and always writes one",
)
def allocation_without_type(allocation: IPAddressAllocation) -> Problems:
    """An IP address allocation does not say whether the address is new or existing.

    What it holds suggests the answer, but nothing shows that Katapult guesses.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation>
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if allocation.type is not None:
        return ()
    meant = "existing" if allocation.ip_address is not None else "new"
    return [Problem("", "an IP address allocation without a type", f"its type is {meant}, it seems")]


@rule(
    "VMS262",
    "existing-without-address",
    of=IPAddressAllocation,
    severity=Severity.ERROR,
    evidence=Evidence.RECORDED,
    source="every existing allocation in recorded traffic and in the vendor's examples names its address",
)
def existing_without_address(allocation: IPAddressAllocation) -> Problems:
    """An existing address is to be used, and none is named.

    The organization may hold many; there is nothing to choose one by.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing"/>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.48</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if allocation.type != "existing" or allocation.ip_address is not None:
        return ()
    return [Problem("", "an existing address that is not named", "name it, or ask for a new one")]


@rule(
    "VMS263",
    "existing-with-more",
    of=IPAddressAllocation,
    at="ip_address",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's examples have version and subnet with new addresses only",
)
def existing_with_more(allocation: IPAddressAllocation) -> Problems:
    """An existing address is named, and a version or a subnet beside it.

    An address that exists has its version and its subnet already. What stands beside it changes nothing,
    or contradicts it.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.48</IPAddress>
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.48</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if allocation.type != "existing" or (allocation.version is None and allocation.subnet is None):
        return ()
    given = "version" if allocation.version is not None else "subnet"
    return [Problem(given, f"a {given} beside an existing address", "leave it out")]


@rule(
    "VMS264",
    "new-without-version",
    of=IPAddressAllocation,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="every new allocation in the vendor's examples has a version, a subnet or both",
)
def new_without_version(allocation: IPAddressAllocation) -> Problems:
    """A new address is asked for without a version or a subnet.

    Whether IPv4 or IPv6 is meant is left open; no default is documented.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new"/>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <Version>4</Version>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if allocation.type != "new" or allocation.version is not None or allocation.subnet is not None:
        return ()
    if allocation.ip_address is not None:
        return ()  # new-with-address has the better words
    message = "a new address without a version or a subnet"
    return [Problem("", message, "say version 4 or 6, or a subnet")]


@rule(
    "VMS265",
    "new-with-address",
    of=IPAddressAllocation,
    at="ip_address",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's examples name an address with existing ones only",
)
def new_with_address(allocation: IPAddressAllocation) -> Problems:
    """A new address is asked for, and an address that exists is named.

    A new address is chosen by Katapult. Whoever names one means an existing one.

    Example:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="new">
              <IPAddress by="address">185.53.57.48</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>

    Use instead:

        <NetworkInterfaces>
          <NetworkInterface>
            <Network by="permalink">uk-lon-01-public</Network>
            <IPAddressAllocation type="existing">
              <IPAddress by="address">185.53.57.48</IPAddress>
            </IPAddressAllocation>
          </NetworkInterface>
        </NetworkInterfaces>
    """
    if allocation.type != "new":
        return ()
    message = "a new address, and one that exists is named"
    return [Problem("ip_address", message, "make its type existing, or leave the address out")]
