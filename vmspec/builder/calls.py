"""Errors of the builder: they name the machine, and say what to write instead of a wrong call."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from vmspec.errors import SpecError
from vmspec.text import join_or, machine_prefix

if TYPE_CHECKING:
    from vmspec.builder.steps import Steps

C = TypeVar("C", bound="Steps")

_MEANT = {
    "address": "network(name, existing_ip(address))",
    "backups": "backup(...)",
    "boot_disk": "disk(size)",
    "cores": "cpu(cores)",
    "cpus": "cpu(cores)",
    "disks": "disk(size), once for each disk",
    "flavor": "package(name)",
    "host": "hostname(name)",
    "image": "template(name)",
    "interface": "network(name, ...)",
    "ip": "network(name, new_ipv4())",
    "ipv4": "network(name, new_ipv4())",
    "ipv6": "network(name, new_ipv6())",
    "keys": "authorize(ssh_keys=...)",
    "location": "data_center(name)",
    "nic": "network(name, ...)",
    "networks": "network(name, ...), once for each interface",
    "options": "option(key, value), once for each option",
    "os": "template(name)",
    "plan": "package(name)",
    "ram": "memory(gigabytes)",
    "region": "data_center(name)",
    "save": "build(), and dump(spec, path)",
    "size": "package(name), or cpu(cores) and memory(gigabytes)",
    "ssh_key": "authorize(ssh_keys=[...])",
    "ssh_keys": "authorize(ssh_keys=...)",
    "submit": "build(), and submit(spec) of a Katapult client",
    "tag": "tags(name)",
    "to_json": 'build(), and dumps(spec, "json")',
    "to_yaml": 'build(), and dumps(spec, "yaml")',
    "user_data": "cloud_init(user_data)",
    "users": "authorize(users=...)",
    "validate": "build()",
}
"""Steps for words that other tools use for them."""


def named_errors(cls: type[C]) -> type[C]:
    """Have all public methods of a builder name its hostname in their errors."""
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        if not name.startswith("_"):
            setattr(cls, name, _named_errors(method))
    return cls


def _named_errors(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Steps, *args: Any, **kwargs: Any) -> Any:
        prefix = machine_prefix(self.spec.hostname)
        try:
            return method(self, *args, **kwargs)
        except SpecError as error:
            if str(error).startswith(prefix):  # by an inner call
                raise
            raise SpecError(f"{prefix}{error}") from None
        except TypeError:
            problem = _wrong_arguments(method, args, kwargs)
            if problem is None:
                raise
            raise TypeError(f"{prefix}{method.__name__}() {problem}") from None

    return call


def _wrong_arguments(
    method: Callable[..., Any], args: tuple[object, ...], kwargs: dict[str, object]
) -> str | None:
    """Return why a method does not take some arguments; None if it does."""
    signature = inspect.signature(method)
    try:
        signature.bind(None, *args, **kwargs)
    except TypeError:
        pass
    else:
        return None
    parameters = [parameter for name, parameter in signature.parameters.items() if name != "self"]
    positional = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    named = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    for name in kwargs:
        if name not in positional + named:
            return f"has no argument {name!r}; {_meant_argument(name, positional + named)}"
    if not parameters:
        return "takes no arguments"
    if len(args) > len(positional):
        expected = "no argument without a name" if not positional else f"{' and '.join(positional)} only"
        advice = f"give {join_or(f'{name}=...' for name in named)} by name" if named else "leave out the rest"
        return f"takes {expected}; {advice}"
    missing = [name for name in positional[len(args) :] if name not in kwargs]
    return f"needs {missing[0]}; write {method.__name__}({', '.join(positional)})"


def _meant_argument(name: str, names: list[str]) -> str:
    from vmspec.documents.hints import did_you_mean

    begun = [known for known in names if known.startswith(f"{name}_")]
    meant = begun[0] if begun else did_you_mean(name, names)
    if meant is not None:
        return f"did you mean {meant}?"
    return f"its arguments are {', '.join(names)}" if names else "it takes none"


def unknown_step(cls: type[object], name: str) -> str:
    """Return the message for a method that the builder lacks."""
    from vmspec.documents.hints import did_you_mean

    word = name.removeprefix("add_").removeprefix("set_").removeprefix("with_")
    steps = [step for step in dir(cls) if not step.startswith("_")]
    meant = _MEANT.get(word) or (word if word in steps else did_you_mean(word, steps))
    return f"VM has no step {name!r}" + (f"; write {meant}" if meant else "")


def caller_level() -> int:
    """Return the ``stacklevel`` at which a warning of the calling function names the user's line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("vmspec.builder."):
        level, frame = level + 1, frame.f_back
    return level
