"""VM: builds a spec step by step. Every method returns a new VM, so that a base can be shared.

>>> base = VM().data_center("uk-lon-01").package("rock-3")
>>> web, db = base.tags("web"), base.tags("db")
>>> base.spec.tags, web.spec.tags
((), ('web',))
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Self

from attrs import frozen

from vmspec.builder.arguments import optional_lookup, policies, spec_of_data, strings
from vmspec.builder.calls import caller_level, named_errors, unknown_step
from vmspec.builder.merge import merged
from vmspec.builder.steps import Steps
from vmspec.documents import dumps, load
from vmspec.errors import InvalidSpecError, SpecError, SpecWarning
from vmspec.findings import Severity
from vmspec.model import elements, values
from vmspec.model.schema import with_fields
from vmspec.model.spec import VirtualMachineSpec, check_is_spec
from vmspec.text import join_or, machine_prefix, quote
from vmspec.validation import validate


@named_errors
@frozen(init=False)
class VM(Steps):
    """A virtual machine to be built. ``build`` returns its spec, checked by all rules.

    Where a method takes a lookup, a string is an id if it looks like one (``vmpkg_`` and 16 letters and
    digits). Otherwise it is the first of these that the lookup supports: permalink, name, address, email
    address. ``by`` overrides this.

    Raises SpecError as soon as a value is given that the format cannot hold. Errors begin with the hostname.
    A VM never changes: a step whose result is thrown away does nothing. Pyright reports such a call with
    ``reportUnusedCallResult``.

    >>> vm = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/ubuntu-22-04")
    >>> vm.build().hostname
    'web-1'
    """

    def __init__(self, hostname: str | None = None) -> None:
        """Create a VM with a hostname, or with a random one for None."""
        object.__setattr__(self, "spec", VirtualMachineSpec(hostname=hostname))

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            if name.startswith("_") or name == "spec":
                raise AttributeError(name)
            raise AttributeError(machine_prefix(self.spec.hostname) + unknown_step(type(self), name))

    @classmethod
    def from_spec(cls, spec: VirtualMachineSpec) -> Self:
        """Return a VM that starts from a spec, such as one that was loaded."""
        check_is_spec(spec)
        return cls._of(spec)

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """Return a VM that starts from plain data in the shape of JSON documents, which may be partial.

        Raises SpecError with everything that is wrong.

        >>> VM.from_data({"resources": {"package": {"permalink": "rock-3"}}}).spec.resources
        Resources(package=Package('rock-3', by='permalink'))
        """
        return cls._of(spec_of_data(data))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return a VM that starts from a document, which may be partial: a base or an override.

        Raises DocumentError for a document that cannot be read, and OSError for such a file.
        """
        return cls._of(load(path))

    def build(self, fail_on: Literal["error", "warning", "info"] = "error") -> VirtualMachineSpec:
        """Return the spec; raise InvalidSpecError with every finding if one is as severe as ``fail_on``.

        Each of the other findings is a SpecWarning for the line of the caller.
        """
        severities = [*Severity]
        if fail_on not in severities:
            raise SpecError(f"fail_on is {fail_on!r}; it is {join_or(severities)}")
        failing = severities[: severities.index(Severity(fail_on)) + 1]
        findings = validate(self.spec).findings
        if any(finding.severity in failing for finding in findings):
            raise InvalidSpecError(findings, self.spec.hostname)
        for finding in findings:
            text = f"{machine_prefix(self.spec.hostname)}{finding}"
            warnings.warn(text, SpecWarning, stacklevel=caller_level())
        return self.spec

    def to_xml(self) -> str:
        """Return the canonical XML of ``build()``."""
        return dumps(self.build(), "xml")

    def apply(self, function: Callable[[Self], Self]) -> Self:
        """Return ``function(self)``, to put a function of your own into the chain.

        >>> def small(vm: VM) -> VM:
        ...     return vm.package("rock-3").disk(20)
        >>> VM("web-1").apply(small).spec.resources
        Resources(package=Package('rock-3', by='permalink'))
        """
        if not callable(function):
            raise SpecError(
                f"apply() takes a function, not a {type(function).__name__}; write apply(function)"
            )
        vm = function(self)
        if not isinstance(vm, VM):
            name = getattr(function, "__name__", "the function")
            raise SpecError(f"{name} returned a {type(vm).__name__}; it must return the VM of its last step")
        return vm

    # Variants of a base

    def merged(self, override: VM) -> Self:
        """Return this VM with everything that an override says.

        A list of the override replaces the list, but tags and template options are merged by name and key.
        Of a zone and a data center, of a package and cores with memory, and of all users and some, the one
        that the override has replaces the other. A VM without a hostname keeps that of the base.

        >>> base = VM.from_data({"tags": ["web"], "resources": {"cpu_cores": 2, "memory": 4}})
        >>> large = base.merged(VM("web-1").memory(32).tags("large")).spec
        >>> large.resources, large.tags
        (Resources(memory=32, cpu_cores=2), ('web', 'large'))
        """
        if not isinstance(override, VM):
            advice = {"VirtualMachineSpec": "VM.from_spec(spec)", "dict": "VM.from_data(data)"}
            kind = type(override).__name__
            raise SpecError(f"override is of type {kind}; write {advice.get(kind, 'VM.load(path)')}")
        return self._of(merged(self.spec, override.spec))

    def without_disk(self, disk: str | int) -> Self:
        """Remove a disk, by its name or by its index from 0.

        >>> VM().disk(20, name="System").disk(100, name="Data").without_disk("Data").spec.system_disks
        (SystemDisk(name='System', size=20),)
        """
        index = self._disk_index(disk)
        disks = self.spec.system_disks
        return self._with(system_disks=(*disks[:index], *disks[index + 1 :]))

    def replace_disk(
        self,
        disk: str | int,
        size: int | None = None,
        *,
        name: str | None = None,
        speed: values.StorageSpeed | None = None,
        io_profile: str | values.IOProfile | None = None,
        file_system_type: values.FileSystem | None = None,
        backup: elements.BackupPolicy | Iterable[elements.BackupPolicy] | None = None,
    ) -> Self:
        """Change a disk, given by its name or by its index from 0; what is not given stays.

        >>> VM().disk(20, name="System", speed="nvme").replace_disk("System", size=40).spec.system_disks
        (SystemDisk(name='System', size=40, speed='nvme'),)
        """
        index = self._disk_index(disk)
        given = {
            "name": name,
            "size": size,
            "speed": speed,
            "io_profile": optional_lookup(values.IOProfile, io_profile),
            "file_system_type": file_system_type,
            "backup_policies": None if backup is None else policies(backup),
        }
        changes = {field: value for field, value in given.items() if value is not None}
        disks = [*self.spec.system_disks]
        disks[index] = with_fields(disks[index], **changes)
        return self._with(system_disks=tuple(disks))

    def without_network(self, index: int) -> Self:
        """Remove an interface, by its index from 0; interfaces in virtual networks count too."""
        interfaces = self.spec.network_interfaces
        index = _checked_index("network", index, len(interfaces))
        return self._with(network_interfaces=(*interfaces[:index], *interfaces[index + 1 :]))

    def without_tags(self, *names: str) -> Self:
        """Remove tags by name."""
        for name in strings("tags", names):
            _check_known("tag", name, self.spec.tags)
        return self._with(tags=tuple(tag for tag in self.spec.tags if tag not in names))

    def without_option(self, key: str) -> Self:
        """Remove an option of the disk template by key."""
        template = self.spec.disk_template
        options = template.options if template is not None else ()
        _check_known("option", key, [option.key for option in options])
        assert template is not None  # it has the option
        left = tuple(option for option in options if option.key != key)
        return self._with(disk_template=with_fields(template, options=left))

    def _disk_index(self, disk: str | int) -> int:
        disks = self.spec.system_disks
        if not isinstance(disk, str):
            return _checked_index("disk", disk, len(disks))
        names = [each.name for each in disks]
        _check_known("disk", disk, [name for name in names if name is not None])
        if names.count(disk) > 1:
            raise SpecError(f"{names.count(disk)} disks have the name {quote(disk)}; write the index")
        return names.index(disk)


def _check_known(noun: str, name: str, names: Sequence[str]) -> None:
    """Raise SpecError for a name that is not there."""
    if name not in names:
        there = f"write {join_or(map(quote, dict.fromkeys(names)))}" if names else "leave the call out"
        raise SpecError(f"it has no {noun} {name!r}; {there}")


def _checked_index(noun: str, index: int, count: int) -> int:
    """Return an index from 0; raise SpecError for one that is not there."""
    if type(index) is not int:
        raise SpecError(f"{noun} is of type {type(index).__name__}; write its index, from 0")
    if not 0 <= index < count:
        there = f"write an index from 0 to {count - 1}" if count else "leave the call out"
        raise SpecError(f"it has no {noun} {index}; {there}")
    return index
