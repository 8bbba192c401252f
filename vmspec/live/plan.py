"""Plans: what ``apply`` sends, fixed in a file. A plan holds digests of its specs, and no secrets."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import asdict, field, frozen

from vmspec.documents import dumps, load
from vmspec.documents.files import write_text
from vmspec.errors import ConfigurationError, DocumentError
from vmspec.text import printable

VERSION = 1
MAX_BYTES = 64 * 1024 * 1024

_NOT_A_PLAN = (KeyError, TypeError, ValueError, RecursionError)


@frozen(kw_only=True)
class PlannedMachine:
    """One machine of a plan: its spec by name and digest, and the submission that makes it."""

    name: str
    """The path of its file, or the name that was given to its spec."""
    hostname: str | None
    digest: str
    """Slow digest of the canonical XML, salted with the submission's id."""
    submission_id: str
    action: Literal["create", "exists"] = "create"
    exists_as: str | None = None
    """The id of the machine or submission of the same spec that was there when the plan was made."""


@frozen(kw_only=True)
class Plan:
    """The machines that are to be made, in one organization."""

    api: str
    organization: str
    made_at: str
    """Time at which it was made, in UTC."""
    machines: tuple[PlannedMachine, ...]
    specs: Mapping[str, str] = field(factory=dict, repr=False, hash=False)
    """Canonical XML by name; without those whose file cannot be read any more. Never in a file."""
    name: str = "the plan"
    """The path of its file, in messages."""

    @property
    def new(self) -> tuple[PlannedMachine, ...]:
        """The machines that are to be made."""
        return tuple(machine for machine in self.machines if machine.action == "create")


def dump_plan(plan: Plan, path: str | os.PathLike[str]) -> None:
    """Write a plan to a file. Raises OSError."""
    content: dict[str, Any] = {
        "version": VERSION,
        "api": plan.api,
        "organization": plan.organization,
        "made_at": plan.made_at,
        "machines": [
            {name: value for name, value in asdict(machine).items() if value is not None}
            for machine in plan.machines
        ],
    }
    write_text(Path(path), json.dumps(content, indent=2) + "\n")


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """Read a plan, and the files that it names, as paths from the current folder.

    Raises ConfigurationError for a file that cannot be read or is not a plan.
    """
    name = printable(os.fspath(path))
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{name}: {error.strerror}") from None
    try:
        content = json.loads(data[: MAX_BYTES + 1])
        if content["version"] != VERSION:
            raise ValueError("version")
        machines = tuple(map(_machine, content["machines"]))
        api, organization, made_at = (_text(content, key) for key in ("api", "organization", "made_at"))
    except _NOT_A_PLAN:
        raise ConfigurationError(f"{name} is not a plan that this vmspec reads") from None
    specs = {machine.name: xml for machine in machines if (xml := _canonical(machine.name)) is not None}
    return Plan(
        api=api, organization=organization, made_at=made_at, machines=machines, specs=specs, name=name
    )


def _machine(row: Any) -> PlannedMachine:
    action = _text(row, "action")
    if action not in ("create", "exists"):
        raise ValueError("action")
    return PlannedMachine(
        name=_text(row, "name"),
        hostname=_text(row, "hostname") if "hostname" in row else None,
        digest=_text(row, "digest"),
        submission_id=_text(row, "submission_id"),
        action=action,  # type: ignore[arg-type]
        exists_as=_text(row, "exists_as") if "exists_as" in row else None,
    )


def _text(row: Any, key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _canonical(path: str) -> str | None:
    """Return the canonical XML of a file; None if it cannot be read as a spec."""
    try:
        return dumps(load(path), "xml")
    except (OSError, DocumentError, ConfigurationError, ValueError):
        return None
