"""Submit three machines concurrently with asyncio, on the sandbox."""

import asyncio

from vmspec import VM, VirtualMachineSpec, new_ipv4
from vmspec.katapult import AsyncKatapult, SQLiteJournal, VirtualMachine
from vmspec.sandbox import running

base = (
    VM()
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04")
    .network("uk-lon-01-public", new_ipv4())
)


async def machine_of(katapult: AsyncKatapult, spec: VirtualMachineSpec) -> VirtualMachine:
    submission = await katapult.submit(spec)
    return await katapult.wait(submission, poll_s=0.3)


async def main() -> None:
    specs = [base.hostname(f"web-{number}").build() for number in (1, 2, 3)]
    with running() as api:
        async with AsyncKatapult(
            token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
        ) as katapult:
            machines = await asyncio.gather(*(machine_of(katapult, spec) for spec in specs))
    for machine in machines:
        print(machine.fqdn, *machine.addresses, machine.state)


asyncio.run(main())
