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
VM().without_disk(1.5)  # error
VM().without_network("public")  # error
VM().replace_disk(0, sized=5)  # error
VM().merged({"tags": ["a"]})  # error
VM().build(fail_on="warn")  # error
VM().apply(print)  # error
VM("web").spec.hostname = "db"  # error
DataCenter("x", by="address")  # error
VirtualMachineSpec(data_center=Zone("x"))  # error
SystemDisk(size="20")  # error
DiskTemplate()  # error
loads("", "toml")  # error
dumps("text")  # error
validate("", engine="saxon")  # error
