"""The life of a machine after its build: power actions, changes, and the trash."""

from __future__ import annotations

from attrs import define, frozen

from vmspec.sandbox.builds import Build, MachineState
from vmspec.sandbox.http import JSON

KEEP_S = 2 * 24 * 3600
"""Time that the trash keeps a machine (inferred)."""


@frozen(kw_only=True)
class Task:
    """A task on a machine that exists."""

    id: str
    name: str
    started_at: float
    """API seconds since the sandbox began."""
    created_at: int
    """Unix time."""
    duration_s: float

    def is_over(self, now: float) -> bool:
        """Return whether the task has ended."""
        return now >= self.started_at + self.duration_s

    def json(self, now: float) -> dict[str, JSON]:
        """Return the task as its own GET shows it."""
        is_over = self.is_over(now)
        return {
            "id": self.id,
            "name": self.name,
            "status": "completed" if is_over else "running",
            "created_at": self.created_at,
            "started_at": self.created_at,
            "finished_at": int(self.created_at + self.duration_s) if is_over else None,
            "progress": 100 if is_over else 50,
        }


@frozen(kw_only=True)
class PowerAction:
    """A task that starts or stops a machine."""

    task: Task
    during: MachineState
    afterwards: MachineState

    def machine_state(self, now: float) -> MachineState:
        """Return the state of the machine."""
        return self.afterwards if self.task.is_over(now) else self.during


@frozen(kw_only=True)
class TrashObject:
    """The entry of a deleted machine in the trash."""

    id: str
    object_id: str
    keep_until: int
    """Unix time."""

    @property
    def json(self) -> dict[str, JSON]:
        return {
            "id": self.id,
            "keep_until": self.keep_until,
            "object_id": self.object_id,
            "object_type": "VirtualMachine",
        }


@define(kw_only=True)
class Record:
    """A build, and its machine as it is now."""

    build: Build
    """Unchanged since it was accepted."""
    machine: Build
    """With the changes since."""
    action: PowerAction | None = None
    """The last power action."""
    trash: TrashObject | None = None
    is_purged: bool = False
    is_fault_done: bool = False
    """True once the fault GoneMachine has deleted it."""

    def machine_state(self, now: float) -> MachineState:
        """Return the state of the machine."""
        if self.action is not None:
            return self.action.machine_state(now)
        return self.build.machine_state(now - self.build.accepted_at)
