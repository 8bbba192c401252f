"""Many machines from one base: all submitted, then waited for; on a Katapult on this machine.

What becomes of one changes nothing for the others, and every submission that ends badly is named.
"""

from vmspec import VM, VmspecError, new_ipv4
from vmspec.katapult import Katapult
from vmspec.sandbox import running

base = (
    VM()
    .data_center("uk-lon-01")
    .template("templates/ubuntu-22-04")
    .network("uk-lon-01-public", new_ipv4())
    .authorize(users="all", ssh_keys="all")
)
web = base.package("rock-3").disk(20, name="System").tags("web")
database = base.cpu(4).memory(16).disk(40, name="System").disk(200, name="Data")
fleet = [web.hostname(f"web-{number}") for number in (1, 2, 3)] + [database.hostname("db-1")]
specs = [vm.build() for vm in fleet]  # all are checked before the first is sent

with running() as api, Katapult(token=api.token, organization=api.organization, api_url=api.url) as katapult:
    submissions = []
    for spec in specs:
        try:
            submissions.append(katapult.submit(spec, annotations={"fleet": "shop"}))
        except VmspecError as error:
            print(f"{spec.hostname}: {error}")

    for submission in submissions:
        try:
            machine = katapult.wait(submission, poll_s=0.3)
        except VmspecError as error:
            print(f"{submission.hostname}: {error}")
        else:
            print(machine.fqdn, *machine.addresses, machine.state)

    print(len(katapult.virtual_machines({"fleet": "shop"})), "machines in the fleet")
