"""The gate: turns hostile or foreign bytes away before a parser builds anything from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from vmspec import codes
from vmspec.documents.line_index import LineIndex
from vmspec.errors import MalformedDocumentError
from vmspec.findings import Finding

if TYPE_CHECKING:
    from xml.parsers import expat


@frozen
class Limits:
    """How large a document may be. Each is far above what any spec needs."""

    size: int = 1 << 20
    """Bytes; also what is read of a file before it is refused."""
    depth: int = 32
    """The grammar is 7 deep."""
    elements: int = 20_000
    attributes: int = 64
    """On one element: checking them costs some validators the square of their number."""
    namespaces: int = 16
    comments: int = 2_000
    """And processing instructions."""


LIMITS = Limits()

FULL_SCAN_THRESHOLD = 4096
"""In so few bytes no limit can be passed by so much that it costs anything; the grammar refuses it then."""

_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"+/v")
_DECLARATION = (  # stays text: most documents have a plain declaration, and compiling costs a start
    rb"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?P<v>["'])(?P<version>[^"'<>]*)(?P=v)"""
    rb"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?P<e>["'])(?P<encoding>[^"'<>]*)(?P=e))?"""
    rb"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>"""
)
PLAIN_DECLARATIONS = (
    b'<?xml version="1.0"?>',
    b'<?xml version="1.0" encoding="UTF-8"?>',
    b'<?xml version="1.0" encoding="utf-8"?>',
    b"<?xml version='1.0' encoding='UTF-8'?>",
    b"<?xml version='1.0' encoding='utf-8'?>",
)
"""As programs write it; these change nothing about how a document is read."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def refusal(
    code: str, message: str, place: tuple[int, int], hint: str | None = None
) -> MalformedDocumentError:
    """The error that says why a document was turned away."""
    return MalformedDocumentError([Finding(code, message, line=place[0], column=place[1], hint=hint)])


def decode(source: str | bytes) -> bytes:
    """The UTF-8 bytes of a document of any format, without a byte order mark.

    Raises MalformedDocumentError for what is too large, not UTF-8, or holds a NUL.
    """
    if isinstance(source, str):
        source = _encoded(source)
    if len(source) > LIMITS.size:
        raise refusal(codes.TOO_LARGE, f"larger than {LIMITS.size:,} bytes, which no spec needs", (1, 1))
    if source.startswith(_MARKS):
        raise refusal(codes.ENCODING, "not UTF-8 by its first bytes", (1, 1), "save it as UTF-8")
    if not source.isascii():
        try:
            source.decode()
        except UnicodeDecodeError as error:
            place = LineIndex(source).of(error.start)
            raise refusal(codes.ENCODING, "not UTF-8", place, "save it as UTF-8") from None
    if b"\0" in source:
        place = LineIndex(source).of(source.index(b"\0"))
        raise refusal(codes.ENCODING, "a NUL, which no text holds", place)
    return source.removeprefix(_BYTE_ORDER_MARK)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        before = text[: error.start].encode()
        place = LineIndex(before).of(len(before))
        raise refusal(codes.ENCODING, "a lone surrogate, which no encoding can hold", place) from None


def check_xml(data: bytes) -> int | None:
    """Refuses admitted bytes whose XML is hostile: DOCTYPE, other encodings, XML 1.1, over a limit.

    Gives the offset behind which nothing was looked at, because the XML is not well formed there; a
    parser that knows more names than expat (XML 1.0 has five editions) must not go on behind it.
    """
    if data.startswith(b"<?xml") and not data.startswith(PLAIN_DECLARATIONS):
        _check_declaration(data)
    # one byte is found ten times as fast as two
    if len(data) > FULL_SCAN_THRESHOLD or (b"!" in data and b"<!" in data):
        return count(data)
    return None


def _check_declaration(data: bytes) -> None:
    found = re.match(_DECLARATION, data)
    if found is None:
        return  # a processing instruction of another name, or malformed: the parser has the words for it
    if found["version"] != b"1.0":
        place = LineIndex(data).of(found.start("version"))
        raise refusal(codes.UNSUPPORTED, "an XML version other than 1.0", place, 'write version="1.0"')
    if found["encoding"] is not None and found["encoding"].lower() not in (b"utf-8", b"us-ascii"):
        place = LineIndex(data).of(found.start("encoding"))
        raise refusal(
            codes.ENCODING,
            "declares an encoding other than UTF-8",
            place,
            "save it as UTF-8 and leave it out",
        )


class _Over(Exception):
    """A limit was passed, or a DOCTYPE was met, at this byte."""

    def __init__(self, code: str, message: str, offset: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.offset, self.hint = code, message, offset, hint


class LimitChecker:
    """Counts what expat meets and stops at a limit; handlers of others may be put before it."""

    def __init__(self, parser: expat.XMLParserType, data: bytes) -> None:
        self._parser = parser
        self._data = data
        self._depth = self._elements = self._comments = self._namespaces = 0
        parser.ordered_attributes = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CommentHandler = self.comment
        parser.ProcessingInstructionHandler = self.comment
        parser.StartDoctypeDeclHandler = self.doctype

    def start(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        self._elements += 1
        names = attributes[::2]
        if self._depth > LIMITS.depth:
            self._stop(f"nested deeper than {LIMITS.depth} elements")
        if self._elements > LIMITS.elements:
            self._stop(f"more than {LIMITS.elements:,} elements")
        if len(names) > LIMITS.attributes:
            self._stop(f"more than {LIMITS.attributes} attributes on one element")
        self._namespaces += sum(name.startswith("xmlns") for name in names)
        if self._namespaces > LIMITS.namespaces:
            self._stop(f"more than {LIMITS.namespaces} namespace declarations")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def comment(self, *_: object) -> None:
        self._comments += 1
        if self._comments > LIMITS.comments:
            self._stop(f"more than {LIMITS.comments:,} comments and instructions")

    def doctype(self, *_: object) -> None:
        offset = self._data.rfind(b"<!DOCTYPE", 0, self._parser.CurrentByteIndex + 1)
        raise _Over(codes.DOCTYPE, "a DOCTYPE; entities and the like are not read", offset, "leave it out")

    def _stop(self, message: str) -> None:
        raise _Over(codes.TOO_LARGE, f"{message}, which no spec needs", self._parser.CurrentByteIndex)


_HANDLERS = (
    "StartElementHandler",
    "EndElementHandler",
    "CharacterDataHandler",
    "CommentHandler",
    "ProcessingInstructionHandler",
    "StartDoctypeDeclHandler",
)


def new_parser() -> expat.XMLParserType:
    """An expat parser for admitted bytes; whatever they declare, they are UTF-8."""
    from xml.parsers import expat  # most documents never need it

    return expat.ParserCreate("UTF-8")


def parse_events(parser: expat.XMLParserType, data: bytes) -> int | None:
    """Runs a parser whose handlers count; the offset where the XML stops being well formed, if it does.

    Raises MalformedDocumentError where a limit is passed.
    """
    from xml.parsers import expat

    try:
        parser.Parse(data, True)
    except _Over as over:
        raise refusal(over.code, over.message, LineIndex(data).of(over.offset), over.hint) from None
    except expat.ExpatError:
        return parser.ErrorByteIndex
    finally:
        for handler in _HANDLERS:  # whose they are, they know the parser: a document would outlive its use
            setattr(parser, handler, None)
    return None


def count(data: bytes) -> int | None:
    """One pass that refuses what a scan of the bytes leaves in doubt; the offset where it had to stop."""
    parser = new_parser()
    LimitChecker(parser, data)
    return parse_events(parser, data)
