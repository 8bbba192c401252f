"""JSON and YAML: two formats for plain data in the vendor's shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from vmspec.documents.document import Comment, Document

if TYPE_CHECKING:
    from vmspec.documents.data.locator import Locator
    from vmspec.documents.data.nodes import DataNode
    from vmspec.documents.line_index import Position, Span
    from vmspec.model.spec import VirtualMachineSpec

__all__ = ["JSON", "YAML", "DataDocument", "DataFormat"]


class DataDocument(Document):
    """A JSON or YAML document that was read; it is parsed again for the positions of its fields."""

    def __init__(self, data: bytes, spec: VirtualMachineSpec, format: DataFormat) -> None:
        super().__init__(data, spec)
        self._format = format
        self._has_located = False

    @cached_property
    def _text(self) -> str:
        return self.data.decode()

    @cached_property
    def _node(self) -> DataNode:
        return self._format.parse(self._text)

    @cached_property
    def _locator(self) -> Locator:
        from vmspec.documents.data.locator import Locator

        return Locator(self._node, self._text)

    def position_of(self, path: str) -> Position:
        """Return the line and column of a field, or of the nearest one around it if it is absent."""
        if not self._has_located:  # most documents with findings have one
            self._has_located = True
            if (offset := self._format.offset_of(self._text, path)) is not None:
                from vmspec.documents.line_index import TextLineIndex

                return TextLineIndex(self._text).of(offset)
        return self._locator.of(path)

    def position_in_text(self, path: str, offset: int) -> Position:
        """Return the line and column of a character in the text of a field; the path has no index."""
        return self._locator.in_text(path, offset)

    def contains(self, path: str) -> bool:
        """Return True if the document holds a field, even an empty one; the path has no index."""
        return self._locator.contains(path)


class YAMLDocument(DataDocument):
    """A YAML document that was read."""

    comments_by_line = True

    def comments(self) -> Sequence[Comment]:
        """Return the comments for vmspec."""
        if b"vmspec:" not in self.data:
            return ()
        from vmspec.documents.data.yaml.comments import comments_for_vmspec

        return comments_for_vmspec(self._node, self._text)


class DataFormat(ABC):
    """A format whose documents have the vendor's JSON shape."""

    _document: ClassVar[type[DataDocument]] = DataDocument
    _is_json: ClassVar[bool] = False

    @abstractmethod
    def parse(self, text: str) -> DataNode:
        """Return the nodes of a text; raise MalformedDocumentError."""

    @abstractmethod
    def read_fast(self, text: str) -> VirtualMachineSpec | None:
        """Return the spec of a text; None if the slow reader has to decide."""

    def offset_of(self, text: str, path: str) -> int | None:
        """Return the offset of one field of a text; None if all of it has to be parsed for that."""
        return None

    def read(self, data: bytes) -> VirtualMachineSpec:
        """Return the spec of a document; raise DocumentError."""
        text = data.decode()
        spec = self.read_fast(text)
        if spec is None:
            from vmspec.documents.data import reader

            spec = reader.read(self.parse(text), text)
        return spec

    def open(self, data: bytes) -> DataDocument:
        """Return the spec of a document together with the positions of its fields; raise DocumentError."""
        return self._document(data, self.read(data), self)

    def masked_spans(self, data: bytes) -> Sequence[Span]:
        """Return the spans of a document's text that may not be shown, in order; raise DocumentError."""
        from vmspec.documents.data.redaction import masked_spans

        text = data.decode()
        return masked_spans(self.parse(text), text)

    def secret_region(self, text: str) -> Span:
        """Return the part of a valid document's text outside of which nothing is masked."""
        from vmspec.documents.data.redaction import secret_region

        return secret_region(text, is_json=self._is_json)


class JSON(DataFormat):
    """The JSON format."""

    _is_json = True

    def parse(self, text: str) -> DataNode:
        """Return the nodes of a text; raise MalformedDocumentError."""
        from vmspec.documents.data import json

        return json.read(text)

    def read_fast(self, text: str) -> VirtualMachineSpec | None:
        """Return the spec of a text; None if the slow reader has to decide."""
        from vmspec.documents.data import fast_json

        return fast_json.read(text)

    def write(self, spec: VirtualMachineSpec) -> str:
        """Return canonical JSON."""
        from vmspec.documents.data import json_writer

        return json_writer.write(spec)

    def reformat(self, data: bytes, kept: Collection[str]) -> str:
        """Return canonical JSON with the document's schema hint; raise DocumentError."""
        from vmspec.documents.data import formatter

        return formatter.reformat_json(self.read(data), self.parse(data.decode()), kept)


class YAML(DataFormat):
    """The YAML format."""

    _document = YAMLDocument

    def parse(self, text: str) -> DataNode:
        """Return the nodes of a text; raise MalformedDocumentError."""
        from vmspec.documents.data.yaml import parser

        return parser.read(text)

    def read_fast(self, text: str) -> VirtualMachineSpec | None:
        """Return the spec of a text; None if the slow reader has to decide."""
        from vmspec.documents.data.yaml import fast_reader

        return fast_reader.read(text)

    def offset_of(self, text: str, path: str) -> int | None:
        """Return the offset of one field of a text; None if all of it has to be parsed for that."""
        from vmspec.documents.data.yaml import position

        return position.offset_of(text, path)

    def write(self, spec: VirtualMachineSpec) -> str:
        """Return YAML in block style."""
        from vmspec.documents.data.yaml import writer

        return writer.write(spec)

    def reformat(self, data: bytes, kept: Collection[str]) -> str:
        """Return YAML as ``write`` does, with the comments of a document; raise DocumentError."""
        from vmspec.documents.data import formatter

        text = data.decode()
        return formatter.reformat_yaml(self.read(data), self.parse(text), kept, text)
