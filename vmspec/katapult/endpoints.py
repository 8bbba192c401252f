"""Each endpoint once: what to ask, and how to read the answer. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Literal, TypeVar
from urllib.parse import urlencode

from attrs import field, frozen

from vmspec.katapult.arguments import check_text, check_texts
from vmspec.katapult.records import Build, PolicyLimit, Task, VirtualMachine
from vmspec.katapult.redaction import Secrets
from vmspec.katapult.responses import (
    Answer,
    Data,
    UnexpectedShapeError,
    an_object,
    identifier,
    number_or_none,
    objects,
    part,
    text,
    text_or_none,
)

T_co = TypeVar("T_co", covariant=True)
FoundT = TypeVar("FoundT", Build, Task, VirtualMachine)


@frozen
class Call(Generic[T_co]):
    """A request as data, and the reader of its answer; ``params`` keep their order and may repeat."""

    method: Literal["GET", "POST"]
    path: str
    read: Callable[[Answer], T_co] = field(repr=False)
    params: tuple[tuple[str, str], ...] = ()
    body: Data | None = field(default=None, repr=False)
    secrets: Secrets = field(default=(), repr=False)
    """Texts that are redacted in what the API says of it."""

    @property
    def target(self) -> str:
        """Path and query, to be put behind the API's address."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


@frozen
class Created:
    """The answer to a create; all but the build may be missing without a doubt about the machine."""

    answer: Answer
    build: Build
    task: Task | None
    hostname: str | None
    annotations: Mapping[str, str]


@frozen
class Page:
    """One page of a list; ``total`` pages, or ``rows``, is None where the API does not count them."""

    machines: tuple[VirtualMachine, ...]
    total: int | None
    rows: int | None = None


def create(
    organization: str, xml: str, annotations: Mapping[str, str], secrets: Secrets = ()
) -> Call[Created]:
    """Build a machine from a spec: the one call that has effects."""
    return Call(
        "POST",
        "/organizations/organization/virtual_machines/build_from_spec",
        _read_created,
        body={
            "organization": {_lookup_key(organization): organization},
            "xml": xml,
            "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
        },
        secrets=secrets,
    )


def build(build_id: str) -> Call[Build]:
    """Read a build, with the spec as it is stored and the machine once it exists."""
    check_text("the id of a build", build_id)
    path = "/virtual_machines/builds/virtual_machine_build"
    params = (("virtual_machine_build[id]", build_id),)
    return Call("GET", path, lambda answer: _asked_for(build_id, _read_build(answer)), params)


def task(task_id: str) -> Call[Task]:
    """Read a task, which needs the scope ``tasks`` or ``tasks:read``; a token may lack it."""
    check_text("the id of a task", task_id)

    def read(answer: Answer) -> Task:
        return _asked_for(task_id, _task(part(answer.data(), "task")))

    return Call("GET", "/tasks/task", read, (("task[id]", task_id),))


def virtual_machine(id_or_fqdn: str) -> Call[VirtualMachine]:
    """Read a machine by id, or by fully qualified name: ids have no dot."""
    check_text("the id or name of a machine", id_or_fqdn)
    is_name = "." in id_or_fqdn
    key = "virtual_machine[fqdn]" if is_name else "virtual_machine[id]"

    def read(answer: Answer) -> VirtualMachine:
        machine = _read_machine(answer)
        return machine if is_name else _asked_for(id_or_fqdn, machine)

    return Call("GET", "/virtual_machines/virtual_machine", read, ((key, id_or_fqdn),))


def virtual_machines(organization: str, annotations: Mapping[str, str], page: int) -> Call[Page]:
    """Read one page of the organization's machines that have all these annotations."""
    check_texts("annotations", annotations)
    params = [(f"organization[{_lookup_key(organization)}]", organization)]
    for key, value in annotations.items():
        params += [("annotations[][key]", key), ("annotations[][value]", value)]
    params.append(("page", str(page)))
    return Call("GET", "/organizations/organization/virtual_machines", _read_page, tuple(params))


def policy_limits(organization: str) -> Call[Mapping[str, PolicyLimit]]:
    """Read what the organization may have, by name; needs the scope ``organizations:read``."""
    params = ((f"organization[{_lookup_key(organization)}]", organization),)
    return Call("GET", "/organizations/organization/policy_limits", _read_limits, params)


def _asked_for(wanted: str, found: FoundT) -> FoundT:
    """Refuse an answer about something else, as of a connection that another process uses too."""
    if found.id != wanted:
        raise UnexpectedShapeError("the id is not the one asked for")
    return found


def _read_limits(answer: Answer) -> Mapping[str, PolicyLimit]:
    limits = part(answer.data(), "policy_limits")
    found: dict[str, PolicyLimit] = {}
    for name, value in limits.items():
        data = value if isinstance(value, dict) and value.get("unlimited") is not True else {}
        limit = number_or_none(data, "value" if "value" in data else "limit")
        if limit is not None:
            name = name.removeprefix("maximum_")
            found[name] = PolicyLimit(limit=limit, current=number_or_none(data, "current"))
    return found


def _read_created(answer: Answer) -> Created:
    data = answer.data()
    answered = [data.get("virtual_machine_build"), data.get("build")]  # the second is deprecated
    found = next((build for build in answered if isinstance(build, dict) and build.get("id")), {})
    try:
        work = _task(part(data, "task"))
    except UnexpectedShapeError:
        work = None
    state = text_or_none(found, "state") or "pending"
    build = Build(id=identifier(found), state=state)
    return Created(answer, build, work, text_or_none(data, "hostname"), _annotations(data))


def _read_build(answer: Answer) -> Build:
    data = answer.data()
    found = part(data, "virtual_machine_build")
    return Build(
        id=identifier(found),
        state=text(found, "state"),
        virtual_machine=_machine(part(found, "virtual_machine")) if found.get("virtual_machine") else None,
        spec_xml=text_or_none(found, "spec_xml"),
        created_at=number_or_none(found, "created_at"),
        annotations=_annotations(data),
    )


def _read_machine(answer: Answer) -> VirtualMachine:
    data = answer.data()
    return _machine(part(data, "virtual_machine"), _annotations(data))


def _read_page(answer: Answer) -> Page:
    data = answer.data()
    rows = data.get("virtual_machines")
    if not isinstance(rows, list):
        raise UnexpectedShapeError("virtual_machines is not a list")
    pagination = part(data, "pagination")
    machines = tuple(_machine(an_object(row)) for row in rows)
    return Page(machines, number_or_none(pagination, "total_pages"), number_or_none(pagination, "total"))


def _task(data: Data) -> Task:
    return Task(
        id=identifier(data),
        name=text_or_none(data, "name") or "",
        status=text_or_none(data, "status") or "",
        progress=number_or_none(data, "progress"),
    )


def _machine(data: Data, annotations: Mapping[str, str] | None = None) -> VirtualMachine:
    addresses = [text_or_none(row, "address") for row in objects(data, "ip_addresses")]
    return VirtualMachine(
        id=identifier(data),
        hostname=text_or_none(data, "hostname") or "",
        fqdn=text_or_none(data, "fqdn") or "",
        state=text_or_none(data, "state"),
        created_at=number_or_none(data, "created_at"),
        addresses=tuple(address for address in addresses if address),
        annotations=annotations,
    )


def _annotations(data: Data) -> Mapping[str, str]:
    pairs = objects(data, "annotations")
    return {key: text_or_none(pair, "value") or "" for pair in pairs if (key := text_or_none(pair, "key"))}


def _lookup_key(organization: str) -> str:
    return "id" if organization.startswith("org_") else "sub_domain"
