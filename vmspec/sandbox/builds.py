"""Build: an accepted spec on its way to a machine, and what is true of it at which age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import field, frozen

from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.catalogue import Catalogue, new_address
from vmspec.sandbox.resources import Address

BuildState = Literal["pending", "building", "complete", "failed"]
TaskStatus = Literal["pending", "running", "completed", "failed"]
MachineState = Literal["stopped", "starting", "started"]


@frozen(kw_only=True)
class Timeline:
    """When things happen to a build, in the API's seconds since it was accepted.

    The machine's first sight and the build's end are the medians of recorded builds; the recordings
    are too coarse to tell the others apart, so those are inferred.
    """

    building_s: float = 1
    machine_seen_s: float = 8
    complete_s: float = 37
    starting_s: float = 39
    started_s: float = 43


@frozen(kw_only=True)
class Annotation:
    """A key and a value, given with the create and found on the machine (which is inferred)."""

    key: str
    value: str = ""


@frozen(kw_only=True)
class Build:
    """One accepted spec. ``age`` is counted in the API's seconds since then."""

    id: str
    task_id: str
    machine_id: str
    sent: VirtualMachineSpec
    stored: VirtualMachineSpec
    hostname: str
    addresses: tuple[tuple[Address, int], ...]
    """Each with the number of the network interface that it belongs to."""
    annotations: tuple[Annotation, ...]
    accepted_at: float
    """In the API's seconds since the sandbox began; a build that is still to be accepted is not there yet."""
    created_at: int
    """Unix time."""
    root_password: str = field(repr=False)
    timeline: Timeline
    fails: bool = False
    """The build ends as failed, without a machine (inferred: no failed build was recorded)."""
    built_late_s: float = 0
    """How much later than its timeline says the build has a machine, and ends."""
    listed_late_s: float = 0
    """How much later than the timeline says lists show the machine."""
    shown_late_s: float = 0
    """How much later than the timeline says its own GET shows the machine."""

    @property
    def name(self) -> str:
        """What the machine is called."""
        return self.hostname if self.stored.name is None else self.stored.name

    def fqdn(self, catalogue: Catalogue) -> str:
        """The machine's full name in the DNS."""
        return f"{self.hostname}.{catalogue.domain}"

    def state(self, age: float) -> BuildState:
        """The state of the build."""
        if age < self.timeline.building_s:
            return "pending"
        if age < self.timeline.complete_s + self.built_late_s:
            return "building"
        return "failed" if self.fails else "complete"

    def task_status(self, age: float) -> TaskStatus:
        """The status of the task that builds it, taken to keep step with the build."""
        status: dict[BuildState, TaskStatus] = {
            "pending": "pending",
            "building": "running",
            "complete": "completed",
            "failed": "failed",
        }
        return status[self.state(age)]

    def progress(self, age: float) -> int:
        """How far the task is, in percent; a task that failed stays below 100."""
        done = 100 * min(1, age / (self.timeline.complete_s + self.built_late_s))
        return min(int(done), 99) if self.fails else int(done)

    def machine_state(self, age: float) -> MachineState:
        """The state of the machine, once there is one."""
        if age < self.timeline.starting_s + self.built_late_s:
            return "stopped"
        return "starting" if age < self.timeline.started_s + self.built_late_s else "started"

    def has_machine(self, age: float) -> bool:
        """Whether the build shows the machine."""
        return self._is_seen(age, self.built_late_s)

    def is_listed(self, age: float) -> bool:
        """Whether lists show the machine."""
        return self._is_seen(age, self.listed_late_s)

    def is_shown(self, age: float) -> bool:
        """Whether the machine's own GET finds it."""
        return self._is_seen(age, self.shown_late_s)

    def _is_seen(self, age: float, late_s: float) -> bool:
        return not self.fails and age >= self.timeline.machine_seen_s + late_s


def allocate(
    spec: VirtualMachineSpec, catalogue: Catalogue, numbers: Iterator[int]
) -> tuple[tuple[Address, int], ...]:
    """The addresses a spec asks for; each new one takes the next of ``numbers``."""
    addresses: list[tuple[Address, int]] = []
    for number, interface in enumerate(spec.network_interfaces):
        for allocation in interface.ip_address_allocations:
            if allocation.ip_address is not None:
                addresses.append((catalogue.address(allocation.ip_address), number))
            elif allocation.type == "new":
                subnet = "" if allocation.subnet is None else allocation.subnet.value
                version = allocation.version or (6 if ":" in subnet else 4)
                addresses.append((new_address(version, next(numbers)), number))
    return tuple(addresses)


def matches(build: Build, wanted: Sequence[tuple[str, str | None]]) -> bool:
    """Whether a build carries each key wanted, with the value wanted where one is."""
    return all(
        any(item.key == key and value in (None, item.value) for item in build.annotations)
        for key, value in wanted
    )
