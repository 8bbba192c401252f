"""Specs as XML in many spellings: comments, CDATA, quotes, whitespace."""

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

COMMENTS = (
    "<!---->",
    "<!-- <Hostname> é > -->",
    "<!-- <?note -->",
    "<?note <Name> ?>",
    "<?note <!-- ?>",
    "<!--\r\n<Disk/>\U0001f600-->",
)
SPACES = (" ", "\t", "\n", "\r\n", "\r", "")


@st.composite
def _decorated(draw: DrawFn) -> bytes:
    text = draw(st.one_of(specs().map(dumps), st.sampled_from(RICH).map(bytes.decode)))
    random = draw(st.randoms(use_true_random=False))
    declaration, _, body = text.partition("\n")
    pieces = _MARKUP.split(body.strip("\n"))
    for index, piece in enumerate(pieces):
        if piece.startswith("<"):
            pieces[index] = _markup(random, piece)
        elif 0 < index < len(pieces) - 1:
            is_value = not pieces[index - 1].startswith("</") and pieces[index + 1].startswith("</")
            pieces[index] = _value(random, piece) if is_value else _between(random)
    start = random.choice(("", "\ufeff", "\ufeff" + declaration, declaration))
    notes = "".join(random.choices(COMMENTS, k=random.randrange(3)))
    return f"{start}{notes}{''.join(pieces)}{notes}".encode()


def _between(random: Random) -> str:
    return "".join(random.choices((*COMMENTS, *SPACES, *SPACES), k=random.randrange(3)))


def _value(random: Random, text: str) -> str:
    if "&" not in text and random.randrange(4) == 0:
        text = f"<![CDATA[{text}]]>"
    if random.randrange(4) == 0:
        cut = random.choice((0, len(text)))
        text = text[:cut] + random.choice(COMMENTS) + text[cut:]
    return text


def _markup(random: Random, tag: str) -> str:
    blank = random.choice(SPACES)
    if tag.startswith("</"):
        return f"{tag[:-1]}{blank}>"
    tag = _ATTRIBUTE.sub(lambda found: _attribute(random, found[1], found[2]), tag)
    if tag.endswith("/>"):
        name = re.split(r"[\s/>]", tag[1:])[0]
        return random.choice((f"{tag[:-2]}{blank}/>", f"{tag[:-2]}{blank}></{name}>"))
    return f"{tag[:-1]}{blank}>"


def _attribute(random: Random, name: str, value: str) -> str:
    before, around = random.choice(SPACES[:-1]), random.choice(SPACES)
    value = value.replace("&gt;", ">")
    quote = "'" if "'" not in value and random.randrange(2) else '"'
    return f"{before}{name}{around}={around}{quote}{value}{quote}"


def decorated_documents() -> SearchStrategy[bytes]:
    """Return a strategy for XML that reads as some spec, however it is spelt."""
    return _decorated()
