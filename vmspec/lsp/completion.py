"""Completion and hover at a cursor."""

from __future__ import annotations

from lsprotocol import types

from vmspec.lsp import data_cursor, xml_cursor
from vmspec.lsp.cursor import Cursor, Kind
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


def complete(text: Text, position: types.Position) -> list[types.CompletionItem]:
    """Return what may be written at a position."""
    cursor = cursor_at(text, position)
    if cursor is None:
        return []
    place = text.range_of(cursor.span)
    return [
        types.CompletionItem(
            label=proposal.label,
            kind=_KINDS[proposal.kind],
            text_edit=types.TextEdit(place, proposal.text),
            filter_text=proposal.text,
            sort_text=f"{number:03}",
            documentation=_markdown(describe(proposal.path)),
        )
        for number, proposal in enumerate(cursor.proposals)
    ]


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
