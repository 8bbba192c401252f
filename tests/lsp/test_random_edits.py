"""Random edits raise nothing, and leave the diagnostics those of ``validate``."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from lsprotocol import types

from vmspec import dumps, validate
from vmspec.documents import FORMATS, FormatName
from vmspec.lsp import actions, completion, symbols
from vmspec.lsp.text import Text

from .support.typing import SPEC, edited

EDITS = settings.default.max_examples


def ask_everything(text: Text, random: Random) -> None:
    """Ask what an editor may ask about a document."""
    position = text.position_of(random.randrange(len(text.source) + 1))
    everywhere = types.CodeActionParams(
        types.TextDocumentIdentifier(text.uri), text.whole, types.CodeActionContext([])
    )
    for item in completion.complete(text, position):
        assert item.text_edit is not None
    completion.hover(text, position)
    symbols.symbols(text)
    actions.formatting(text)
    actions.code_actions(text, everywhere, tuple)
    found = actions.diagnostics(text, tuple)
    expected = validate(text.source, text.format).findings if text.is_spec else ()
    assert [(each.code, each.message) for each in found] == [
        (finding.code, f"{finding.message}; {finding.hint}" if finding.hint else finding.message)
        for finding in expected
    ]
    for diagnostic in found:
        assert text.offset_of(diagnostic.range.start) <= text.offset_of(diagnostic.range.end)


@pytest.mark.parametrize("format", FORMATS)
def test_random_edits_raise_nothing(format: FormatName) -> None:
    random = Random(format)
    source = dumps(SPEC, format)
    for number in range(EDITS):
        source = dumps(SPEC, format) if number % 20 == 0 else edited(source, random)
        encoding = random.choice(["utf-8", "utf-16", "utf-32"])
        ask_everything(Text(f"file:///web.{format}", source, encoding=encoding), random)


@pytest.mark.parametrize("format", FORMATS)
def test_positions_and_offsets_are_inverse(format: FormatName) -> None:
    random = Random(format)
    for _ in range(EDITS):
        source = edited(dumps(SPEC, format), random)
        text = Text("file:///web", source, encoding=random.choice(["utf-8", "utf-16", "utf-32"]))
        offset = random.randrange(len(source) + 1)
        if source[offset - 1 : offset + 1] != "\r\n":
            assert text.offset_of(text.position_of(offset)) == offset
