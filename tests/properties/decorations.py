"""Documents of the same spec in another hand: comments, CDATA, quotes, blanks and the like."""

from __future__ import annotations

import re
from random import Random

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from vmspec import dumps
from vmspec.testing import specs

from .mutations import RICH

_MARKUP = re.compile(r"(<[^>]*>)")
_ATTRIBUTE = re.compile(r'\s([^\s=]+)="([^"]*)"')

NOTES = (
    "<!---->",
    "<!-- <Hostname> é > -->",
    "<!-- <?note -->",
    "<?note <Name> ?>",
    "<?note <!-- ?>",
    "<!--\r\n<Disk/>\U0001f600-->",
)
BLANKS = (" ", "\t", "\n", "\r\n", "\r", "")


@st.composite
def _decorated(draw: DrawFn) -> bytes:
    text = draw(st.one_of(specs().map(dumps), st.sampled_from(RICH).map(bytes.decode)))
    hand = draw(st.randoms(use_true_random=False))
    declaration, _, body = text.partition("\n")
    pieces = _MARKUP.split(body.strip("\n"))
    for index, piece in enumerate(pieces):
        if piece.startswith("<"):
            pieces[index] = _markup(hand, piece)
        elif 0 < index < len(pieces) - 1:
            is_value = not pieces[index - 1].startswith("</") and pieces[index + 1].startswith("</")
            pieces[index] = _value(hand, piece) if is_value else _between(hand)
    start = hand.choice(("", "\ufeff", "\ufeff" + declaration, declaration))
    notes = "".join(hand.choices(NOTES, k=hand.randrange(3)))
    return f"{start}{notes}{''.join(pieces)}{notes}".encode()


def _between(hand: Random) -> str:
    return "".join(hand.choices((*NOTES, *BLANKS, *BLANKS), k=hand.randrange(3)))


def _value(hand: Random, text: str) -> str:
    if "&" not in text and hand.randrange(4) == 0:
        text = f"<![CDATA[{text}]]>"
    if hand.randrange(4) == 0:
        cut = hand.choice((0, len(text)))
        text = text[:cut] + hand.choice(NOTES) + text[cut:]
    return text


def _markup(hand: Random, tag: str) -> str:
    blank = hand.choice(BLANKS)
    if tag.startswith("</"):
        return f"{tag[:-1]}{blank}>"
    tag = _ATTRIBUTE.sub(lambda found: _attribute(hand, found[1], found[2]), tag)
    if tag.endswith("/>"):
        name = re.split(r"[\s/>]", tag[1:])[0]
        return hand.choice((f"{tag[:-2]}{blank}/>", f"{tag[:-2]}{blank}></{name}>"))
    return f"{tag[:-1]}{blank}>"


def _attribute(hand: Random, name: str, value: str) -> str:
    before, around = hand.choice(BLANKS[:-1]), hand.choice(BLANKS)
    value = value.replace("&gt;", ">")
    quote = "'" if "'" not in value and hand.randrange(2) else '"'
    return f"{before}{name}{around}={around}{quote}{value}{quote}"


def decorated_documents() -> SearchStrategy[bytes]:
    """XML that reads as some spec, as different hands would write it."""
    return _decorated()
