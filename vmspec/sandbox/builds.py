"""Builds: an accepted spec on its way to a machine, and its state at any age."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from attrs import define, field, frozen

from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.catalogue.resources import Address

BuildState = Literal["pending", "building", "complete", "failed"]
TaskStatus = Literal["pending", "running", "completed", "failed"]
MachineState = Literal["stopped", "starting", "started", "stopping", "shutting_down"]

_TASK_STATUS: dict[BuildState, TaskStatus] = {
    "pending": "pending",
    "building": "running",
    "complete": "completed",
    "failed": "failed",
}


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

    def unix(self, at: float) -> int:
        """Return the Unix time of a moment in API seconds."""
        return int(self.epoch + at)


@frozen(kw_only=True)
class Timeline:
    """The ages, in API seconds, at which a build and its machine change state.

    ``machine_seen_s`` and ``complete_s`` are medians of recorded builds; the recordings are too coarse for
    the others, which are inferred.
    """

    building_s: float = 1
    machine_seen_s: float = 8
    complete_s: float = 37
    starting_s: float = 39
    started_s: float = 43


@frozen(kw_only=True)
class Annotation:
    """A key and value given with the create, and found on the machine (inferred)."""

    key: str
    value: str = ""


@frozen(kw_only=True)
class Build:
    """One accepted spec. ``age`` is in API seconds since it was accepted."""

    id: str
    task_id: str
    machine_id: str
    sent: VirtualMachineSpec
    stored: VirtualMachineSpec
    hostname: str
    addresses: tuple[tuple[Address, int], ...]
    """Each with the index of its network interface."""
    annotations: tuple[Annotation, ...]
    accepted_at: float
    """API seconds since the sandbox began; the build does not exist before."""
    created_at: int
    """Unix time."""
    root_password: str = field(repr=False)
    timeline: Timeline
    fails: bool = False
    """True for a build that fails, without a machine (inferred: no failed build was recorded)."""
    built_late_s: float = 0
    """Delay until the build has a machine, and until it ends."""
    listed_late_s: float = 0
    """Delay until lists show the machine."""
    shown_late_s: float = 0
    """Delay until the machine's own GET shows it."""
    gone_after_s: float | None = None
    """Time from when the machine appeared until it is deleted; None if it stays."""
    is_purged_when_gone: bool = False

    @property
    def name(self) -> str:
        """Name of the machine."""
        return self.hostname if self.stored.name is None else self.stored.name

    def fqdn(self, catalogue: Catalogue) -> str:
        """Return the machine's fully qualified domain name."""
        return f"{self.hostname}.{catalogue.domain}"

    def state(self, age: float) -> BuildState:
        """Return the state of the build."""
        if age < self.timeline.building_s:
            return "pending"
        if age < self.timeline.complete_s + self.built_late_s:
            return "building"
        return "failed" if self.fails else "complete"

    def task_status(self, age: float) -> TaskStatus:
        """Return the status of the build's task (inferred: it follows the build)."""
        return _TASK_STATUS[self.state(age)]

    def progress(self, age: float) -> int:
        """Return the progress of the task in percent; a failed one stays below 100."""
        done = 100 * min(1, age / (self.timeline.complete_s + self.built_late_s))
        return min(int(done), 99) if self.fails else int(done)

    def machine_state(self, age: float) -> MachineState:
        """Return the state of the machine."""
        if age < self.timeline.starting_s + self.built_late_s:
            return "stopped"
        return "starting" if age < self.timeline.started_s + self.built_late_s else "started"

    def has_machine(self, age: float) -> bool:
        """Return whether the build shows its machine."""
        return self._has_appeared(age, self.built_late_s)

    def is_listed(self, age: float) -> bool:
        """Return whether lists show the machine."""
        return self._has_appeared(age, self.listed_late_s)

    def is_shown(self, age: float) -> bool:
        """Return whether the machine's own GET shows it."""
        return self._has_appeared(age, self.shown_late_s)

    def is_gone(self, age: float) -> bool:
        """Return whether a fault has deleted the machine."""
        gone_s = self.gone_after_s
        return gone_s is not None and self._has_appeared(age, self.shown_late_s + gone_s)

    def _has_appeared(self, age: float, late_s: float) -> bool:
        return not self.fails and age >= self.timeline.machine_seen_s + late_s

    @property
    def machine_created_at(self) -> int:
        """Unix time at which the machine appears."""
        return int(self.created_at + self.timeline.machine_seen_s + self.built_late_s)

    def matches(self, filters: Sequence[tuple[str, str | None]]) -> bool:
        """Return whether the annotations have each of these keys, with its value unless that is None."""
        return all(
            any(item.key == key and value in (None, item.value) for item in self.annotations)
            for key, value in filters
        )
