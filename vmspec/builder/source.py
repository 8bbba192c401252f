"""The source of a chain: the calls of the builder that make a spec.

Every part of a spec is tried as the steps that a person would write. What these steps cannot say, such as a
disk without a size, becomes plain data at the start of the chain.

>>> spec = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/ubuntu-22-04").spec
>>> print(to_python(spec))
(
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04")
    .build()
)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from keyword import iskeyword
from typing import Any

from vmspec.builder.arguments import backup_policy, existing_ip, lookup, new_ipv4, new_ipv6
from vmspec.builder.expressions import Call, Chain, format_chain, names_in
from vmspec.builder.vm import VM
from vmspec.documents.data.json_writer import to_plain
from vmspec.errors import SpecError
from vmspec.model.elements import AuthorizedKeys, BackupPolicy, DiskTemplate, IPAddressAllocation, Resources
from vmspec.model.schema import Lookup, Part, fields_of
from vmspec.model.spec import VirtualMachineSpec, check_is_spec
from vmspec.validation import validate

_FUNCTIONS: dict[str, Callable[..., object]] = {
    "backup_policy": backup_policy,
    "existing_ip": existing_ip,
    "new_ipv4": new_ipv4,
    "new_ipv6": new_ipv6,
}


def to_python(spec: VirtualMachineSpec) -> str:
    """Return the source of an expression that makes a spec with ``VM``, formatted as ruff formats it.

    It uses names of ``vmspec`` only. A spec with errors ends with ``.spec`` instead of ``.build()``. Secrets
    are in it, as in every document.

    >>> to_python(VM("web-1").tags("web").spec)
    'VM("web-1").tags("web").spec'
    """
    check_is_spec(spec)
    return format_chain(_chain(spec))


def to_module(spec: VirtualMachineSpec) -> str:
    """Return the source of a module that assigns a spec to ``spec``."""
    chain = _chain(spec)
    names = sorted(names_in(chain), key=lambda name: (not name.isupper(), name))
    return f"from vmspec import {', '.join(names)}\n\n{format_chain(chain, 'spec = ')}\n"


def _chain(spec: VirtualMachineSpec) -> Chain:
    steps: list[Call] = []
    left = {"hostname", "hostname_type"} if spec.hostname_type is not None else set()
    for name, calls_of in _STEPS.items():
        value = getattr(spec, name)
        if value in (None, ()):
            continue
        calls = list(calls_of(value))
        if calls and _field_made_by(calls, name) == value:
            steps += calls
        else:
            left.add(name)
    if left:
        data = {name: getattr(spec, name) for name in ("hostname", *left)}
        start = Call("VM.from_data", (to_plain(VirtualMachineSpec(**data)),))
    else:
        start = Call("VM", () if spec.hostname is None else (spec.hostname,))
    return Chain(start, tuple(steps), ".build()" if validate(spec).ok else ".spec")


def _field_made_by(calls: list[Call], name: str) -> object:
    """Return the field of a spec that calls make; None if the builder refuses them."""
    vm = VM()
    try:
        for call in calls:
            args = [_evaluated(value) for value in call.args]
            kwargs = {key: _evaluated(value) for key, value in call.kwargs.items()}
            vm = getattr(vm, call.name)(*args, **kwargs)
    except SpecError:
        return None
    return getattr(vm.spec, name)


def _evaluated(value: Any) -> Any:
    if isinstance(value, list):
        return [_evaluated(item) for item in value]
    if not isinstance(value, Call):
        return value
    args = [_evaluated(item) for item in value.args]
    return _FUNCTIONS[value.name](*args, **{key: _evaluated(item) for key, item in value.kwargs.items()})


# Fields


def _simple(name: str) -> Callable[[object], Iterator[Call]]:
    """Return the step for a value that is its only argument."""

    def calls(value: object) -> Iterator[Call]:
        yield _lookup_call(name, value) if isinstance(value, Lookup) else Call(name, (value,))

    return calls


def _lookup_call(name: str, value: Lookup, *args: object, **kwargs: object) -> Call:
    by = {} if lookup(type(value), value.value, None) == value else {"by": value.by}
    return Call(name, (value.value, *args), by | _given(kwargs))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.value if isinstance(value, Lookup) else value
        for key, value in values.items()
        if value not in (None, ())
    }


def _fields(part: Part) -> dict[str, Any]:
    return {field.name: getattr(part, field.name) for field in fields_of(type(part))}


def _resources(value: Resources) -> Iterator[Call]:
    if value.package is not None:
        yield _lookup_call("package", value.package)
    if value.cpu_cores is not None:
        yield Call("cpu", (value.cpu_cores,))
    if value.memory is not None:
        yield Call("memory", (value.memory,))


def _template(value: DiskTemplate) -> Iterator[Call]:
    version: object = value.version and value.version.value
    if value.version is not None and value.version.by == "number":
        version = int(value.version.value)
    options = [(option.key, _option_value(option.value)) for option in value.options]
    named: dict[str, object] = {}
    while options and _is_argument(options[0][0]):
        named.update([options.pop(0)])
    yield _lookup_call("template", value.template, version=version, **named)
    yield from (Call("option", option) for option in options)


def _is_argument(key: str) -> bool:
    """Return whether an option key can be the name of an argument."""
    is_name = key.isascii() and key.isidentifier() and not iskeyword(key) and not key.startswith("__")
    return is_name and key not in ("self", "template", "by", "version")


def _option_value(text: str) -> str | bool:
    return {"true": True, "false": False}.get(text, text)


def _disks(value: tuple[Part, ...]) -> Iterator[Call]:
    for disk in value:
        given = _given(_fields(disk))
        backups = [_policy(policy) for policy in given.pop("backup_policies", ())]
        if backups:
            given["backup"] = backups if len(backups) > 1 else backups[0]
        size = given.pop("size", None)
        yield Call("disk", (size,), given)


def _policy(policy: BackupPolicy) -> Call:
    return Call("backup_policy", (), _policy_arguments(policy))


def _policy_arguments(policy: BackupPolicy) -> dict[str, Any]:
    schedule = policy.schedule
    arguments = {"retention": policy.retention}
    if schedule is not None:
        times = {"every": schedule.interval, "frequency": schedule.frequency, "at": schedule.time}
        return _given(arguments | times)
    return _given(arguments)


def _interfaces(value: tuple[Any, ...]) -> Iterator[Call]:
    for interface in value:
        addresses = [_address(allocation) for allocation in interface.ip_address_allocations]
        for name in ("network", "virtual_network"):
            network = getattr(interface, name)
            if network is not None:
                yield _lookup_call(name, network, *addresses, speed_profile=interface.speed_profile)


def _address(value: IPAddressAllocation) -> Call:
    if value.ip_address is not None:
        return _lookup_call("existing_ip", value.ip_address)
    subnet = _given({"subnet": value.subnet})
    return Call("new_ipv6" if value.version == 6 else "new_ipv4", tuple(subnet.values()))


def _access(value: AuthorizedKeys) -> Iterator[Call]:
    arguments = {
        "users": "all" if value.all_users else [user.value for user in value.users],
        "ssh_keys": "all" if value.all_ssh_keys else [*value.ssh_keys],
        "continuous_management": value.continuous_management,
    }
    yield Call("authorize", (), {key: item for key, item in arguments.items() if item not in (None, [])})


_STEPS: dict[str, Callable[[Any], Iterator[Call]]] = {
    "name": _simple("name"),
    "description": _simple("description"),
    "data_center": _simple("data_center"),
    "zone": _simple("zone"),
    "resources": _resources,
    "disk_template": _template,
    "cloud_init": lambda value: _simple("cloud_init")(value.user_data),
    "iso": _simple("iso"),
    "system_disks": _disks,
    "shared_disks": lambda value: (_lookup_call("shared_disk", disk) for disk in value),
    "network_interfaces": _interfaces,
    "authorized_keys": _access,
    "backup_policies": lambda value: (Call("backup", (), _policy_arguments(policy)) for policy in value),
    "group": _simple("group"),
    "tags": lambda value: iter([Call("tags", value)]),
}
"""The steps for each field, in the order of a chain."""
