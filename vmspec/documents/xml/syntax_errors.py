"""Why XML is not well formed, in sentences of our own.

libxml2's sentences quote the document, which may be quoting a password, and speak of its own
functions; only its verdict is used. The place is expat's, which knows nothing of namespaces: what is wrong
with those is looked for.
"""

from __future__ import annotations

from lxml.etree import ErrorTypes, XMLSyntaxError

from vmspec import codes
from vmspec.documents import xml
from vmspec.documents.line_index import LineIndex, attribute_offsets
from vmspec.documents.xml import limits
from vmspec.documents.xml.explain import Explanation
from vmspec.errors import DocumentError, UnexpectedContentError
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


def not_well_formed(data: bytes, code: int | None) -> DocumentError:
    """The error for admitted bytes that libxml2 refused with this code; None where expat alone did."""
    explanation = Explanation(data)
    if explanation.malformed_at is None and explanation.findings:
        return UnexpectedContentError(explanation.findings)  # a prefix of no namespace is fine with expat
    complaint = _namespace_complaint(data) if code in _NAMESPACES else None
    if complaint is not None:
        return _refusal(data, *complaint)
    offset = min(max(explanation.malformed_at or 0, 0), len(data))
    sentence, hint = _SENTENCES.get(code or 0, ("a character that cannot stand here", None))
    if code == ErrorTypes.ERR_NAME_REQUIRED:
        sentence, hint = _name_required(data, offset)
    for begin, about in ((b"&", _AMPERSAND), (b"<", _LESS_THAN)):
        if (sentence, hint) == about:
            offset = max(data.rfind(begin, 0, offset + 1), 0)
    sentence = sentence.format(open=explanation.open_element) if "{" in sentence else sentence
    return _refusal(data, offset, sentence, hint)


def _refusal(data: bytes, offset: int, sentence: str, hint: str | None) -> DocumentError:
    return limits.refusal(
        codes.MALFORMED, f"not well-formed XML: {sentence}", LineIndex(data).of(offset), hint
    )


def _name_required(data: bytes, offset: int) -> tuple[str, str | None]:
    ampersand, less_than = data.rfind(b"&", 0, offset + 1), data.rfind(b"<", 0, offset + 1)
    if ampersand > less_than:
        return _AMPERSAND
    return _TAG if data[less_than + 1 : less_than + 2].isalpha() else _LESS_THAN


def _namespace_complaint(data: bytes) -> tuple[int, str, str] | None:
    """Where the first thing is that libxml2 alone minds, and what is said of it, if found."""
    parser = limits.new_parser()
    parser.ordered_attributes = True
    found: list[tuple[int, str, str]] = []

    def start(_: str, attributes: list[str]) -> None:
        for name in attributes[::2]:
            if name.partition(":")[0] == "xmlns":
                begin, value = attribute_offsets(data, parser.CurrentByteIndex, name)
                end = data.index(data[value - 1 : value], value) + 1
                if _is_refused(b"<a %s/>" % data[begin:end]):
                    found.append((begin, *_DECLARATION))

    def instruction(target: str, _: str) -> None:
        if ":" in target:
            sentence, hint = _COLON_OF_VMSPEC if target.startswith("vmspec:") else _COLON
            found.append((parser.CurrentByteIndex + 2, sentence, hint))

    parser.StartElementHandler, parser.ProcessingInstructionHandler = start, instruction
    limits.parse_events(parser, data)
    return found[0] if found else None


def _is_refused(data: bytes) -> bool:
    try:
        xml.parse(data)
    except XMLSyntaxError:
        return True
    return False
