"""Test a provisioning script on the sandbox. Run: pytest examples/test_provisioning.py"""

from vmspec import VM, new_ipv4
from vmspec.errors import BuildFailedError
from vmspec.katapult import Katapult, VirtualMachine
from vmspec.sandbox import RunningSandbox

pytest_plugins = ["vmspec.testing.fixtures"]  # better in conftest.py, for all tests


def provision(katapult: Katapult, hostname: str) -> VirtualMachine | None:
    """Create a web server; return None if its build failed. This is the script under test."""
    web = VM(hostname).data_center("uk-lon-01").package("rock-3").network("uk-lon-01-public", new_ipv4())
    submission = katapult.submit(web.tags("web").build(), annotations={"team": "shop"})
    try:
        return katapult.wait(submission)
    except BuildFailedError:
        return None


def test_the_machine_is_started_and_has_an_address(katapult: Katapult) -> None:
    machine = provision(katapult, "web-1")
    assert machine is not None
    assert machine.state == "started"
    assert len(machine.addresses) == 1
    assert katapult.virtual_machines({"team": "shop"})[0].id == machine.id


def test_one_machine_is_requested(katapult: Katapult, katapult_sandbox: RunningSandbox) -> None:
    provision(katapult, "web-1")
    (build,) = katapult_sandbox.sandbox.builds
    assert build.sent.tags == ("web",)


def test_a_failed_build_returns_none(katapult: Katapult, katapult_sandbox: RunningSandbox) -> None:
    katapult_sandbox.sandbox.fail_next_build()
    assert provision(katapult, "web-1") is None
