"""Completion and hover at a cursor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from xml.sax.saxutils import escape

from lsprotocol import types

from vmspec.catalogue import Catalogue
from vmspec.documents import FormatName
from vmspec.documents.data.yaml.writer import write_string
from vmspec.lsp import data_cursor, xml_cursor
from vmspec.lsp.cursor import Cursor, Kind, Proposal
from vmspec.lsp.documentation import describe
from vmspec.lsp.text import Text

_KINDS: dict[Kind, types.CompletionItemKind] = {
    "element": types.CompletionItemKind.Field,
    "attribute": types.CompletionItemKind.Property,
    "key": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.EnumMember,
}


def cursor_at(text: Text, position: types.Position) -> Cursor | None:
    """Return the cursor at a position; None in a document that is not a spec."""
    if not text.may_become_spec:
        return None
    offset = text.offset_of(position)
    if text.format == "xml":
        return xml_cursor.find(text.source, text.elements, offset)
    return data_cursor.find(text.source, offset, is_json=text.format == "json")


def complete(
    text: Text, position: types.Position, catalogue: Catalogue | None = None
) -> list[types.CompletionItem]:
    """Return what may be written at a position, names that the organization has among it."""
    cursor = cursor_at(text, position)
    if cursor is None:
        return []
    place = text.range_of(cursor.span)
    proposals = [*cursor.proposals, *(_names(text, cursor, catalogue) if catalogue is not None else ())]
    return [
        types.CompletionItem(
            label=proposal.label,
            kind=_KINDS[proposal.kind],
            text_edit=types.TextEdit(place, proposal.text),
            filter_text=proposal.text,
            sort_text=f"{number:03}",
            documentation=_markdown(describe(proposal.path)),
        )
        for number, proposal in enumerate(proposals)
    ]


def _names(text: Text, cursor: Cursor, catalogue: Catalogue) -> Iterator[Proposal]:
    """Yield the values of a lookup, or the tags, that a catalogue has."""
    names: Iterable[str] = ()
    if cursor.lookup is not None:
        names = catalogue.index.get(cursor.lookup, {}).get(cursor.by, ())
    elif cursor.path == "tags":
        names = catalogue.tags or ()
    for name in names:
        yield Proposal(name, "value", _WRITERS[text.format](name), cursor.path)


_WRITERS: dict[FormatName, Callable[[str], str]] = {
    "xml": escape,
    "json": json.dumps,
    "yaml": lambda name: write_string(name, "\n"),
}


def hover(text: Text, position: types.Position) -> types.Hover | None:
    """Return the documentation of the field at a position."""
    cursor = cursor_at(text, position)
    if cursor is None or not cursor.path or cursor.span[0] == cursor.span[1]:
        return None
    description = describe(cursor.path)
    if description is None:
        return None
    content = types.MarkupContent(types.MarkupKind.Markdown, f"**{cursor.label}**\n\n{description}")
    return types.Hover(content, text.range_of(cursor.span))


def _markdown(text: str | None) -> types.MarkupContent | None:
    return types.MarkupContent(types.MarkupKind.Markdown, text) if text else None
