"""The formats of documents, and the one way to read a document of any format."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, Protocol

from attrs import evolve

from vmspec.documents.limits import BYTE_ORDER_MARK, to_utf8
from vmspec.text import join_or

if TYPE_CHECKING:
    from vmspec.documents.document import Document
    from vmspec.documents.line_index import Span
    from vmspec.findings import Finding
    from vmspec.model.spec import VirtualMachineSpec

FormatName = Literal["xml", "json", "yaml"]

FORMATS: tuple[FormatName, ...] = ("xml", "json", "yaml")

_SUFFIXES: dict[str, FormatName] = {".xml": "xml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}


class Format(Protocol):
    """A document format. Bytes given to its methods are UTF-8 without a byte order mark."""

    def read(self, data: bytes) -> VirtualMachineSpec:
        """Return the spec of a document; raise DocumentError."""
        ...

    def open(self, data: bytes) -> Document:
        """Return the spec of a document together with the positions of its fields; raise DocumentError."""
        ...

    def write(self, spec: VirtualMachineSpec) -> str:
        """Return the canonical document of a spec."""
        ...

    def reformat(self, data: bytes, kept: Collection[str]) -> str:
        """Return a document in canonical form with its comments; raise DocumentError.

        ``kept`` has the paths of lists that are written although they are empty.
        """
        ...

    def masked_spans(self, data: bytes) -> Sequence[Span]:
        """Return the spans of a document's text that may not be shown, in order.

        Raises DocumentError if the document cannot be parsed.
        """
        ...

    def secret_region(self, text: str) -> Span:
        """Return the part of a valid document's text outside of which nothing is masked."""
        ...


_loaded: dict[str, Format] = {}


def format_named(name: str) -> Format:
    """Return a format by name; raise ValueError for an unknown name."""
    return _loaded.get(name) or _load(name)


def _load(name: str) -> Format:
    """Import a format when it is first used: lxml alone takes as long as the rest of vmspec."""
    check_format(name)
    if name == "xml":
        from vmspec.documents.xml import XML

        _loaded[name] = XML()
    else:
        from vmspec.documents.data import JSON, YAML

        _loaded.update(json=JSON(), yaml=YAML())
    return _loaded[name]


def check_format(name: str) -> None:
    """Raise ValueError for an unknown format name."""
    if name not in FORMATS:
        raise ValueError(f"format is {name!r}; it is {join_or(FORMATS)}")


def format_of_name(path: PurePath) -> FormatName | None:
    """Return the format that the suffix of a file name stands for."""
    return _SUFFIXES.get(path.suffix.lower())


def format_of_text(data: bytes) -> FormatName:
    """Return the format that the first character indicates; YAML if it indicates neither of the others."""
    first = data.removeprefix(BYTE_ORDER_MARK).lstrip()[:1]
    if first == b"<":
        return "xml"
    return "json" if first in (b"{", b"[") else "yaml"


def read_spec(source: str | bytes, format: FormatName | None = None) -> VirtualMachineSpec:
    """Return the spec of a document; raise DocumentError."""
    data = to_utf8(source)
    return format_named(format or format_of_text(data)).read(data)


def open_document(source: str | bytes, format: FormatName | None = None) -> Document:
    """Return the spec of a document together with the positions of its fields; raise DocumentError."""
    data = to_utf8(source)
    return format_named(format or format_of_text(data)).open(data)


def format_text(source: str | bytes, format: FormatName, kept: Collection[str] = ()) -> str:
    """Return a document in canonical form, with its comments and schema hint; raise DocumentError.

    Empty lists are left out, except those at the paths ``kept``.

    >>> text = "<VirtualMachineSpec><Name>web</Name><!-- London --><Zone>zone_1</Zone></VirtualMachineSpec>"
    >>> print(format_text(text, "xml"), end="")
    <?xml version="1.0"?>
    <VirtualMachineSpec>
      <!-- London -->
      <Zone>zone_1</Zone>
      <Hostname>
        <Hostname type="random"/>
      </Hostname>
      <Name>web</Name>
    </VirtualMachineSpec>
    """
    return format_named(format).reformat(to_utf8(source), kept)


_FILE_NAME = re.compile(r"\s*+[^<>{}\n]+\.(?:xml|json|ya?ml)\s*", re.IGNORECASE)
_MAX_FILE_NAME = 4096
"""Characters of a path on Linux."""


def with_path_hint(findings: Sequence[Finding], source: str | bytes) -> tuple[Finding, ...]:
    """Return findings, the first with a hint if the document looks like a file name."""
    is_file_name = (
        isinstance(source, str) and len(source) <= _MAX_FILE_NAME and _FILE_NAME.fullmatch(source) is not None
    )
    if not findings or not is_file_name:
        return tuple(findings)
    hint = "a str is the document itself; to read a file, pass a Path or call load()"
    return evolve(findings[0], hint=hint), *findings[1:]
