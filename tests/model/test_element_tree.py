"""The tree of elements, derived from the fields of the model."""

from __future__ import annotations

from vmspec.model.element_tree import AttributeSchema, ElementSchema, root
from vmspec.model.scalars import Boolean, Choice, Integer, String
from vmspec.model.values import SharedDisk


def at(*tags: str) -> ElementSchema:
    node = root()
    for tag in tags:
        node = node.children[tag]
    return node


def required_children(*tags: str) -> list[str]:
    return [child.tag for child in at(*tags).children.values() if child.required]


def test_children_of_the_root_are_in_canonical_order() -> None:
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


def test_list_is_a_wrapper_with_items() -> None:
    assert (at("SystemDisks").many, at("SystemDisks").is_object, at("SystemDisks").step) == (
        False,
        False,
        "system_disks",
    )
    assert (at("SystemDisks", "Disk").many, at("SystemDisks", "Disk").is_object) == (True, True)
    assert at("SharedDisks", "Disk").lookup is SharedDisk


def test_repeated_elements_have_no_wrapper() -> None:
    assert at("DiskTemplate", "Option").many
    assert at("NetworkInterfaces", "NetworkInterface", "IPAddressAllocation").many


def test_required_children() -> None:
    assert required_children("DiskTemplate") == ["DiskTemplate"]
    assert required_children("Hostname") == ["Hostname"]
    assert required_children() == []


def test_attributes_belong_to_the_element_that_documents_put_them_on() -> None:
    assert at("DiskTemplate", "Option").attributes == {"key": AttributeSchema(String(), True, "key")}
    assert at("AuthorizedKeys", "Users").attributes == {"all": AttributeSchema(Boolean(), False, "all_users")}
    assert at("Hostname").attributes == {}
    random = AttributeSchema(Choice(("random",)), False, "hostname_type")
    assert at("Hostname", "Hostname").attributes == {"type": random}
    by = AttributeSchema(Choice(("id", "name", "permalink")), False, "by")
    assert at("DataCenter").attributes == {"by": by}


def test_content_of_elements() -> None:
    assert at("Resources").scalar is None
    assert at("Resources", "Memory").scalar == Integer(1, "GB")
    assert at("Name").nested
    assert not at("Description").nested
    assert at("CloudInit", "UserData").secret
    assert at("DiskTemplate", "Option").secret
    assert at("NetworkInterfaces", "NetworkInterface").exclusive == ("Network", "VirtualNetwork")
