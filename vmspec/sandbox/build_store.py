"""The builds of a sandbox, and the answers about them. Not thread-safe by itself."""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, evolve, field

from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox import arguments, responses
from vmspec.sandbox.builds import Build, Timeline
from vmspec.sandbox.catalogue import Catalogue, new_address
from vmspec.sandbox.faults import Duplicate, FailedBuild, Incomplete, LateMachine, LostAnnotations, Unfiltered
from vmspec.sandbox.faults.queue import FaultQueue
from vmspec.sandbox.http import JSON, Answer, Request
from vmspec.sandbox.normalize import normalize
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.resources import Address
from vmspec.sandbox.routes import Endpoint

_LETTERS = string.ascii_letters + string.digits


@define
class ApiClock:
    """The API's time, which passes ``speed`` times as fast as on the given clock."""

    _clock: Callable[[], float]
    speed: float
    epoch: float
    """Unix time at which the sandbox begins."""
    _started_at: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._started_at = self._clock()

    def now(self) -> float:
        """Return the API seconds since the sandbox began."""
        return (self._clock() - self._started_at) * self.speed


@define
class BuildStore:
    """The builds of one sandbox; ``random`` draws their ids, ``faults`` go wrong with them."""

    _catalogue: Catalogue
    _timeline: Timeline
    _clock: ApiClock
    _faults: FaultQueue
    _random: random.Random
    _builds: list[Build] = field(init=False, factory=list)
    _address_numbers: Iterator[int] = field(init=False, factory=itertools.count)

    def builds(self) -> list[Build]:
        """Return the builds accepted until now, the oldest first."""
        now = self._clock.now()
        accepted = [build for build in self._builds if build.accepted_at <= now]
        return sorted(accepted, key=lambda build: build.accepted_at)

    def carry_out(self, endpoint: Endpoint, request: Request, delay_s: float) -> Answer:
        """Return the endpoint's answer; a create takes effect after ``delay_s`` of the sandbox's clock."""
        match endpoint:
            case Endpoint.CREATE:
                return Answer.of(201, self._create(arguments.create(request), delay_s))
            case Endpoint.BUILD:
                content = self._build(request)
            case Endpoint.TASK:
                content = self._task(request)
            case Endpoint.MACHINE:
                content = self._machine(request)
            case Endpoint.MACHINES:
                content = self._machines(request)
            case Endpoint.TEMPLATE:
                content = self._template(request)
        return Answer.of(200, content)

    def _create(self, create: arguments.Create, delay_s: float) -> JSON:
        self._check_organization(create.organization)
        build = self._accept(create, delay_s)
        lost = self._faults.take(LostAnnotations, at=Endpoint.CREATE)
        if lost is not None:
            build = evolve(build, annotations=())
        self._builds.append(build)
        duplicate = self._faults.take(Duplicate, at=Endpoint.CREATE)
        self._builds.extend(self._copy(build) for _ in range(1, duplicate.builds if duplicate else 1))
        return responses.created(
            evolve(build, annotations=create.annotations) if lost and lost.echoed else build
        )

    def _accept(self, create: arguments.Create, delay_s: float) -> Build:
        spec = arguments.parse_spec(create.xml)
        accepted_at = self._clock.now() + delay_s * self._clock.speed
        late = self._faults.take(LateMachine, at=Endpoint.CREATE)
        late_s = late.seconds * self._clock.speed if late else 0.0
        return Build(
            **self._ids(),
            sent=spec,
            stored=normalize(spec, self._catalogue),
            # An empty hostname counts as absent, as in the vendor's own reader.
            hostname=spec.hostname.lower() if spec.hostname else f"sandbox-{self._letters(8).lower()}",
            addresses=self._allocate(spec),
            annotations=create.annotations,
            accepted_at=accepted_at,
            created_at=int(self._clock.epoch + accepted_at),
            timeline=self._timeline,
            fails=self._faults.take(FailedBuild, at=Endpoint.CREATE) is not None,
            built_late_s=late_s if late and late.in_build else 0,
            listed_late_s=late_s if late and late.in_list else 0,
            shown_late_s=late_s if late and late.by_get else 0,
        )

    def _copy(self, build: Build) -> Build:
        return evolve(build, **self._ids(), addresses=self._allocate(build.sent))

    def _ids(self) -> dict[str, Any]:
        return {
            "id": f"vmbuild_{self._letters(16)}",
            "task_id": f"task_{self._letters(16)}",
            "machine_id": f"vm_{self._letters(16)}",
            "root_password": self._letters(16),
        }

    def _allocate(self, spec: VirtualMachineSpec) -> tuple[tuple[Address, int], ...]:
        addresses: list[tuple[Address, int]] = []
        for index, interface in enumerate(spec.network_interfaces):
            for allocation in interface.ip_address_allocations:
                if allocation.ip_address is not None:
                    addresses.append((self._catalogue.address(allocation.ip_address), index))
                elif allocation.type == "new":
                    subnet = "" if allocation.subnet is None else allocation.subnet.value
                    version = allocation.version or (6 if ":" in subnet else 4)
                    addresses.append((new_address(version, next(self._address_numbers)), index))
        return tuple(addresses)

    def _build(self, request: Request) -> JSON:
        wanted = request.parameter("virtual_machine_build[id]")
        for build in self.builds():
            if build.id == wanted:
                return responses.build_answer(build, self._age(build), self._catalogue)
        raise RefusalError("build_not_found")

    def _task(self, request: Request) -> JSON:
        wanted = request.parameter("task[id]")
        for build in self.builds():
            if build.task_id == wanted:
                return responses.task_answer(build, self._age(build))
        raise RefusalError("task_not_found")

    def _machine(self, request: Request) -> JSON:
        by_id = request.parameter("virtual_machine[id]")
        by_fqdn = request.parameter("virtual_machine[fqdn]")
        for build in self.builds():
            found = by_fqdn == build.fqdn(self._catalogue) if by_id is None else by_id == build.machine_id
            if found and build.is_shown(self._age(build)):
                return responses.machine_answer(build, self._age(build), self._catalogue)
        raise RefusalError("virtual_machine_not_found")

    def _machines(self, request: Request) -> JSON:
        self._check_organization(arguments.organization(request))
        unfiltered = self._faults.take(Unfiltered, at=Endpoint.MACHINES)
        filters = [] if unfiltered else arguments.annotation_filters(request)
        incomplete = self._faults.take(Incomplete, at=Endpoint.MACHINES)
        listed = [item for item in self.builds() if item.is_listed(self._age(item)) and item.matches(filters)]
        return responses.list_answer(
            listed[: max(0, len(listed) - incomplete.rows)] if incomplete else listed,
            page=arguments.positive_number(request, "page", 1),
            per_page=arguments.positive_number(request, "per_page", 30),
            catalogue=self._catalogue,
        )

    def _template(self, request: Request) -> JSON:
        version = self._catalogue.template_version(request.parameter("disk_template_version[id]") or "")
        if version is None:
            raise RefusalError("disk_template_version_not_found")
        return responses.template_answer(*version)

    def _check_organization(self, lookup: Mapping[str, str]) -> None:
        ours = {"id": self._catalogue.organization_id, "sub_domain": self._catalogue.sub_domain}
        if not lookup or any(ours.get(key) != value for key, value in lookup.items()):
            raise RefusalError("organization_not_found")

    def _age(self, build: Build) -> float:
        return self._clock.now() - build.accepted_at

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=count))
