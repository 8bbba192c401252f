"""The outline of a document."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from vmspec.documents.data import DataFormat
from vmspec.documents.data.nodes import DataNode, MappingNode, ScalarNode, SequenceNode
from vmspec.documents.formats import format_named
from vmspec.documents.limits import to_utf8
from vmspec.errors import DocumentError
from vmspec.lsp.text import Text
from vmspec.validation.fixes.elements import XMLElement
from vmspec.validation.fixes.removal import end_of

MAX_SYMBOLS = 2_000
"""Symbols of one document; a spec has about sixty, and an editor becomes slow with many more."""

Symbols = list[types.DocumentSymbol]


def symbols(text: Text) -> Symbols:
    """Return the elements or keys of a spec; none of a document that cannot be parsed."""
    if not text.may_become_spec:
        return []
    if text.format == "xml":
        return _Outline(text).elements([element for element in text.elements if element.parent is None])
    data_format = format_named(text.format)
    assert isinstance(data_format, DataFormat)
    try:
        return _Outline(text).values(data_format.parse(to_utf8(text.source).decode()))
    except DocumentError:
        return []


class _Outline:
    """The symbols of one document, counted so that there are not too many."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._left = MAX_SYMBOLS

    def _symbol(
        self, name: str, whole: tuple[int, int], named: tuple[int, int], *, is_leaf: bool
    ) -> types.DocumentSymbol:
        self._left -= 1
        kind = types.SymbolKind.Field if is_leaf else types.SymbolKind.Struct
        return types.DocumentSymbol(name, kind, self._text.range_of(whole), self._text.range_of(named))

    def elements(self, elements: Sequence[XMLElement]) -> Symbols:
        """Return the symbols of elements beside each other."""
        found: Symbols = []
        for element in elements:
            if element.tag and self._left > 0:
                is_leaf = not element.children
                whole = element.start, max(element.end, element.name[1])
                symbol = self._symbol(element.tag, whole, element.name, is_leaf=is_leaf)
                symbol.children = self.elements(element.children)
                found.append(symbol)
        return found

    def values(self, node: DataNode) -> Symbols:
        """Return the symbols of the keys of a mapping, or of the items of a list."""
        source, found = self._text.source, Symbols()
        if isinstance(node, MappingNode):
            for key, value in node.entries:
                if self._left > 0:
                    whole = key.start, max(end_of(source, value), key.end)
                    is_leaf = isinstance(value, ScalarNode)
                    symbol = self._symbol(key.text or "…", whole, (key.start, key.end), is_leaf=is_leaf)
                    symbol.children = self.values(value)
                    found.append(symbol)
        elif isinstance(node, SequenceNode):
            for number, item in enumerate(node.items, 1):
                if self._left > 0 and not isinstance(item, ScalarNode):
                    whole = item.start, end_of(source, item)
                    symbol = self._symbol(str(number), whole, (item.start, item.start), is_leaf=False)
                    symbol.children = self.values(item)
                    found.append(symbol)
        return found
