"""The API as a process of a drawn schedule meets it: the sandbox, and what goes wrong on the way."""

from __future__ import annotations

import json
import random

from attrs import define, evolve, field

from vmspec.katapult.endpoints import Call
from vmspec.katapult.responses import Answer
from vmspec.katapult.submission.outcome import Fault, Reply
from vmspec.katapult.submission.request import SUBMISSION
from vmspec.sandbox import Build, Request, Sandbox, Timeline

POST_FAULTS = (
    *("not sent", "lost before", "lost after", "late", "very late", "hangs, late", "503 before", "503 after"),
    *("502 after", "429", "429 and 20 s", "foreign 429 after", "refused", "redirect", "foreign 201", "202"),
)
READ_FAULTS = ("not sent", "lost", "hangs", "503", "429", "foreign 403", "404", "unfiltered", "odd state")
LATENCIES = (0.0, 0.0, 0.01, 0.1, 0.25)
EPOCH = 1_000_000.0
"""When the sandbox begins, on the clock."""


@define(eq=False)
class Clock:
    now: float = EPOCH

    def __call__(self) -> float:
        return self.now


@define(eq=False)
class FaultyApi:
    """Answers with the sandbox's truth, spoilt by the faults that are left for whoever asks."""

    seed: int
    timeline: Timeline
    rate_limit: int
    ignores_filters: bool = False
    """True if every list shows all machines, whoever owns them."""
    clock: Clock = field(factory=Clock)
    sandbox: Sandbox = field(init=False)
    chance: random.Random = field(init=False)
    too_many: list[float] = field(factory=list)
    """When the API said that it takes no more requests."""
    delayed: list[float] = field(factory=list)
    """When a request was counted whose sender had given it up."""
    again: list[str] = field(factory=list)
    """Submissions that were sent again though it was not proven that nothing came of them, or refused."""
    _final: set[str] = field(factory=set)
    _later: list[tuple[float, Request]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.sandbox = Sandbox(
            token="t",
            speed=1,
            clock=self.clock,
            seed=self.seed,
            timeline=self.timeline,
            rate_limit=self.rate_limit,
            epoch=EPOCH,
        )

    def pass_time(self, until: float) -> None:
        """Late requests are carried out at their time."""
        due = sorted((at, number) for number, (at, _) in enumerate(self._later) if at <= until)
        for at, number in due:
            self.clock.now = max(self.clock.now, at)
            self.sandbox.answer(self._later[number][1])
            self.delayed.append(self.clock.now)
        taken = {number for _, number in due}
        self._later = [late for number, late in enumerate(self._later) if number not in taken]
        self.clock.now = max(self.clock.now, until)

    def create(self, call: Call[object], faults: list[str | None], sent: set[str]) -> tuple[Reply, float]:
        """Return the answer, and after how many seconds it comes; a fault is used up.

        ``sent`` has the submissions of which something was sent that is carried out, sooner or later.
        """
        fault, latency_s = self._met(faults)
        wanted = submission_of(request_of(call))
        if wanted in self._final:
            self.again.append(wanted)
        reply = self._create(call, fault, sent)
        if not may_be_sent_again(reply):
            self._final.add(wanted)
        return reply, (1e9 if fault == "hangs, late" else latency_s)

    def _create(self, call: Call[object], fault: str | None, sent: set[str]) -> Reply:
        request = request_of(call)
        match fault:
            case "not sent":
                return Fault("no_connection", nothing_sent=True)
            case "lost before":
                return Fault("connection_lost")
            case "late" | "very late" | "hangs, late":
                sent.add(submission_of(request))
                later_s = {"late": 20.0, "very late": 400.0}.get(fault, 60.0)
                self._later.append((self.clock() + later_s, request))
                return Fault("cut_answer")
            case "503 before":
                return katapults(503, "service_unavailable")
            case "429":
                return katapults(429, "rate_limit_reached")
            case "429 and 20 s":
                return evolve(katapults(429, "rate_limit_reached"), headers={"retry-after": "20"})
            case "refused":
                return katapults(422, "validation_error")
            case "redirect":
                return Answer(307, {"location": "https://elsewhere.test/"})
            case _:
                pass
        reply = self._answer(request)
        if reply.status == 201:
            sent.add(submission_of(request))
        match fault:
            case "lost after":
                return Fault("connection_lost")
            case "503 after":
                return katapults(503, "service_unavailable")
            case "502 after":
                return Answer(502, {}, b"<html>")
            case "foreign 429 after":
                return Answer(429, {}, b"slow down")
            case "foreign 201":
                return Answer(201, {}, b"<html>Welcome</html>")
            case "202" if reply.status == 201:
                return evolve(reply, status=202)
        return reply

    def read(self, call: Call[object], faults: list[str | None]) -> tuple[Reply, float]:
        """Return the answer, and after how many seconds it comes; a fault is used up."""
        fault, latency_s = self._met(faults)
        request = request_of(call)
        is_list = call.path.endswith("/organization/virtual_machines")
        if is_list and (self.ignores_filters or fault == "unfiltered"):
            query = [(name, value) for name, value in request.query if not name.startswith("annotations")]
            request = evolve(request, query=tuple(query))
        reply = self._answer(request)
        match fault:
            case "odd state" if b'"state":"' in reply.body:
                return evolve(reply, body=reply.body.replace(b'"state":"', b'"state":"oddly ')), latency_s
            case "not sent":
                return Fault("no_connection", nothing_sent=True), latency_s
            case "lost":
                return Fault("connection_lost"), latency_s
            case "hangs":
                return Fault("time_out"), 1e9
            case "503":
                return katapults(503, "service_unavailable"), latency_s
            case "429":
                return katapults(429, "rate_limit_reached"), latency_s
            case "foreign 403":
                return Answer(403, {}, b"<html>"), latency_s
            case "404":
                return katapults(404, "virtual_machine_build_not_found"), latency_s
        return reply, latency_s

    def _met(self, faults: list[str | None]) -> tuple[str | None, float]:
        return (faults.pop(0) if faults else None), self.chance.choice(LATENCIES)

    def _answer(self, request: Request) -> Answer:
        answer = self.sandbox.answer(request)
        if answer.status == 429:
            self.too_many.append(self.clock())
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers}, answer.body)

    def builds_of(self, submission_id: str) -> list[Build]:
        return [build for build in self.sandbox.builds if of(build, SUBMISSION) == submission_id]

    def visible_at(self, build: Build) -> float:
        """On the clock, which began with the sandbox."""
        return EPOCH + build.accepted_at + build.timeline.machine_seen_s


def request_of(call: Call[object]) -> Request:
    return Request(
        method=call.method,
        path=f"/core/v1{call.path}",
        query=call.params,
        headers=(("Authorization", "Bearer t"), ("Content-Type", "application/json")),
        body=b"" if call.body is None else json.dumps(call.body).encode(),
    )


def may_be_sent_again(reply: Reply) -> bool:
    if isinstance(reply, Fault):
        return reply.nothing_sent
    return reply.status == 429 and b"rate_limit_reached" in reply.body


def submission_of(request: Request) -> str:
    annotations = {pair["key"]: pair["value"] for pair in json.loads(request.body)["annotations"]}
    return str(annotations[SUBMISSION])


def katapults(status: int, code: str) -> Answer:
    body = {"error": {"code": code, "description": "", "detail": {}}}
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


def of(build: Build, name: str) -> str | None:
    return next((item.value for item in build.annotations if item.key == name), None)
