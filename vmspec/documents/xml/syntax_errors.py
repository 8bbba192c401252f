"""Why XML is not well formed, in sentences of our own.

libxml2's sentences quote the document, which may be quoting a password, and speak of its own
functions; only its verdict is used. The place is expat's, which knows nothing of namespaces: what is wrong
with those is looked for.
"""

from __future__ import annotations

from lxml.etree import ErrorTypes, XMLSyntaxError

from vmspec import codes
from vmspec.documents.limits import malformed
from vmspec.documents.line_index import LineIndex, attribute_offsets
from vmspec.documents.xml import limits, parser
from vmspec.documents.xml.explain import Explanation
from vmspec.errors import DocumentError, UnexpectedContentError
from vmspec.findings import Finding
from vmspec.model.spec import ROOT_TAG

_AMPERSAND = ("an & that begins no entity", "write &amp; where & itself is meant")
_LESS_THAN = ("a < that begins no tag", "write &lt; where < itself is meant")
_TAG = ("a tag that is not written right", None)
_VALUE = 'write name="value"'

_SENTENCES: dict[int, tuple[str, str | None]] = {
    ErrorTypes.ERR_DOCUMENT_EMPTY: ("there is no element", f"a spec begins with <{ROOT_TAG}>"),
    ErrorTypes.ERR_DOCUMENT_END: ("more after the end of the root element", "leave it out"),
    ErrorTypes.ERR_TAG_NOT_FINISHED: ("the document ends before {open} is closed", None),
    ErrorTypes.ERR_TAG_NAME_MISMATCH: ("an end tag that does not close {open}", None),
    ErrorTypes.ERR_GT_REQUIRED: ("a tag that is not finished", "close it with >"),
    ErrorTypes.ERR_SPACE_REQUIRED: ("a blank is missing here", None),
    ErrorTypes.ERR_ATTRIBUTE_WITHOUT_VALUE: ("an attribute without a value", _VALUE),
    ErrorTypes.ERR_ATTRIBUTE_NOT_STARTED: ("an attribute whose value is not in quotes", _VALUE),
    ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED: ("an attribute whose value has no closing quote", _VALUE),
    ErrorTypes.ERR_ATTRIBUTE_REDEFINED: ("an attribute that occurs twice", "leave one of them out"),
    ErrorTypes.ERR_LT_IN_ATTRIBUTE: ("a < in the value of an attribute", "close the quotes, or write &lt;"),
    ErrorTypes.ERR_UNDECLARED_ENTITY: ("an entity that is not defined", _AMPERSAND[1]),
    ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING: _AMPERSAND,
    ErrorTypes.ERR_INVALID_CHAR: ("a character that XML cannot hold", "leave it out"),
    ErrorTypes.ERR_CDATA_NOT_FINISHED: ("a CDATA section that is not closed", "close it with ]]>"),
    ErrorTypes.ERR_MISPLACED_CDATA_END: ("]]> in a text", "write ]]&gt;"),
    ErrorTypes.ERR_COMMENT_NOT_FINISHED: ("a comment that is not closed", "close it with -->"),
    ErrorTypes.ERR_HYPHEN_IN_COMMENT: ("two hyphens within a comment", "leave one of them out"),
    ErrorTypes.ERR_RESERVED_XML_NAME: ("an XML declaration that is not at the very start", "move it there"),
    ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: ("a prefix that stands for no namespace", "leave it out"),
    ErrorTypes.NS_ERR_ATTRIBUTE_REDEFINED: ("an attribute that occurs twice", "leave one of them out"),
}

_NAMESPACES = {
    ErrorTypes.NS_ERR_XML_NAMESPACE,
    ErrorTypes.NS_ERR_QNAME,
    ErrorTypes.NS_ERR_COLON,
    ErrorTypes.NS_ERR_EMPTY,
    ErrorTypes.WAR_NS_URI,
}
_DECLARATION = ("a namespace declaration that is not allowed", "leave it out")
_COLON = ("an instruction whose name holds a colon", "leave it out")
_COLON_OF_VMSPEC = (_COLON[0], "write it as a comment: <!-- vmspec: … -->")


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
    namespace_error = _namespace_error(data) if code in _NAMESPACES else None
    if namespace_error is not None:
        return _error(data, *namespace_error)
    offset = min(max(explanation.malformed_at or 0, 0), len(data))
    sentence, hint = _SENTENCES.get(code or 0, ("a character that cannot stand here", None))
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
    """Where the first thing is that libxml2 alone minds, and what is said of it, if found."""
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
            sentence, hint = _COLON_OF_VMSPEC if target.startswith("vmspec:") else _COLON
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
