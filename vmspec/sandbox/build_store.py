"""Site: what was built, and what can be seen of it. Not safe for threads by itself."""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, get_args

from attrs import define, evolve, field

from vmspec.sandbox import arguments, responses
from vmspec.sandbox.builds import Build, Timeline, allocate, matches
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.faults import (
    Duplicate,
    FailedBuild,
    Incomplete,
    LateMachine,
    ListFault,
    LostAnnotations,
    Unfiltered,
)
from vmspec.sandbox.faults.queue import F, FaultQueue
from vmspec.sandbox.http import JSON, Answer, Request
from vmspec.sandbox.normalize import normalize
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint

_LETTERS = string.ascii_letters + string.digits


class Settings(Protocol):
    """What a sandbox is told about the site; it may change at any time."""

    catalogue: Catalogue
    timeline: Timeline
    speed: float
    epoch: float
    clock: Callable[[], float]


@define
class BuildStore:
    """The builds of one sandbox; ``random`` makes their ids, ``orders`` says what goes wrong with them."""

    _settings: Settings
    _orders: FaultQueue
    _random: random.Random
    _started_at: float = field(init=False)
    _builds: list[Build] = field(init=False, factory=list)
    _numbers: Iterator[int] = field(init=False, factory=itertools.count)

    def __attrs_post_init__(self) -> None:
        self._started_at = self._settings.clock()

    def carry_out(self, endpoint: Endpoint, request: Request, effect_s: float) -> Answer:
        """The endpoint's own work; a create has its effect only so many seconds later."""
        match endpoint:
            case Endpoint.CREATE:
                return Answer.of(201, self._create(arguments.create(request), effect_s))
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

    def _create(self, create: arguments.Create, effect_s: float) -> JSON:
        self._check_organization(create.organization)
        build = self._accept(create, self._now() + effect_s * self._settings.speed)
        lost = self._met(LostAnnotations)
        if lost is not None:
            build = evolve(build, annotations=())
        self._builds.append(build)
        duplicate = self._met(Duplicate)
        self._builds.extend(self._copy(build) for _ in range(1, duplicate.builds if duplicate else 1))
        return responses.created(
            evolve(build, annotations=create.annotations) if lost and lost.echoed else build
        )

    def _accept(self, create: arguments.Create, accepted_at: float) -> Build:
        spec = arguments.spec(create.xml)
        late = self._met(LateMachine)
        late_s = late.seconds * self._settings.speed if late else 0.0
        # An empty hostname counts as none, as it does for the vendor's own reader.
        hostname = spec.hostname.lower() if spec.hostname else f"sandbox-{self._letters(8).lower()}"
        return Build(
            id=f"vmbuild_{self._letters(16)}",
            task_id=f"task_{self._letters(16)}",
            machine_id=f"vm_{self._letters(16)}",
            sent=spec,
            stored=normalize(spec, self._settings.catalogue),
            hostname=hostname,
            addresses=allocate(spec, self._settings.catalogue, self._numbers),
            annotations=create.annotations,
            accepted_at=accepted_at,
            created_at=int(self._settings.epoch + accepted_at),
            root_password=self._letters(16),
            timeline=self._settings.timeline,
            fails=self._met(FailedBuild) is not None,
            built_late_s=late_s if late and late.in_build else 0,
            listed_late_s=late_s if late and late.in_list else 0,
            shown_late_s=late_s if late and late.by_get else 0,
        )

    def _copy(self, build: Build) -> Build:
        """Another build of the same spec."""
        return evolve(
            build,
            id=f"vmbuild_{self._letters(16)}",
            task_id=f"task_{self._letters(16)}",
            machine_id=f"vm_{self._letters(16)}",
            addresses=allocate(build.sent, self._settings.catalogue, self._numbers),
            root_password=self._letters(16),
        )

    def _met(self, kind: type[F]) -> F | None:
        """The fault of a kind that builds or lists meet."""
        at = Endpoint.MACHINES if issubclass(kind, get_args(ListFault)) else Endpoint.CREATE
        return self._orders.meet((kind,), at)

    def _build(self, request: Request) -> JSON:
        wanted = request.parameter("virtual_machine_build[id]")
        for build in self.builds():
            if build.id == wanted:
                return responses.build_answer(build, self._age(build), self._settings.catalogue)
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
            if not build.is_shown(self._age(build)):
                continue
            if by_id == build.machine_id or (
                by_id is None and by_fqdn == build.fqdn(self._settings.catalogue)
            ):
                return responses.machine_answer(build, self._age(build), self._settings.catalogue)
        raise RefusalError("virtual_machine_not_found")

    def _machines(self, request: Request) -> JSON:
        self._check_organization(arguments.organization(request))
        wanted = [] if self._met(Unfiltered) else arguments.wanted_annotations(request)
        incomplete = self._met(Incomplete)
        listed = [item for item in self.builds() if item.is_listed(self._age(item)) and matches(item, wanted)]
        return responses.list_answer(
            listed[: max(0, len(listed) - incomplete.rows)] if incomplete else listed,
            page=arguments.whole_number(request, "page", 1),
            per_page=arguments.whole_number(request, "per_page", 30),
            catalogue=self._settings.catalogue,
        )

    def _template(self, request: Request) -> JSON:
        found = self._settings.catalogue.template_version(
            request.parameter("disk_template_version[id]") or ""
        )
        if found is None:
            raise RefusalError("disk_template_version_not_found")
        return responses.template_answer(*found)

    def _check_organization(self, lookup: Mapping[str, str]) -> None:
        ours = {
            "id": self._settings.catalogue.organization_id,
            "sub_domain": self._settings.catalogue.sub_domain,
        }
        if not lookup or any(ours.get(key) != value for key, value in lookup.items()):
            raise RefusalError("organization_not_found")

    def builds(self) -> list[Build]:
        """The builds that are there by now, the oldest first."""
        now = self._now()
        there = [build for build in self._builds if build.accepted_at <= now]
        return sorted(there, key=lambda build: build.accepted_at)

    def _now(self) -> float:
        """The API's seconds since the sandbox began."""
        return (self._settings.clock() - self._started_at) * self._settings.speed

    def _age(self, build: Build) -> float:
        return self._now() - build.accepted_at

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=count))
