"""The builds of a sandbox, and their machines. Not thread-safe by itself."""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, evolve, field

from vmspec.model.spec import VirtualMachineSpec
from vmspec.sandbox.builds import Annotation, ApiClock, Build, MachineState, Timeline
from vmspec.sandbox.catalogue import Catalogue, new_address
from vmspec.sandbox.catalogue.resources import Address
from vmspec.sandbox.faults import Duplicate, FailedBuild, GoneMachine, LateMachine
from vmspec.sandbox.faults.queue import FaultQueue
from vmspec.sandbox.machines import KEEP_S, PowerAction, Record, Task, TrashObject
from vmspec.sandbox.normalize import normalize
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint

_LETTERS = string.ascii_letters + string.digits


@define
class BuildStore:
    """The builds of one sandbox; ``random`` draws their ids, ``faults`` go wrong with them."""

    catalogue: Catalogue
    timeline: Timeline
    clock: ApiClock
    faults: FaultQueue
    is_strict: bool
    _random: random.Random
    _records: list[Record] = field(init=False, factory=list)
    _tasks: dict[str, Task] = field(init=False, factory=dict)
    _address_numbers: Iterator[int] = field(init=False, factory=itertools.count)

    def records(self) -> list[Record]:
        """Return the builds accepted until now, the oldest first."""
        now = self.clock.now()
        accepted = [record for record in self._records if record.build.accepted_at <= now]
        for record in accepted:
            if record.build.is_gone(self.age(record)) and not record.is_fault_done:
                self.delete(record)
                record.is_fault_done, record.is_purged = True, record.build.is_purged_when_gone
        return sorted(accepted, key=lambda record: record.build.accepted_at)

    def machines(self) -> list[Record]:
        """Return those whose machine exists and is not in the trash."""
        return [item for item in self.records() if self._exists(item) and item.trash is None]

    def existing(self) -> list[Record]:
        """Return those that have, or will have, a machine that is not in the trash."""
        return [item for item in self.records() if not item.build.fails and item.trash is None]

    def trash(self) -> list[Record]:
        """Return those whose machine is in the trash."""
        return [item for item in self.records() if item.trash is not None and not item.is_purged]

    def age(self, record: Record) -> float:
        """Return the age of a build in API seconds."""
        return self.clock.now() - record.build.accepted_at

    def _exists(self, record: Record) -> bool:
        return not record.is_purged and record.build.is_shown(self.age(record))

    def create(self, spec: VirtualMachineSpec, annotations: tuple[Annotation, ...], delay_s: float) -> Build:
        """Accept a spec after ``delay_s`` seconds of the sandbox's clock; return its build."""
        accepted_at = self.clock.now() + delay_s * self.clock.speed
        late = self.faults.take(LateMachine, at=Endpoint.CREATE)
        late_s = late.seconds * self.clock.speed if late else 0.0
        gone = self.faults.take(GoneMachine, at=Endpoint.CREATE)
        build = Build(
            **self._ids(),
            sent=spec,
            stored=normalize(spec, self.catalogue),
            # An empty hostname counts as absent, as in the vendor's own reader.
            hostname=spec.hostname.lower() if spec.hostname else f"sandbox-{self._letters(8).lower()}",
            addresses=self._allocate(spec),
            annotations=annotations,
            accepted_at=accepted_at,
            created_at=self.clock.unix(accepted_at),
            timeline=self.timeline,
            fails=self.faults.take(FailedBuild, at=Endpoint.CREATE) is not None,
            built_late_s=late_s if late and late.in_build else 0,
            listed_late_s=late_s if late and late.in_list else 0,
            shown_late_s=late_s if late and late.by_get else 0,
            gone_after_s=gone.seconds * self.clock.speed if gone else None,
            is_purged_when_gone=gone is not None and gone.purged,
        )
        duplicate = self.faults.take(Duplicate, at=Endpoint.CREATE)
        copies = [self.copy(build) for _ in range(1, duplicate.builds if duplicate else 1)]
        self._records.extend(Record(build=item, machine=item) for item in (build, *copies))
        return build

    def copy(self, build: Build) -> Build:
        """Return a build with other ids and addresses."""
        return evolve(build, **self._ids(), addresses=self._allocate(build.sent))

    def find_machine(self, lookup: Mapping[str, str]) -> Record:
        """Return the record of a machine by ``id`` or ``fqdn``; RefusalError if it is unknown or deleted."""
        for record in self.records():
            names = {"id": record.build.machine_id, "fqdn": record.machine.fqdn(self.catalogue)}
            if self._exists(record) and _matches(names, lookup):
                if record.trash is not None:
                    raise RefusalError("object_in_trash", {"trash_object": record.trash.json})
                return record
        raise RefusalError("virtual_machine_not_found")

    def find_trash(self, lookup: Mapping[str, str]) -> Record:
        """Return the record of a trash object by ``id`` or ``object_id``; RefusalError if it is unknown."""
        for record in self.trash():
            assert record.trash is not None  # or it would not be listed
            if _matches({"id": record.trash.id, "object_id": record.trash.object_id}, lookup):
                return record
        raise RefusalError("trash_object_not_found")

    def find_task(self, id: str | None) -> Task | None:
        """Return a task other than those of builds."""
        return None if id is None else self._tasks.get(id)

    def act(self, record: Record, verb: str, duration_s: float, states: Sequence[MachineState]) -> Task:
        """Begin a power action on a machine; return its task."""
        task = self._task(f"{verb} virtual machine", duration_s)
        during, afterwards = states
        record.action = PowerAction(task=task, during=during, afterwards=afterwards)
        return task

    def delete(self, record: Record) -> TrashObject:
        """Move a machine to the trash."""
        record.trash = TrashObject(
            id=f"trsh_{self._letters(16)}",
            object_id=record.build.machine_id,
            keep_until=self.clock.unix(self.clock.now()) + KEEP_S,
        )
        return record.trash

    def purge(self, record: Record) -> Task:
        """Remove a machine from the trash for ever; return the task."""
        record.is_purged = True
        return self._task("Purge trash object", 1)

    def _task(self, name: str, duration_s: float) -> Task:
        now = self.clock.now()
        task = Task(
            id=f"task_{self._letters(16)}",
            name=name,
            started_at=now,
            created_at=self.clock.unix(now),
            duration_s=duration_s,
        )
        self._tasks[task.id] = task
        return task

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
                    addresses.append((self.catalogue.address(allocation.ip_address), index))
                elif allocation.type == "new":
                    subnet = "" if allocation.subnet is None else allocation.subnet.value
                    version = allocation.version or (6 if ":" in subnet else 4)
                    addresses.append((new_address(version, next(self._address_numbers)), index))
        return tuple(addresses)

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=count))


def _matches(names: Mapping[str, str], lookup: Mapping[str, str]) -> bool:
    return bool(lookup) and all(names.get(key) == value for key, value in lookup.items())
