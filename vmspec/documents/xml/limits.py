"""The checks on XML before lxml parses it: declaration, DOCTYPE, and limits against hostile input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vmspec import codes
from vmspec.documents.limits import malformed
from vmspec.documents.line_index import LineIndex

if TYPE_CHECKING:
    from xml.parsers import expat


# Each limit is far above what any spec needs.
MAX_DEPTH = 32
"""The grammar is 7 deep."""
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 64
"""Limit for one element: checking attributes costs some validators the square of their number."""
MAX_NAMESPACES = 16
MAX_COMMENTS = 2_000
"""Limit of comments and processing instructions together."""

FULL_SCAN_THRESHOLD = 4096
"""Size, in bytes, up to which no limit can be exceeded by enough to matter; the grammar rejects it then."""

_EXCLAMATION_MARK = ord("!")
"""One byte is found ten times as fast as two."""

_DECLARATION = (  # compiled when needed: most documents have a plain declaration
    rb"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?P<v>["'])(?P<version>[^"'<>]*)(?P=v)"""
    rb"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?P<e>["'])(?P<encoding>[^"'<>]*)(?P=e))?"""
    rb"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>"""
)
_PLAIN_DECLARATIONS = (
    b'<?xml version="1.0"?>',
    b'<?xml version="1.0" encoding="UTF-8"?>',
    b'<?xml version="1.0" encoding="utf-8"?>',
    b"<?xml version='1.0' encoding='UTF-8'?>",
    b"<?xml version='1.0' encoding='utf-8'?>",
)
"""The declarations that programs write, which need no check."""


def check(data: bytes) -> int | None:
    """Check a document for an encoding other than UTF-8, XML 1.1, a DOCTYPE, and all limits.

    Raises MalformedDocumentError. Returns the offset at which the XML stops being well formed, if it was
    scanned and does. The rest is unchecked then, and lxml must not parse it: expat knows the names of
    one edition of XML 1.0 only, lxml those of another.
    """
    if data.startswith(b"<?xml") and not data.startswith(_PLAIN_DECLARATIONS):
        _check_declaration(data)
    if len(data) > FULL_SCAN_THRESHOLD or (_EXCLAMATION_MARK in data and b"<!" in data):
        parser = new_parser()
        LimitChecker(parser, data)
        return parse_events(parser, data)
    return None


def _check_declaration(data: bytes) -> None:
    found = re.match(_DECLARATION, data)
    if found is None:
        return  # malformed, or another instruction: the parser decides
    if found["version"] != b"1.0":
        position = LineIndex(data).of(found.start("version"))
        raise malformed(codes.UNSUPPORTED, "an XML version other than 1.0", position, 'write version="1.0"')
    encoding = b"utf-8" if found["encoding"] is None else found["encoding"].lower()
    if encoding not in (b"utf-8", b"us-ascii"):
        message, offset = "declares an encoding other than UTF-8", found.start("encoding")
    elif encoding == b"us-ascii" and not data.isascii():
        message, offset = "declares US-ASCII, but is not", len(data) - len(data.lstrip(bytes(range(0x80))))
    else:
        return
    raise malformed(codes.ENCODING, message, LineIndex(data).of(offset), "save and declare it as UTF-8")


class _LimitExceeded(Exception):
    """A limit is exceeded, or a DOCTYPE begins, at an offset."""

    def __init__(self, code: str, message: str, offset: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.offset, self.hint = code, message, offset, hint


class LimitChecker:
    """Handlers for an expat parser that count and stop at a limit.

    Handlers of another kind may replace them if they call them.
    """

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
        if self._depth > MAX_DEPTH:
            self._stop(f"nested deeper than {MAX_DEPTH} elements")
        if self._elements > MAX_ELEMENTS:
            self._stop(f"more than {MAX_ELEMENTS:,} elements")
        if len(names) > MAX_ATTRIBUTES:
            self._stop(f"more than {MAX_ATTRIBUTES} attributes on one element")
        self._namespaces += sum(name.startswith("xmlns") for name in names)
        if self._namespaces > MAX_NAMESPACES:
            self._stop(f"more than {MAX_NAMESPACES} namespace declarations")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def comment(self, *_: object) -> None:
        self._comments += 1
        if self._comments > MAX_COMMENTS:
            self._stop(f"more than {MAX_COMMENTS:,} comments and instructions")

    def doctype(self, *_: object) -> None:
        offset = self._data.rfind(b"<!DOCTYPE", 0, self._parser.CurrentByteIndex + 1)
        raise _LimitExceeded(
            codes.DOCTYPE, "a DOCTYPE; entities and the like are not read", offset, "leave it out"
        )

    def _stop(self, message: str) -> None:
        message = f"{message}, which no spec needs"
        raise _LimitExceeded(codes.TOO_LARGE, message, self._parser.CurrentByteIndex)


_HANDLERS = (
    "StartElementHandler",
    "EndElementHandler",
    "CharacterDataHandler",
    "CommentHandler",
    "ProcessingInstructionHandler",
    "StartDoctypeDeclHandler",
)


def new_parser() -> expat.XMLParserType:
    """Return an expat parser that reads UTF-8, whatever the document declares."""
    from xml.parsers import expat  # most documents never need it

    return expat.ParserCreate("UTF-8")


def parse_events(parser: expat.XMLParserType, data: bytes) -> int | None:
    """Run a parser; return the offset at which the XML stops being well formed, if it does.

    Raises MalformedDocumentError if a limit is exceeded.
    """
    from xml.parsers import expat

    try:
        parser.Parse(data, True)
    except _LimitExceeded as error:
        raise malformed(error.code, error.message, LineIndex(data).of(error.offset), error.hint) from None
    except expat.ExpatError:
        return parser.ErrorByteIndex
    finally:
        for handler in _HANDLERS:  # handlers refer to the parser: without this, it would not be freed
            setattr(parser, handler, None)
    return None
