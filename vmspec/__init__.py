"""Specs for Katapult virtual machines: build, validate, write and submit them.

>>> from vmspec import VM
>>> web = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/ubuntu-22-04")
>>> print(web.to_xml())  # doctest: +ELLIPSIS
<?xml version="1.0"?>
<VirtualMachineSpec>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
...

These names are imported when they are first used, so that ``import vmspec`` is fast. The elements of a spec
are in ``vmspec.model``, the API client in ``vmspec.katapult``, helpers for your tests in ``vmspec.testing``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from vmspec.version import __version__

if TYPE_CHECKING:
    from vmspec.builder import VM, backup_policy, existing_ip, new_ipv4, new_ipv6, to_python
    from vmspec.catalogue import Catalogue, load_catalogue
    from vmspec.documents import detect, dump, dumps, load, loads
    from vmspec.errors import (
        ApiError,
        BuildError,
        DocumentError,
        InvalidSpecError,
        SpecError,
        SpecWarning,
        VmspecError,
    )
    from vmspec.findings import Finding, Severity
    from vmspec.model.diff import Change, diff
    from vmspec.model.spec import VirtualMachineSpec
    from vmspec.validation import Report, validate
    from vmspec.validation.fleet import check_fleet
    from vmspec.validation.many import validate_many

__all__ = [
    "VM",
    "ApiError",
    "BuildError",
    "Catalogue",
    "Change",
    "DocumentError",
    "Finding",
    "InvalidSpecError",
    "Report",
    "Severity",
    "SpecError",
    "SpecWarning",
    "VirtualMachineSpec",
    "VmspecError",
    "__version__",
    "backup_policy",
    "check_fleet",
    "detect",
    "diff",
    "dump",
    "dumps",
    "existing_ip",
    "load",
    "load_catalogue",
    "loads",
    "new_ipv4",
    "new_ipv6",
    "to_python",
    "validate",
    "validate_many",
]

_MODULES = {
    "vmspec.catalogue": ("Catalogue", "load_catalogue"),
    "vmspec.builder": ("VM", "backup_policy", "existing_ip", "new_ipv4", "new_ipv6", "to_python"),
    "vmspec.documents": ("detect", "dump", "dumps", "load", "loads"),
    "vmspec.errors": (
        "ApiError",
        "BuildError",
        "DocumentError",
        "InvalidSpecError",
        "SpecError",
        "SpecWarning",
        "VmspecError",
    ),
    "vmspec.findings": ("Finding", "Severity"),
    "vmspec.model.diff": ("Change", "diff"),
    "vmspec.model.spec": ("VirtualMachineSpec",),
    "vmspec.validation": ("Report", "validate"),
    "vmspec.validation.fleet": ("check_fleet",),
    "vmspec.validation.many": ("validate_many",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'vmspec' has no attribute {name!r}")
    value: object = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
