"""Submit several machines together and wait for all of them, on the sandbox.

They share the API's rate limit and do not affect one another; each gets a result of its own.
"""

from vmspec import VM, new_ipv4
from vmspec.katapult import Katapult, SQLiteJournal
from vmspec.sandbox import running

base = (
    VM()
    .data_center("uk-lon-01")
    .template("templates/ubuntu-22-04")
    .network("uk-lon-01-public", new_ipv4())
    .authorize(users="all", ssh_keys="all")
)
web = base.package("rock-3").disk(20, name="System").tags("web")
database = base.package("rock-6").disk(40, name="System").disk(200, name="Data")
fleet = [web.hostname(f"web-{number}") for number in (1, 2, 3)] + [database.hostname("db-1")]
specs = [vm.build() for vm in fleet]  # validates all before the first is sent

with (
    running() as api,
    Katapult(  # for the real API: Katapult.from_environment()
        token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
    ) as katapult,
):
    results = katapult.submit_many(specs, key="shop", annotations={"fleet": "shop"}, poll_s=0.3)
    for result in results:
        machine = result.virtual_machine
        print(result.name, result.error or (machine and f"{machine.fqdn} {machine.state}"))

    again = katapult.submit_many(specs, key="shop", annotations={"fleet": "shop"}, poll_s=0.3)
    assert [result.virtual_machine for result in again] == [result.virtual_machine for result in results]
    print(len(katapult.virtual_machines({"fleet": "shop"})), "machines in the fleet")
