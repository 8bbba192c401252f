"""``vmspec drift``: what became of the machines of specs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.api import reads_api
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import is_folder_or_pattern
from vmspec.cli.inputs.specs import Specs
from vmspec.cli.output.changes import listed
from vmspec.cli.output.console import echo, echo_err, shown_path, write_data
from vmspec.cli.output.text import pluralize
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.live.drift import Drift
    from vmspec.model.spec import VirtualMachineSpec


@click.command("drift")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@options.text("--key", "KEY", "Key with which the specs were submitted.")
@options.output_format
@connection_options
@reads_api
def command(
    paths: tuple[str, ...], key: str | None, output_format: str, connection: ConnectionOptions
) -> int:
    """Compare each spec with what Katapult stored of it and with its machine as it is now. Without PATH, all
    submissions on record that made a machine are compared. Exit code 1 means that something differs, or
    that a machine is gone.

    The submission of a spec is found by --key, given as to vmspec submit, or else by its hostname.
    """
    if key is not None and not paths:
        raise click.UsageError("--key is for the specs of PATH.")
    code, specs, keys = ExitCode.OK, None, None
    if paths:
        code, specs, keys = _read(paths, key)
        if code is not ExitCode.OK:
            return code
        if not specs:
            echo_err("no specs were found")
            return ExitCode.USAGE_ERROR
    with connection.client(echo_err) as katapult:
        drifts = katapult.drift(specs, keys)
    if output_format == "json":
        _print_json(drifts)
    else:
        for drift in drifts:
            for line in _lines(drift):
                echo(printable(line))
    different = sum(drift.status != "same" for drift in drifts)
    echo_err(f"{pluralize(len(drifts), 'machine')}, {different or 'none'} with differences")
    return ExitCode.FINDINGS if different else ExitCode.OK


def _read(
    paths: tuple[str, ...], key: str | None
) -> tuple[ExitCode, dict[str, VirtualMachineSpec], dict[str, str] | None]:
    is_single = len(paths) == 1 and not is_folder_or_pattern(paths[0])
    reader = Specs(paths)
    specs: dict[str, VirtualMachineSpec] = {}
    keys: dict[str, str] = {}
    for path, source, spec in reader:
        specs[source.name] = spec
        if key is not None:
            keys[source.name] = key if is_single else f"{key}/{shown_path(str(path))}"
    return reader.exit_code, specs, None if key is None else keys


def _lines(drift: Drift) -> Iterator[str]:
    machine = drift.virtual_machine
    where = f" ({machine.fqdn or machine.hostname}, {machine.id})" if machine is not None else ""
    yield f"{drift.name}: {drift.status}{where}" + (f": {drift.note}" if drift.note else "")
    for title, changes in (
        ("from the spec to the stored one", drift.stored),
        ("to the machine", drift.machine),
    ):
        if changes:
            yield f"  {title}:"
            yield from (f"    {change}" for change in changes)
    if drift.explained:
        reasons = (f"{item.change.path} ({item.reason})" for item in drift.explained)
        yield f"  as always: {', '.join(reasons)}"
    if drift.not_compared:
        yield f"  not compared: {', '.join(drift.not_compared)}"


def _print_json(drifts: tuple[Drift, ...]) -> None:
    import json

    machines = [
        {
            "name": drift.name,
            "status": drift.status,
            "note": drift.note,
            "submission_id": drift.submission_id,
            "build_id": drift.build_id,
            "virtual_machine": None
            if (machine := drift.virtual_machine) is None
            else {
                "id": machine.id,
                "hostname": machine.hostname,
                "fqdn": machine.fqdn,
                "state": machine.state,
            },
            "explained": [
                {**change, "reason": item.reason}
                for item, change in zip(
                    drift.explained, listed(item.change for item in drift.explained), strict=True
                )
            ],
            "stored": listed(drift.stored),
            "machine": listed(drift.machine),
            "not_compared": list(drift.not_compared),
        }
        for drift in drifts
    ]
    write_data(json.dumps({"version": 1, "machines": machines}, indent=2), "\n")
