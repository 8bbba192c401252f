"""The tree of elements, as it follows from the plan."""

from __future__ import annotations

from vmspec.model.element_tree import AttributeRule, ElementSchema, root
from vmspec.model.scalars import Boolean, Choice, Integer, String
from vmspec.model.values import SharedDisk


def at(*tags: str) -> ElementSchema:
    node = root()
    for tag in tags:
        node = node.children[tag]
    return node


def test_top_level_in_canonical_order() -> None:
    assert list(root().children) == [
        *("Zone", "DataCenter", "Resources", "DiskTemplate", "CloudInit", "SystemDisks", "SharedDisks"),
        *(
            "NetworkInterfaces",
            "Hostname",
            "Name",
            "Description",
            "Group",
            "AuthorizedKeys",
            "BackupPolicies",
        ),
        *("Tags", "ISO"),
    ]
    assert root().attributes == {}


def test_a_list_is_a_wrapper_and_its_items() -> None:
    assert (at("SystemDisks").many, at("SystemDisks").owner, at("SystemDisks").step) == (
        False,
        False,
        "system_disks",
    )
    assert (at("SystemDisks", "Disk").many, at("SystemDisks", "Disk").owner) == (True, True)
    assert at("SharedDisks", "Disk").lookup is SharedDisk


def test_a_flat_list_has_no_wrapper() -> None:
    assert at("DiskTemplate", "Option").many
    assert at("NetworkInterfaces", "NetworkInterface", "IPAddressAllocation").many


def test_what_must_be_there() -> None:
    assert [child.tag for child in at("DiskTemplate").required_children] == ["DiskTemplate"]
    assert [child.tag for child in at("Hostname").required_children] == ["Hostname"]
    assert root().required_children == []


def test_attributes_stand_where_documents_have_them() -> None:
    assert at("DiskTemplate", "Option").attributes == {"key": AttributeRule(String(), True, "key")}
    assert at("AuthorizedKeys", "Users").attributes == {"all": AttributeRule(Boolean(), False, "all_users")}
    assert at("Hostname").attributes == {}
    random = AttributeRule(Choice(("random",)), False, "hostname_type")
    assert at("Hostname", "Hostname").attributes == {"type": random}
    by = AttributeRule(Choice(("id", "name", "permalink")), False, "by")
    assert at("DataCenter").attributes == {"by": by}


def test_what_an_element_holds() -> None:
    assert at("Resources").scalar is None
    assert at("Resources", "Memory").scalar == Integer(1, "GB")
    assert at("Name").nested
    assert not at("Description").nested
    assert at("CloudInit", "UserData").secret
    assert at("DiskTemplate", "Option").secret
    assert at("NetworkInterfaces", "NetworkInterface").exclusive == ("Network", "VirtualNetwork")
