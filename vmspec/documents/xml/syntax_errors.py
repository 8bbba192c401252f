"""The errors of XML that is not well formed.

The sentences are our own, because those of libxml2 quote the document, which may contain a password. Only the
error code comes from libxml2. The position comes from expat, except for errors in namespaces, which expat
does not know and which are searched for here.
"""

from __future__ import annotations

from lxml.etree import ErrorTypes, XMLSyntaxError

from vmspec import codes
from vmspec.documents.limits import malformed
from vmspec.documents.line_index import LineIndex
from vmspec.documents.xml import limits, parser
from vmspec.documents.xml.explain import Explanation
from vmspec.documents.xml.locator import attribute_offsets
from vmspec.errors import DocumentError, UnexpectedContentError
from vmspec.findings import Finding
from vmspec.model.spec import ROOT_TAG

_AMPERSAND = ("an & that does not begin an entity", "write &amp; for the character &")
_LESS_THAN = ("a < that does not begin a tag", "write &lt; for the character <")
_TAG = ("a malformed tag", None)
_VALUE = 'write name="value"'
_TWICE = ("an attribute that occurs twice", "leave one of them out")

_SENTENCES: dict[int, tuple[str, str | None]] = {
    ErrorTypes.ERR_DOCUMENT_EMPTY: ("no element was found", f"a spec begins with <{ROOT_TAG}>"),
    ErrorTypes.ERR_DOCUMENT_END: ("content after the end of the root element", "leave it out"),
    ErrorTypes.ERR_TAG_NOT_FINISHED: ("the document ends before {open} is closed", None),
    ErrorTypes.ERR_TAG_NAME_MISMATCH: ("an end tag that does not close {open}", None),
    ErrorTypes.ERR_GT_REQUIRED: ("an unfinished tag", "close it with >"),
    ErrorTypes.ERR_SPACE_REQUIRED: ("missing whitespace", None),
    ErrorTypes.ERR_ATTRIBUTE_WITHOUT_VALUE: ("an attribute without a value", _VALUE),
    ErrorTypes.ERR_ATTRIBUTE_NOT_STARTED: ("an attribute value that is not in quotes", _VALUE),
    ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED: ("an attribute value without a closing quote", _VALUE),
    ErrorTypes.ERR_ATTRIBUTE_REDEFINED: _TWICE,
    ErrorTypes.ERR_LT_IN_ATTRIBUTE: ("a < in an attribute value", "close the quotes, or write &lt;"),
    ErrorTypes.ERR_UNDECLARED_ENTITY: ("an undefined entity", _AMPERSAND[1]),
    ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING: _AMPERSAND,
    ErrorTypes.ERR_INVALID_CHAR: ("a character that XML does not allow", "leave it out"),
    ErrorTypes.ERR_CDATA_NOT_FINISHED: ("a CDATA section that is not closed", "close it with ]]>"),
    ErrorTypes.ERR_MISPLACED_CDATA_END: ("]]> in text", "write ]]&gt;"),
    ErrorTypes.ERR_COMMENT_NOT_FINISHED: ("a comment that is not closed", "close it with -->"),
    ErrorTypes.ERR_HYPHEN_IN_COMMENT: ("two hyphens in a comment", "leave one of them out"),
    ErrorTypes.ERR_RESERVED_XML_NAME: ("an XML declaration after the start of the document", "move it there"),
    ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: ("a prefix without a namespace", "leave it out"),
    ErrorTypes.NS_ERR_ATTRIBUTE_REDEFINED: _TWICE,
}

_NAMESPACE_ERRORS = {
    ErrorTypes.NS_ERR_XML_NAMESPACE,
    ErrorTypes.NS_ERR_QNAME,
    ErrorTypes.NS_ERR_COLON,
    ErrorTypes.NS_ERR_EMPTY,
    ErrorTypes.WAR_NS_URI,
}
_DECLARATION = ("a namespace declaration that is not allowed", "leave it out")
_COLON = ("an instruction with a colon in its name", "leave it out")
_VMSPEC_COLON = (_COLON[0], "write it as a comment: <!-- vmspec: … -->")

_ERRORS_AT_THE_END = {ErrorTypes.ERR_DOCUMENT_EMPTY, ErrorTypes.ERR_TAG_NOT_FINISHED}


def syntax_error_before(data: bytes, offset: int) -> DocumentError:
    """Return the error for a document that is well formed only up to an offset.

    libxml2 is given no more of it than expat has checked.
    """
    end = min(data.find(b">", offset) + 1 or len(data), offset + limits.FULL_SCAN_THRESHOLD)
    code: int | None = None
    try:
        parser.parse(data[:end])
    except XMLSyntaxError as error:
        if end >= len(data) or error.code not in _ERRORS_AT_THE_END:
            code = error.code
    return syntax_error(data, code)


def syntax_error(data: bytes, code: int | None) -> DocumentError:
    """Return the error for a document that libxml2 rejects with a code, or only expat (None)."""
    explanation = Explanation(data)
    if explanation.malformed_at is None and explanation.findings:
        return UnexpectedContentError(explanation.findings)  # expat accepts a prefix without a namespace
    namespace_error = _namespace_error(data) if code in _NAMESPACE_ERRORS else None
    if namespace_error is not None:
        return _error(data, *namespace_error)
    offset = min(max(explanation.malformed_at or 0, 0), len(data))
    sentence, hint = _SENTENCES.get(code or 0, ("an unexpected character", None))
    if code == ErrorTypes.ERR_NAME_REQUIRED:
        sentence, hint = _name_required(data, offset)
    for begin, about in ((b"&", _AMPERSAND), (b"<", _LESS_THAN)):
        if (sentence, hint) == about:
            offset = max(data.rfind(begin, 0, offset + 1), 0)
    sentence = sentence.format(open=explanation.open_element) if "{" in sentence else sentence
    return _error(data, offset, sentence, hint)


def mismatch_error(data: bytes) -> DocumentError:
    """Return the error for a well-formed document that the grammar does not allow."""
    explanation = Explanation(data)
    findings = explanation.findings
    if not findings and explanation.malformed_at is not None:
        return syntax_error(data, None)
    if not findings:
        message = "the grammar does not allow this document; could not locate the error"
        findings = [Finding(codes.WRONG_ROOT, message, line=1, column=1)]
    return UnexpectedContentError(findings)


def _error(data: bytes, offset: int, sentence: str, hint: str | None) -> DocumentError:
    message = f"not well-formed XML: {sentence}"
    return malformed(codes.MALFORMED, message, LineIndex(data).of(offset), hint)


def _name_required(data: bytes, offset: int) -> tuple[str, str | None]:
    ampersand, less_than = data.rfind(b"&", 0, offset + 1), data.rfind(b"<", 0, offset + 1)
    if ampersand > less_than:
        return _AMPERSAND
    return _TAG if data[less_than + 1 : less_than + 2].isalpha() else _LESS_THAN


def _namespace_error(data: bytes) -> tuple[int, str, str] | None:
    """Return the offset, message and hint of the first error that only libxml2 detects, or None."""
    events = limits.new_parser()
    events.ordered_attributes = True
    found: list[tuple[int, str, str]] = []

    def start(_: str, attributes: list[str]) -> None:
        for name in attributes[::2]:
            if name.partition(":")[0] == "xmlns":
                begin, value = attribute_offsets(data, events.CurrentByteIndex, name)
                end = data.index(data[value - 1 : value], value) + 1
                if _is_refused(b"<a %s/>" % data[begin:end]):
                    found.append((begin, *_DECLARATION))

    def instruction(target: str, _: str) -> None:
        if ":" in target:
            sentence, hint = _VMSPEC_COLON if target.startswith("vmspec:") else _COLON
            found.append((events.CurrentByteIndex + 2, sentence, hint))

    events.StartElementHandler, events.ProcessingInstructionHandler = start, instruction
    limits.parse_events(events, data)
    return found[0] if found else None


def _is_refused(data: bytes) -> bool:
    try:
        parser.parse(data)
    except XMLSyntaxError:
        return True
    return False
