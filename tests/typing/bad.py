"""Calls that type checkers must reject, one on each line; checked by tests/test_typing.py, never run."""

from vmspec import VM, dumps, loads, validate
from vmspec.model.elements import DiskTemplate, SystemDisk
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import DataCenter, Zone

VM(1)  # error
VM().disk("20")  # error
VM().disk(20, speed="fast")  # error
VM().disk()  # error
VM().data_center("x", by="slug")  # error
VM().network("x", "10.0.0.1")  # error
VM().backup(every="yearly")  # error
VM().tags(1)  # error
VM().tag("web")  # error
VM("web").spec.hostname = "db"  # error
DataCenter("x", by="address")  # error
VirtualMachineSpec(data_center=Zone("x"))  # error
SystemDisk(size="20")  # error
DiskTemplate()  # error
loads("", "toml")  # error
dumps("text")  # error
validate("", engine="saxon")  # error
