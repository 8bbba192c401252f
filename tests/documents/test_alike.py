"""Which documents are remembered, and that nothing of their values is."""

from __future__ import annotations

from itertools import count

import pytest

from vmspec import VM, DocumentError, VirtualMachineSpec, loads
from vmspec.documents.alike import LONGEST, MEMORY, OFTEN, ROOM, taken_apart

SECRET = "hunter2"
WITH_SECRET = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", password=SECRET)
    .to_xml()
)


def read_often(text: str) -> VirtualMachineSpec:
    spec, *others = [loads(text) for _ in range(OFTEN)]
    assert others == [spec] * (OFTEN - 1)
    return spec


KEYS = count(1)


def of_a_new_shape() -> str:
    """The document with a key that no other has, be it of an earlier run in this process."""
    return WITH_SECRET.replace('key="password"', f'key="password-{next(KEYS)}"')


def is_known(text: str) -> bool:
    return MEMORY.shape_of(taken_apart(text.encode())[0]) is not None


def test_a_document_that_was_read_a_few_times_is_not_kept() -> None:
    text = of_a_new_shape()
    for _ in range(OFTEN - 1):
        loads(text)
        assert not is_known(text)


def test_one_that_was_read_often_is_known_without_its_values() -> None:
    read_often(WITH_SECRET)
    markup, values = taken_apart(WITH_SECRET.encode())
    assert MEMORY.shape_of(markup) is not None
    assert values == ["uk-lon-01", "rock-3", "templates/ubuntu-22-04", SECRET, "web-1"]
    assert not any(value in "".join(markup) for value in values)


def test_so_is_every_other_with_the_same_markup() -> None:
    read_often(WITH_SECRET)
    assert is_known(WITH_SECRET.replace(SECRET, "swordfish").replace("rock-3", "rock-6"))
    assert not is_known(WITH_SECRET.replace("\n", "\n "))


def test_reading_another_changes_nothing_that_was_read() -> None:
    read_often(WITH_SECRET)
    first, second = loads(WITH_SECRET), loads(WITH_SECRET.replace("web-1", "web-2"))
    assert (first.hostname, second.hostname) == ("web-1", "web-2")


def test_what_was_met_long_ago_is_forgotten() -> None:
    text = of_a_new_shape()
    read_often(text)
    assert is_known(text)
    markup, _ = taken_apart(text.encode())
    for _ in range(ROOM // len("".join(markup))):
        read_often(of_a_new_shape())
    assert not is_known(text)


@pytest.mark.parametrize(
    "spelling",
    [
        f" {SECRET}",
        f"{SECRET} & co".replace("&", "&amp;"),
        f"{SECRET}&#x21;",
        f"<![CDATA[{SECRET}]]>",
        f"{SECRET}<!-- {SECRET} -->",
        f"{SECRET}<?note {SECRET}?>",
        f"<!-- >{SECRET}</x -->",
        f"more > {SECRET}",
        f"more>{SECRET}",
        f"one\r\n{SECRET}",
    ],
)
def test_where_a_value_would_stay_in_the_markup_the_document_is_not_kept(spelling: str) -> None:
    text = WITH_SECRET.replace(SECRET, spelling)
    assert read_often(text).disk_template is not None
    assert not is_known(text)


@pytest.mark.parametrize("around", [f"<!-- {SECRET} -->", f"<?note {SECRET}?>", " " * LONGEST])
def test_nor_is_one_with_notes_or_with_very_much_markup(around: str) -> None:
    text = f"{WITH_SECRET}{around}"
    assert read_often(text) == loads(WITH_SECRET)
    assert not is_known(text)


def test_nor_is_one_in_an_encoding_that_might_tell_values_apart() -> None:
    text = WITH_SECRET.replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="us-ascii"?>')
    assert read_often(text) == loads(WITH_SECRET)
    assert not is_known(text)


def test_nor_is_one_that_is_no_spec() -> None:
    text = WITH_SECRET.replace("Package", "Packge")
    for _ in range(OFTEN):
        with pytest.raises(DocumentError):
            loads(text)
    assert not is_known(text)
