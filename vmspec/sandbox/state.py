"""Sandbox: a Katapult in one plain object, from request to answer, without network or waiting.

>>> sandbox = Sandbox(token="secret")
>>> sandbox.answer(Request("GET", "/core/v1/tasks/task")).status
400
"""

from __future__ import annotations

import itertools
import random
import secrets
import string
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping

from attrs import define, evolve, field, frozen
from attrs.validators import ge, gt

from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox import arguments, shapes
from vmspec.sandbox.builds import Annotation, Build, Timeline, allocate, matches
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.messages import JSON, Answer, Request
from vmspec.sandbox.rate import Minutes
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint, endpoint_of
from vmspec.sandbox.storing import stored

DEFAULT_SPEED = 20.0
"""Twenty of the API's seconds in one of ours: a machine is started after about two seconds."""

ALL_SCOPES = ("virtual_machines", "tasks", "disk_templates")
_LETTERS = string.ascii_letters + string.digits


@frozen(kw_only=True)
class _Order:
    """A refusal that was asked for."""

    code: str
    detail: JSON
    at: Endpoint | None
    times: int


@define(kw_only=True, eq=False)
class Sandbox:
    """Katapult's API as far as building machines from specs goes.

    Everything that varies is given: the clock (of which only differences matter), the seed of all
    ids, passwords and made-up hostnames, how fast builds go, and what exists. It may be asked from
    several threads at once.
    """

    token: str = field(factory=lambda: secrets.token_urlsafe(24), repr=False)
    scopes: Collection[str] = ALL_SCOPES
    """What the token may do: take ``tasks`` out, and tasks answer ``scope_not_granted``."""
    speed: float = field(default=DEFAULT_SPEED, validator=gt(0))
    """How many of the API's seconds pass in one of the clock's; the rate limit keeps the clock's."""
    rate_limit: int = field(default=1000, validator=ge(1))
    """How many requests are answered within a minute of the clock."""
    catalogue: Catalogue = field(factory=Catalogue, repr=False)
    timeline: Timeline = field(factory=Timeline)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    epoch: float = field(factory=time.time)
    """The Unix time at which the sandbox begins."""
    seed: int | str | None = None

    _random: random.Random = field(init=False, repr=False)
    _minutes: Minutes = field(init=False, repr=False)
    _started_at: float = field(init=False, repr=False)
    _lock: threading.Lock = field(init=False, repr=False, factory=threading.Lock)
    _orders: list[_Order] = field(init=False, repr=False, factory=list)
    _failures: int = field(init=False, repr=False, default=0)
    _builds: list[Build] = field(init=False, repr=False, factory=list)
    _numbers: Iterator[int] = field(init=False, repr=False, factory=itertools.count)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - makes ids up, keeps no secret
        self._started_at = self.clock()
        self._minutes = Minutes(self._started_at)

    @property
    def organization(self) -> str:
        """The sub-domain of the one organization there is."""
        return self.catalogue.sub_domain

    @property
    def builds(self) -> tuple[Build, ...]:
        """Every spec that was accepted, the oldest first."""
        return tuple(self._builds)

    def refuse_next(
        self, code: str, *, at: Endpoint | None = None, times: int = 1, detail: JSON = None
    ) -> None:
        """Refuses the next requests, or the next ones at one endpoint, and carries nothing out.

        Orders are met in the order they are given. ``detail`` takes the place of what the refusal
        says otherwise. ValueError for a code the API does not have.
        """
        if code == "rate_limit_reached" and detail is None:
            detail = {"total_permitted": self.rate_limit}
        order = RefusalError(code, detail)
        with self._lock:
            self._orders.append(_Order(code=order.code, detail=order.detail, at=at, times=times))

    def fail_next_build(self) -> None:
        """Lets the next spec that is accepted end as a failed build."""
        with self._lock:
            self._failures += 1

    def answer(self, request: Request) -> Answer:
        """What Katapult answers, now."""
        with self._lock:
            remaining = self.rate_limit - self._minutes.count(self.clock())
            try:
                answer = self._checked(request, remaining)
            except RefusalError as refusal:
                answer = refusal.answer()
            return evolve(answer, headers=(*answer.headers, *self._headers(answer, remaining)))

    def _headers(self, answer: Answer, remaining: int) -> tuple[tuple[str, str], ...]:
        left = 0 if answer.status == 429 else max(0, remaining)  # an ordered 429 looks like a real one
        return (
            ("X-Ratelimit-Permitted", str(self.rate_limit)),
            ("X-Ratelimit-Remaining", str(left)),
            ("X-Request-Id", str(uuid.UUID(int=self._random.getrandbits(128), version=4))),
        )

    def _checked(self, request: Request, remaining: int) -> Answer:
        """All that comes before the endpoint's own work, then that."""
        endpoint = endpoint_of(request.method, request.path)
        self._meet_order(endpoint)
        self._check_token(request)
        if remaining < 0:
            raise RefusalError("rate_limit_reached", {"total_permitted": self.rate_limit})
        if endpoint is None:
            raise RefusalError("route_not_found")
        if not set(endpoint.value.scopes) & set(self.scopes):
            raise RefusalError("scope_not_granted", {"scopes": list(endpoint.value.scopes)})
        return self._carry_out(endpoint, request)

    def _meet_order(self, endpoint: Endpoint | None) -> None:
        for index, order in enumerate(self._orders):
            if order.at in (None, endpoint):
                left = evolve(order, times=order.times - 1)
                self._orders[index : index + 1] = [left] if left.times > 0 else []
                raise RefusalError(order.code, order.detail)

    def _check_token(self, request: Request) -> None:
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise RefusalError("missing_api_token")
        if token.strip() != self.token:
            raise RefusalError("invalid_api_token")

    def _carry_out(self, endpoint: Endpoint, request: Request) -> Answer:
        match endpoint:
            case Endpoint.CREATE:
                return Answer.of(201, self._create(arguments.create(request)))
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

    def _create(self, create: arguments.Create) -> JSON:
        self._check_organization(create.organization)
        build = self._accept(arguments.spec(create.xml), create.annotations)
        self._builds.append(build)
        return shapes.created(build)

    def _accept(self, spec: VirtualMachineSpec, annotations: tuple[Annotation, ...]) -> Build:
        fails, self._failures = self._failures > 0, max(0, self._failures - 1)
        # An empty hostname counts as none, as it does for the vendor's own reader.
        hostname = spec.hostname.lower() if spec.hostname else f"sandbox-{self._letters(8).lower()}"
        return Build(
            id=f"vmbuild_{self._letters(16)}",
            task_id=f"task_{self._letters(16)}",
            machine_id=f"vm_{self._letters(16)}",
            sent=spec,
            stored=stored(spec, self.catalogue),
            hostname=hostname,
            addresses=allocate(spec, self.catalogue, self._numbers),
            annotations=annotations,
            accepted_at=self._now(),
            created_at=int(self.epoch + self._now()),
            root_password=self._letters(16),
            timeline=self.timeline,
            fails=fails,
        )

    def _build(self, request: Request) -> JSON:
        wanted = request.parameter("virtual_machine_build[id]")
        for build in self._builds:
            if build.id == wanted:
                return shapes.build_answer(build, self._age(build), self.catalogue)
        raise RefusalError("build_not_found")

    def _task(self, request: Request) -> JSON:
        wanted = request.parameter("task[id]")
        for build in self._builds:
            if build.task_id == wanted:
                return shapes.task_answer(build, self._age(build))
        raise RefusalError("task_not_found")

    def _machine(self, request: Request) -> JSON:
        by_id = request.parameter("virtual_machine[id]")
        by_fqdn = request.parameter("virtual_machine[fqdn]")
        for build in self._machines_seen():
            if by_id == build.machine_id or (by_id is None and by_fqdn == build.fqdn(self.catalogue)):
                return shapes.machine_answer(build, self._age(build), self.catalogue)
        raise RefusalError("virtual_machine_not_found")

    def _machines(self, request: Request) -> JSON:
        self._check_organization(arguments.organization(request))
        wanted = arguments.wanted_annotations(request)
        return shapes.list_answer(
            [build for build in self._machines_seen() if matches(build, wanted)],
            page=arguments.whole_number(request, "page", 1),
            per_page=arguments.whole_number(request, "per_page", 30),
            catalogue=self.catalogue,
        )

    def _template(self, request: Request) -> JSON:
        found = self.catalogue.template_version(request.parameter("disk_template_version[id]") or "")
        if found is None:
            raise RefusalError("disk_template_version_not_found")
        return shapes.template_answer(*found)

    def _check_organization(self, lookup: Mapping[str, str]) -> None:
        ours = {"id": self.catalogue.organization_id, "sub_domain": self.catalogue.sub_domain}
        if not lookup or any(ours.get(key) != value for key, value in lookup.items()):
            raise RefusalError("organization_not_found")

    def _machines_seen(self) -> list[Build]:
        return [item for item in self._builds if item.machine_state(self._age(item)) is not None]

    def _now(self) -> float:
        """The API's seconds since the sandbox began."""
        return (self.clock() - self._started_at) * self.speed

    def _age(self, build: Build) -> float:
        return self._now() - build.accepted_at

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=count))
