"""The checks on the bytes of every document."""

from __future__ import annotations

import pytest

from vmspec import SpecError, VirtualMachineSpec, dumps, loads
from vmspec.documents import FORMATS, FormatName
from vmspec.documents.limits import MAX_SIZE, to_utf8
from vmspec.errors import MalformedDocumentError


def rejection(source: str | bytes) -> str:
    with pytest.raises(MalformedDocumentError) as caught:
        to_utf8(source)
    return str(caught.value)


def test_byte_order_mark_is_removed() -> None:
    assert to_utf8(b"\xef\xbb\xbfa") == b"a"
    assert to_utf8("\ufeffé") == "é".encode()


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        (b"\xff\xfea\x00", "1:1: error VMS002 not UTF-8 by its first bytes; save it as UTF-8"),
        (b"\xfe\xff\x00a", "1:1: error VMS002 not UTF-8 by its first bytes; save it as UTF-8"),
        (b"\x00\x00\xfe\xff", "1:1: error VMS002 not UTF-8 by its first bytes; save it as UTF-8"),
        (b"+/v8-a", "1:1: error VMS002 not UTF-8 by its first bytes; save it as UTF-8"),
        ("a\né".encode() + b"\xe9", "2:2: error VMS002 not UTF-8; save it as UTF-8"),
        (b"\xed\xa0\x80", "1:1: error VMS002 not UTF-8; save it as UTF-8"),
        (b"\xc0\xaf", "1:1: error VMS002 not UTF-8; save it as UTF-8"),
        ("é\nab\x00", "2:3: error VMS002 a NUL character, which no document may hold"),
        ("é\né\ud800", "2:2: error VMS002 an unpaired surrogate"),
    ],
)
def test_other_encodings_are_rejected(source: str | bytes, finding: str) -> None:
    assert rejection(source) == finding


def test_too_large_document_is_rejected() -> None:
    assert len(to_utf8(b" " * MAX_SIZE)) == MAX_SIZE
    too_large = "1:1: error VMS004 larger than 1,048,576 bytes, which no spec needs"
    assert rejection(b" " * (MAX_SIZE + 1)) == too_large
    assert rejection("é" * (MAX_SIZE // 2 + 1)) == too_large


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("character", ["a", "é", "\n", '"'])
def test_document_that_could_not_be_read_again_is_not_written(format: FormatName, character: str) -> None:
    def spec(length: int) -> VirtualMachineSpec:
        return VirtualMachineSpec(description="a" + character * length)

    ten, eleven = (len(dumps(spec(length), format).encode()) for length in (10, 11))
    longest = (MAX_SIZE - ten) // (eleven - ten) + 10
    assert loads(dumps(spec(longest), format), format) == spec(longest)
    size = ten + (longest - 9) * (eleven - ten)
    with pytest.raises(
        SpecError, match=f"^the document would be {size:,} bytes long; the limit is 1,048,576"
    ):
        dumps(spec(longest + 1), format)
