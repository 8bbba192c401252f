"""JSON and YAML: two formats for plain data in the vendor's shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vmspec.documents.data import reader
from vmspec.documents.data.writer import to_plain
from vmspec.documents.document import Comment, Document, parent_path
from vmspec.documents.line_index import Position, Span

if TYPE_CHECKING:
    from vmspec.documents.data.nodes import DataNode
    from vmspec.model.spec import VirtualMachineSpec

__all__ = ["JSON", "YAML", "DataDocument"]


class DataDocument(Document):
    """A JSON or YAML document that was read."""

    def __init__(self, data: bytes, spec: VirtualMachineSpec, positions: dict[str, Position]) -> None:
        super().__init__(data, spec)
        self._positions = positions

    def position_of(self, path: str) -> Position:
        """Return the line and column of a field, or of the nearest one around it if it is absent."""
        while path and path not in self._positions:
            path = parent_path(path)
        return self._positions.get(path, (1, 1))

    def position_in_text(self, path: str, offset: int) -> Position:
        """Return the line and column of a character in the text of a field; the path has no index."""
        from vmspec.documents.data.text_position import position_in_text

        text = self.data.decode()
        return position_in_text(self._parse(text), text, path, offset) or self.position_of(path)

    def contains(self, path: str) -> bool:
        """Return True if the document holds a field, even an empty one; the path has no index."""
        return path in self._positions

    def _parse(self, text: str) -> DataNode:
        from vmspec.documents.data import json

        return json.read(text)


class YAMLDocument(DataDocument):
    """A YAML document that was read."""

    comments_by_line = True

    def comments(self) -> Sequence[Comment]:
        """Return the comments for vmspec."""
        if b"vmspec:" not in self.data:
            return ()
        from vmspec.documents.data.comments import comments

        return comments(self.data.decode())

    def _parse(self, text: str) -> DataNode:
        from vmspec.documents.data import yaml

        return yaml.read(text)


class JSON:
    """The JSON format."""

    can_reformat = True

    def read(self, data: bytes) -> VirtualMachineSpec:
        """Return the spec of a document; raise DocumentError."""
        return self.open(data).spec

    def open(self, data: bytes) -> DataDocument:
        """Return the spec of a document together with the positions of its fields; raise DocumentError."""
        from vmspec.documents.data import json

        text = data.decode()
        return DataDocument(data, *reader.read(json.read(text), text))

    def write(self, spec: VirtualMachineSpec) -> str:
        """Return canonical JSON."""
        from vmspec.documents.data import json

        return json.write(to_plain(spec))

    def reformat(self, data: bytes) -> str:
        """Return canonical JSON with the document's schema hint; raise DocumentError."""
        from vmspec.documents.data import json

        text = data.decode()
        node = json.read(text)
        spec, _ = reader.read(node, text)
        return json.write(reader.schema_hint(node) | to_plain(spec))

    def masked_spans(self, data: bytes) -> Sequence[Span]:
        """Return the spans of a document's text that may not be shown, in order; raise DocumentError."""
        from vmspec.documents.data import json
        from vmspec.documents.data.redaction import masked_spans

        text = data.decode()
        return masked_spans(json.read(text), text)


class YAML:
    """The YAML format."""

    can_reformat = False

    def read(self, data: bytes) -> VirtualMachineSpec:
        """Return the spec of a document; raise DocumentError."""
        return self.open(data).spec

    def open(self, data: bytes) -> YAMLDocument:
        """Return the spec of a document together with the positions of its fields; raise DocumentError."""
        from vmspec.documents.data import yaml

        text = data.decode()
        return YAMLDocument(data, *reader.read(yaml.read(text), text))

    def write(self, spec: VirtualMachineSpec) -> str:
        """Return YAML in block style."""
        from vmspec.documents.data import yaml

        return yaml.write(to_plain(spec))

    def reformat(self, data: bytes) -> str:
        """Raise NotImplementedError: YAML is not formatted."""
        raise NotImplementedError("YAML is not formatted")

    def masked_spans(self, data: bytes) -> Sequence[Span]:
        """Return the spans of a document's text that may not be shown, in order; raise DocumentError."""
        from vmspec.documents.data import yaml
        from vmspec.documents.data.redaction import masked_spans

        text = data.decode()
        return masked_spans(yaml.read(text), text)
