"""The XSD, checked by libxml2, or by xmlschema for a second opinion."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lxml.etree import XMLSchema, _Element
    from xmlschema import XMLSchema10

Engine = Literal["libxml2", "xmlschema"]

_PACKAGE = Path(__file__).parent.parent


def schema_path(name: str = "vmspec.xsd") -> Path:
    """Return the path of a schema: inside an installed package, or beside the package in a checkout.

    ``importlib.resources`` would add 20 ms to the start of the command line.
    """
    installed = _PACKAGE / "schemas" / name
    return installed if installed.exists() else _PACKAGE.parent / "schemas" / name


def check_engine(engine: str) -> None:
    """Raise ValueError for an unknown engine."""
    if engine not in ("libxml2", "xmlschema"):
        raise ValueError(f"unknown engine {engine!r}; choose libxml2 or xmlschema")


def is_valid(tree: _Element, engine: Engine = "libxml2") -> bool:
    """Return whether the XSD allows a tree that vmspec's own parser returned."""
    if engine == "libxml2":
        return bool(_libxml2()(tree))
    from xmlschema import XMLSchemaException

    try:
        return _xmlschema().is_valid(_text_for_xmlschema(tree))
    except XMLSchemaException:  # for a name that only libxml2 accepts, so not one of the grammar
        return False


@cache
def _libxml2() -> XMLSchema:
    from lxml import etree

    return etree.XMLSchema(etree.parse(schema_path()))


@cache
def _xmlschema() -> XMLSchema10:
    from xmlschema import XMLSchema10

    return XMLSchema10(schema_path(), allow="local")


def _text_for_xmlschema(tree: _Element) -> str:
    """Return a tree as text that xmlschema interprets as the XSD requires.

    It is text because xmlschema misreads comments in lxml trees. The schema hints of the root are left out.
    """
    from lxml import etree

    from vmspec.documents.xml.reader import SCHEMA_HINTS

    attributes = {name: value for name, value in tree.attrib.items() if name not in SCHEMA_HINTS}
    root = etree.Element(tree.tag, attributes)
    root.text = tree.text
    root.extend([*tree])
    text = etree.tostring(root, encoding="unicode")
    tree.extend([*root])
    return text.translate(_other_whitespace())


@cache
def _other_whitespace() -> dict[int, str]:
    """Return a table that replaces whitespace that XML does not treat as such.

    xmlschema strips everything that ``str.isspace`` accepts. The grammar treats the replacement, a zero-width
    space, like the other characters.
    """
    return {point: "\u200b" for point in range(0x21, 0x3001) if chr(point).isspace()}
