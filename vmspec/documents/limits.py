"""The checks on the bytes of every document before it is parsed: size and encoding."""

from __future__ import annotations

from vmspec import codes
from vmspec.documents.line_index import LineIndex, Position
from vmspec.errors import MalformedDocumentError
from vmspec.findings import Finding

MAX_SIZE = 1 << 20
"""Size limit of a document, in bytes; far above what any spec needs."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"+/v")


def malformed(code: str, message: str, position: Position, hint: str | None = None) -> MalformedDocumentError:
    """Return the error for a document that is rejected before its content is read."""
    line, column = position
    return MalformedDocumentError([Finding(code, message, line=line, column=column, hint=hint)])


def to_utf8(source: str | bytes) -> bytes:
    """Return the UTF-8 bytes of a document without a byte order mark.

    Raises MalformedDocumentError if it is too large, is not UTF-8 or holds a NUL.
    """
    if isinstance(source, str):
        source = _encoded(source)
    if len(source) > MAX_SIZE:
        raise malformed(codes.TOO_LARGE, f"larger than {MAX_SIZE:,} bytes, which no spec needs", (1, 1))
    if source.startswith(_OTHER_MARKS):
        raise malformed(codes.ENCODING, "not UTF-8 by its first bytes", (1, 1), "save it as UTF-8")
    if not source.isascii():
        try:
            source.decode()
        except UnicodeDecodeError as error:
            position = LineIndex(source).of(error.start)
            raise malformed(codes.ENCODING, "not UTF-8", position, "save it as UTF-8") from None
    if 0 in source:
        position = LineIndex(source).of(source.index(b"\0"))
        raise malformed(codes.ENCODING, "a NUL character, which no document may hold", position)
    return source.removeprefix(BYTE_ORDER_MARK)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        before = text[: error.start].encode()
        position = LineIndex(before).of(len(before))
        raise malformed(codes.ENCODING, "an unpaired surrogate", position) from None
