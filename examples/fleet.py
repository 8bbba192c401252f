"""Build the specs of several machines from a shared base; a VM never changes."""

from vmspec import VM, dumps, new_ipv4
from vmspec.documents import loads


def monitored(vm: VM) -> VM:
    """Add monitoring; used as a step with ``apply``."""
    return vm.tags("monitored").option("install_agent", True)


base = (
    VM()
    .data_center("uk-lon-01")
    .template("templates/ubuntu-22-04")
    .network("uk-lon-01-public", new_ipv4())
    .authorize(users="all", ssh_keys="all")
)
web = base.package("rock-3").disk(20, name="System").tags("web")
database = base.package("rock-6").disk(40, name="System").disk(200, name="Data", file_system_type="xfs")

specs = [web.hostname(f"web-{number}").build() for number in (1, 2, 3)]
specs.append(database.hostname("db-1").apply(monitored).build())

for spec in specs:
    print(spec.hostname, *spec.tags)

print(dumps(specs[-1], "yaml"), end="")
assert loads(dumps(specs[-1], "yaml"), "yaml") == specs[-1]
