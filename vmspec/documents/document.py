"""Reading admitted bytes as a spec, with the place of every field at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import evolve
from lxml.etree import ErrorTypes, XMLSyntaxError

from vmspec import codes
from vmspec.documents import xml
from vmspec.documents.detection import Format, check_format, format_of_text
from vmspec.documents.line_index import Position
from vmspec.documents.xml import limits
from vmspec.errors import DocumentError, UnexpectedContentError
from vmspec.findings import Finding
from vmspec.model.spec import VirtualMachineSpec

if TYPE_CHECKING:
    from lxml.etree import _Element

    from vmspec.documents.data.nodes import DataNode
    from vmspec.documents.xml.locator import Locator

_LAST_STEP = re.compile(r"(?:\.[^.\[]*|\[\d+\]|^[^.\[]*)$")

_LIKE_A_PATH = re.compile(r"\s*+[^<>{}\n]+\.(?:xml|json|ya?ml)\s*", re.IGNORECASE)
_LONGEST_PATH = 4096
"""Characters, as Linux has it."""


class Document:
    """A document that was read: its spec, and where its fields are.

    Raises DocumentError if it is not a spec.
    """

    def __init__(self, source: str | bytes, format: Format | None = None) -> None:
        self.data = limits.decode(source)
        self.format = format or format_of_text(self.data)
        self.tree: _Element | None = None
        """The elements of an XML document, without comments and instructions; None for JSON and YAML."""
        self._positions: Locator | None = None
        self._places: dict[str, Position] = {}
        if self.format == "xml":
            self.spec, self.tree = _read_xml(self.data)
        else:
            self.spec, self._places = _read_data(self.data, self.format)

    def position_of(self, path: str) -> Position:
        """Line and column of a field, or of the nearest thing around it where it is absent."""
        if self.tree is not None:
            if self._positions is None:
                from vmspec.documents.xml.locator import Locator  # most documents need none

                self._positions = Locator(self.data, self.tree)
            return self._positions.of(path)
        while path and path not in self._places:
            path = _LAST_STEP.sub("", path)
        return self._places.get(path, (1, 1))


def read_spec(source: str | bytes, format: Format | None = None) -> VirtualMachineSpec:
    """The spec of a document; raises DocumentError."""
    data = limits.decode(source)
    format = format or format_of_text(data)
    return _read_xml(data)[0] if format == "xml" else _read_data(data, format)[0]


def with_hint_of_path(findings: Sequence[Finding], source: str | bytes) -> tuple[Finding, ...]:
    """The findings, the first with a hint where the text looks like the name of a file."""
    if not findings or not isinstance(source, str) or not _is_like_a_path(source):
        return tuple(findings)
    first, *others = findings
    return evolve(first, hint="a str is a document itself; for a file, give a Path, or load() it"), *others


def _is_like_a_path(text: str) -> bool:
    return len(text) <= _LONGEST_PATH and _LIKE_A_PATH.fullmatch(text) is not None


def _read_xml(data: bytes) -> tuple[VirtualMachineSpec, _Element]:
    """Return the spec of an XML document, and its tree."""
    stopped_at = limits.check_xml(data)
    if stopped_at is not None:
        raise _not_well_formed(data, _code_up_to(data, stopped_at))
    try:
        tree = xml.parse(data)
        return xml.read(tree), tree
    except XMLSyntaxError as error:
        raise _not_well_formed(data, error.code) from None
    except xml.GrammarMismatch:
        raise explained(data) from None


def explained(data: bytes) -> DocumentError:
    """The error with all that is wrong with admitted XML that the grammar does not allow."""
    from vmspec.documents.xml.explain import Explanation

    explanation = Explanation(data)
    findings = explanation.findings
    if not findings and explanation.malformed_at is not None:
        return _not_well_formed(data, None)
    if not findings:
        message = "the grammar does not allow this document; what it minds was not found"
        findings = [Finding(codes.WRONG_ROOT, message, line=1, column=1)]
    return UnexpectedContentError(findings)


_COMPLAINTS_OF_THE_END = {ErrorTypes.ERR_DOCUMENT_EMPTY, ErrorTypes.ERR_TAG_NOT_FINISHED}


def _code_up_to(data: bytes, offset: int) -> int | None:
    """What libxml2 minds in a document that it is only given as far as the gate has looked."""
    end = min(data.find(b">", offset) + 1 or len(data), offset + limits.FULL_SCAN_THRESHOLD)
    try:
        xml.parse(data[:end])
    except XMLSyntaxError as error:
        if end >= len(data) or error.code not in _COMPLAINTS_OF_THE_END:
            return error.code
    return None


def _not_well_formed(data: bytes, code: int | None) -> DocumentError:
    from vmspec.documents.xml.syntax_errors import not_well_formed

    return not_well_formed(data, code)


def _read_data(data: bytes, format: Format) -> tuple[VirtualMachineSpec, dict[str, Position]]:
    check_format(format)
    from vmspec.documents.data import mapping as plain_data

    return plain_data.read(_nodes(data.decode(), format))


def _nodes(text: str, format: Format) -> DataNode:
    if format == "json":
        from vmspec.documents.data import json

        return json.read(text)
    from vmspec.documents.data import yaml

    return yaml.read(text)
