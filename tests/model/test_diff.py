"""The differences between two specs."""

import pytest
from attrs import evolve
from hypothesis import given

from vmspec import VM, Change, VirtualMachineSpec, diff
from vmspec.model.elements import AuthorizedKeys, Resources
from vmspec.model.values import DataCenter
from vmspec.testing import specs


@given(specs(), specs())
def test_specs_without_changes_differ_in_the_order_of_tags_only(a: VirtualMachineSpec, b: VirtualMachineSpec):
    same = evolve(a, tags=()) == evolve(b, tags=()) and set(a.tags) == set(b.tags)
    assert (diff(a, b) == ()) is same


@given(specs(), specs())
def test_diff_is_symmetric(a: VirtualMachineSpec, b: VirtualMachineSpec):
    back = {Change(change.path, change.after, change.before) for change in diff(b, a)}
    assert set(diff(a, b)) == back


def test_changes_have_paths():
    old = VM("web-1").data_center("uk-lon-01").disk(20).tags("a", "b").spec
    new = VM("web-2").data_center("us-nyc-01").disk(40).disk(10, name="Data").tags("c", "b", "b").spec
    assert diff(old, new) == (
        Change("data_center", DataCenter("uk-lon-01", "permalink"), DataCenter("us-nyc-01", "permalink")),
        Change("system_disks[0].size", 20, 40),
        Change("system_disks[1].name", None, "Data"),
        Change("system_disks[1].size", None, 10),
        Change("hostname", "web-1", "web-2"),
        Change("tags", "a", None),
        Change("tags", None, "c"),
    )


def test_empty_element_is_a_change():
    empty = VirtualMachineSpec(resources=Resources())
    assert diff(VirtualMachineSpec(), empty) == (Change("resources", None, Resources()),)


def test_secrets_are_masked():
    old = VM().template("x", password="canary-1").cloud_init("canary-2").spec
    new = VM().template("x", password="canary-3").spec
    changes = diff(old, new)
    assert changes == (
        Change("disk_template.options[0].value", "***", "***"),
        Change("cloud_init.user_data", "***", None),
    )
    assert "canary" not in " ".join(map(str, changes))


def test_argument_that_is_not_a_spec_is_rejected() -> None:
    with pytest.raises(TypeError, match=r"^expected a VirtualMachineSpec, got a VM; call \.build\(\)$"):
        diff(VM("a"), VM("b"))  # type: ignore[arg-type]


def test_booleans_are_shown_as_true_and_false() -> None:
    keys, none = AuthorizedKeys(all_users=True), AuthorizedKeys(all_users=False)
    (change,) = diff(VirtualMachineSpec(authorized_keys=none), VirtualMachineSpec(authorized_keys=keys))
    assert str(change) == "authorized_keys.all_users: false -> true"
