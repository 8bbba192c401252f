"""The spans of an XML document that are masked.

A document without a DOCTYPE that a parser accepted is a sequence of the tokens below and texts between them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from vmspec.documents.hints import folded
from vmspec.documents.line_index import Span, strip_span
from vmspec.documents.public_names import is_public_name, is_public_value, names_of_the_format
from vmspec.documents.xml import limits
from vmspec.errors import MalformedDocumentError
from vmspec.model.element_tree import ElementSchema, root

_TOKEN = re.compile(
    r"""<!--(?P<comment>.*?)--> | <!\[CDATA\[(?P<cdata>.*?)\]\]> | <\?(?!xml\s)(?P<instruction>.*?)\?>
    | <\?xml.*?\?> | <(?P<end>/?)(?P<tag>[^\s/>]++)(?P<attributes>(?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""\s++([^\s=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")


def masked_spans(data: bytes) -> list[Span]:
    """Return the masked spans of a document, in order; raise DocumentError if it cannot be parsed."""
    if limits.check(data) is not None or limits.parse_events(limits.new_parser(), data) is not None:
        raise MalformedDocumentError(())
    return list(_masked_spans(data.decode()))


def secret_region(text: str) -> Span:
    """Return the part of a valid document's text outside of which nothing is masked.

    Without comments, CDATA sections, instructions and attributes of the root, only the elements that may
    hold a secret have something masked. In such a document each < begins a tag.
    """
    if "<!" in text or text.find("<?", 1) >= 0 or f"<{root().tag}>" not in text:
        return 0, len(text)
    found = [(text.find(f"<{tag}"), text.rfind(f"</{tag}")) for tag in _secret_tags()]
    starts = [start for start, _ in found if start >= 0]
    return (min(starts), max(max(pair) for pair in found) + 1) if starts else (0, 0)


@cache
def _secret_tags() -> tuple[str, ...]:
    """Return the tags of the root's children that may hold a secret."""
    return tuple(tag for tag, child in root().children.items() if _holds_secret(child))


def _holds_secret(node: ElementSchema) -> bool:
    return node.secret or any(map(_holds_secret, node.children.values()))


def _masked_spans(text: str) -> Iterator[Span]:
    open_nodes: list[ElementSchema | None] = []
    position = 0
    for token in _TOKEN.finditer(text):
        node = open_nodes[-1] if open_nodes else None
        if not _shows_text(node):
            yield from strip_span(text, position, token.start())
        position = token.end()
        for apart in ("comment", "instruction", "cdata"):
            if token[apart] and not (apart == "cdata" and _shows_text(node)):
                yield token.span(apart)
        if token["tag"] is None:
            continue
        if token["end"]:
            opened = open_nodes.pop()
        else:
            opened = _child(node, token["tag"]) if open_nodes else _root(token["tag"])
        if opened is None and open_nodes and not is_public_child(token["tag"], open_nodes[-1]):
            yield token.span("tag")
        yield from _masked_attributes(token, opened)
        if not token["end"] and not token["attributes"].endswith("/"):
            open_nodes.append(opened)


def _root(tag: str) -> ElementSchema | None:
    return root() if tag == root().tag else None


def _child(node: ElementSchema | None, tag: str) -> ElementSchema | None:
    if node is None:
        return None
    if node.nested and tag == node.tag:
        return ElementSchema(tag, "", scalar=node.scalar)
    return node.children.get(tag)


def _shows_text(node: ElementSchema | None) -> bool:
    return node is not None and node.scalar is not None and not node.secret


def is_public_child(tag: str, parent: ElementSchema | None) -> bool:
    """Return whether the tag of an unknown element may be shown; None stands for an unknown parent."""
    return _is_public(tag, near_secret=_is_near_secret(parent), known=parent.children if parent else ())


def is_public_attribute(name: str, node: ElementSchema | None) -> bool:
    """Return whether the name of an unknown attribute may be shown; None stands for an unknown element."""
    return _is_public(name, near_secret=_is_near_secret(node), known=node.attributes if node else ())


def _is_public(name: str, *, near_secret: bool, known: Collection[str]) -> bool:
    return is_public_name(name.replace(":", "."), near_secret=near_secret, known=known)


def _is_near_secret(node: ElementSchema | None) -> bool:
    return node is None or node.secret or any(child.secret for child in node.children.values())


def _masked_attributes(token: re.Match[str], node: ElementSchema | None) -> Iterator[Span]:
    near_secret = _is_near_secret(node)
    for found in _ATTRIBUTE.finditer(token.string, token.start("attributes"), token.end("attributes")):
        name, group = found[1], 2 if found[2] is not None else 3
        is_known = node is not None and name in node.attributes
        if not is_known and not is_public_attribute(name, node):
            yield found.span(1)
        if name == "by" and folded(found[group]) in names_of_the_format():
            is_known = True
        if found[group] and not (is_known and is_public_value(found[group], near_secret=near_secret)):
            yield found.span(group)
