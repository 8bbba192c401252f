"""A sandbox on a clock that the test advances, and the shortest way to call it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, frozen

from vmspec.sandbox import Answer, Request, Sandbox

WEB = """<?xml version="1.0"?>
<VirtualMachineSpec>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources>
    <Package by="permalink">rock-3</Package>
  </Resources>
  <DiskTemplate>
    <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
    <Option key="install_agent">true</Option>
  </DiskTemplate>
  <NetworkInterfaces>
    <NetworkInterface>
      <Network by="permalink">uk-lon-01-public</Network>
      <SpeedProfile by="permalink">1gbps</SpeedProfile>
      <IPAddressAllocation type="new">
        <Version>4</Version>
      </IPAddressAllocation>
    </NetworkInterface>
  </NetworkInterfaces>
  <Hostname>
    <Hostname>Web-1</Hostname>
  </Hostname>
  <AuthorizedKeys>
    <Users all="yes"/>
    <SSHKeys all="yes"/>
  </AuthorizedKeys>
  <Tags>
    <Tag>public</Tag>
    <Tag>unheard-of</Tag>
    <Tag>web</Tag>
  </Tags>
</VirtualMachineSpec>
"""


BEGIN = 1_700_000_000


CREATE = "/core/v1/organizations/organization/virtual_machines/build_from_spec"


Pairs = Sequence[tuple[str, str]]


@frozen
class Reply:
    """An answer, parsed."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @property
    def error(self) -> tuple[int, str, Any]:
        """Status, code and detail of an error."""
        error = self.json["error"]
        assert error["description"]
        return self.status, error["code"], error["detail"]


@define
class Clock:
    """A clock that stands still until the test advances it."""

    now: float = 5000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@define
class Caller:
    """A client of a sandbox, with its token."""

    clock: Clock
    sandbox: Sandbox
    web_xml: str = WEB

    @classmethod
    def of(cls, **settings: Any) -> Caller:
        """Return a caller of a new sandbox, whose time passes as fast as its clock's."""
        clock = Clock()
        given: dict[str, Any] = {"speed": 1, "seed": 1, "epoch": BEGIN} | settings
        return cls(clock, Sandbox(clock=clock, **given))

    def send(
        self,
        method: str,
        path: str,
        query: Pairs = (),
        body: bytes = b"",
        authorization: str | None = None,
    ) -> Reply:
        answer = self.answer(method, path, query, body, authorization)
        return Reply(answer.status, dict(answer.headers), json.loads(answer.body))

    def answer(
        self,
        method: str,
        path: str,
        query: Pairs = (),
        body: bytes = b"",
        authorization: str | None = None,
    ) -> Answer:
        """Return an answer that may not be JSON."""
        bearer = f"Bearer {self.sandbox.token}" if authorization is None else authorization
        headers = (("Authorization", bearer),) if bearer else ()
        return self.sandbox.answer(Request(method, path, tuple(query), headers, body))

    def call(self, method: str, path: str, **body: object) -> Reply:
        """Send a JSON body to a path below the base path."""
        return self.send(method, f"/core/v1{path}", body=json.dumps(body).encode())

    def started(self, xml: str = WEB, **annotations: str) -> str:
        """Create a machine and let it start; return its id."""
        build_id = self.created(xml, **annotations)["build"]["id"]
        self.clock.advance(50)
        return str(self.build(build_id).json["virtual_machine_build"]["virtual_machine"]["id"])

    def get(self, path: str, *query: tuple[str, str]) -> Reply:
        return self.send("GET", f"/core/v1{path}", query)

    def create(self, xml: object = WEB, **more: object) -> Reply:
        body = {"organization": {"sub_domain": "sandbox"}, "xml": xml} | more
        return self.send("POST", CREATE, body=json.dumps(body).encode())

    def created(self, xml: str = WEB, **annotations: str) -> Any:
        """Create a machine; return the content of the answer."""
        pairs = [{"key": key, "value": value} for key, value in annotations.items()]
        reply = self.create(xml, annotations=pairs)
        assert reply.status == 201, reply.json
        return reply.json

    def build(self, build_id: str) -> Reply:
        path = "/virtual_machines/builds/virtual_machine_build"
        return self.get(path, ("virtual_machine_build[id]", build_id))

    def task(self, task_id: str) -> Reply:
        return self.get("/tasks/task", ("task[id]", task_id))

    def machine(self, **lookup: str) -> Reply:
        pairs = [(f"virtual_machine[{key}]", value) for key, value in lookup.items()]
        return self.get("/virtual_machines/virtual_machine", *pairs)

    def machines(self, *query: tuple[str, str]) -> Reply:
        path = "/organizations/organization/virtual_machines"
        return self.get(path, ("organization[sub_domain]", "sandbox"), *query)
