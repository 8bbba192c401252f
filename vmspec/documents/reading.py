"""Reading admitted bytes as a spec, with the place of every field at hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml.etree import XMLSyntaxError

from vmspec.documents import gate, words, xml
from vmspec.documents.detection import Format, check_format, format_of_text
from vmspec.documents.places import Places
from vmspec.errors import DocumentError, UnexpectedContentError
from vmspec.findings import Finding
from vmspec.model.spec import VirtualMachineSpec
from vmspec.terminal import printable

if TYPE_CHECKING:
    from lxml.etree import _Element

    from vmspec.documents.nodes import Node

Place = tuple[int, int]

_LAST_STEP = re.compile(r"(?:\.[^.\[]*|\[\d+\]|^[^.\[]*)$")


class Document:
    """A document that was read: its spec, its tree where it is XML, and where its fields are.

    Raises DocumentError where it is no spec.
    """

    def __init__(self, source: str | bytes, format: Format | None = None) -> None:
        self.data = gate.admit(source)
        self.format = format or format_of_text(self.data)
        self.tree: _Element | None = None
        self._places: dict[str, Place] | None = None
        check_format(self.format)
        if self.format == "xml":
            self.tree, self.spec = _read_xml(self.data)
        else:
            self.spec, self._places = _read_data(self.data, self.format)

    def place_of(self, path: str) -> Place:
        """Line and column of a field, or of the nearest thing around it where it is absent."""
        if self._places is None:
            from vmspec.documents.explain import Explanation

            self._places = Explanation(self.data).places()
        while path and path not in self._places:
            path = _LAST_STEP.sub("", path)
        return self._places.get(path, (1, 1))


def read_spec(source: str | bytes, format: Format | None = None) -> VirtualMachineSpec:
    """The spec of a document; raises DocumentError."""
    return Document(source, format).spec


def _read_xml(data: bytes) -> tuple[_Element, VirtualMachineSpec]:
    gate.admit_xml(data)
    try:
        tree = xml.parse(data)
        return tree, xml.read(tree)
    except XMLSyntaxError as error:
        raise _not_well_formed(data, error) from None
    except xml.Refused:
        raise explained(data) from None


def explained(data: bytes) -> DocumentError:
    """The error with all that is wrong with admitted XML that the grammar does not allow."""
    from vmspec.documents.explain import Explanation

    findings = Explanation(data).findings
    if not findings:
        message = "the grammar does not allow this document; what it minds was not found"
        findings = [Finding(words.WRONG_ROOT, message, line=1, column=1)]
    return UnexpectedContentError(findings)


def _not_well_formed(data: bytes, error: XMLSyntaxError) -> DocumentError:
    """libxml2 has the better words, expat the better place."""
    from vmspec.documents.explain import Explanation

    said = printable(re.sub(r", line \d+, column \d+.*", "", error.msg or "", flags=re.DOTALL).strip())
    hint = "write &amp; where & itself is meant" if "Entity" in said else None
    explanation = Explanation(data)
    if explanation.malformed_at is None and explanation.findings:
        return UnexpectedContentError(explanation.findings)  # a prefix of no namespace is fine with expat
    offset = min(max(explanation.malformed_at or 0, 0), len(data))
    if explanation.stopped_in_secret:
        said = "an entity that is not defined" if said.startswith("Entity") else said.partition(":")[0]
    if "EntityRef" in said:
        said = "an & that begins no entity"  # libxml2 names its own functions here
        offset = max(data.rfind(b"&", 0, offset + 1), 0)
    return gate.refusal(words.MALFORMED, f"not well-formed XML: {said}", Places(data).of(offset), hint)


def _read_data(data: bytes, format: Format) -> tuple[VirtualMachineSpec, dict[str, Place]]:
    from vmspec.documents import data as plain_data

    return plain_data.read(_nodes(data.decode(), format))


def _nodes(text: str, format: Format) -> Node:
    if format == "json":
        from vmspec.documents import json

        return json.read(text)
    from vmspec.documents import yaml

    return yaml.read(text)
