"""Types that type checkers must infer; checked by tests/test_typing.py, never run."""

from typing import assert_type

from vmspec import VM, VirtualMachineSpec, dumps, load, loads, new_ipv4, to_python, validate
from vmspec.findings import Finding, Severity
from vmspec.model.elements import SystemDisk
from vmspec.model.values import DataCenter
from vmspec.validation import Report

web = VM("web-1").data_center("uk-lon-01", by="permalink").disk(20, speed="nvme").network("x", new_ipv4())
assert_type(web, VM)
assert_type(web.build(), VirtualMachineSpec)
assert_type(web.build(fail_on="warning"), VirtualMachineSpec)
assert_type(web.to_xml(), str)
assert_type(web.replace_disk("System", size=40).without_disk(0).without_network(0), VM)
assert_type(VM.load("base.yaml").merged(VM.from_data({"tags": ["a"]})).without_tags("a"), VM)
assert_type(to_python(web.spec), str)
assert_type(web.spec.system_disks, tuple[SystemDisk, ...])
assert_type(web.spec.system_disks[0].size, int | None)
assert_type(web.spec.data_center, DataCenter | None)
assert_type(loads("", "xml"), VirtualMachineSpec)
assert_type(load("web.xml"), VirtualMachineSpec)
assert_type(dumps(web.spec, "json"), str)
report = validate(b"")
assert_type(report, Report)
assert_type(report.findings, tuple[Finding, ...])
assert_type(report.findings[0].severity, Severity)
assert_type(report.spec, VirtualMachineSpec | None)
