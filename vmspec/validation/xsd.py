"""The XSD under libxml2, and under xmlschema as a second opinion."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lxml import etree

from vmspec.documents.xml.reader import SCHEMA_HINTS

if TYPE_CHECKING:
    from lxml.etree import _Element
    from xmlschema import XMLSchema10

Engine = Literal["libxml2", "xmlschema"]

_PACKAGE = Path(__file__).parent.parent


def schema_path(name: str = "vmspec.xsd") -> Path:
    """Where a schema lies: within an installed package, or beside it in a checkout.

    By path, because ``importlib.resources`` costs a start of the command line 20 ms.
    """
    inside = _PACKAGE / "schemas" / name
    return inside if inside.exists() else _PACKAGE.parent / "schemas" / name


def check_engine(engine: str) -> None:
    """Raises ValueError for what is no engine."""
    if engine not in ("libxml2", "xmlschema"):
        raise ValueError(f"engine is {engine!r}; it is libxml2 or xmlschema")


def is_valid(tree: _Element, engine: Engine = "libxml2") -> bool:
    """Whether the XSD allows a tree whose text the gate let pass."""
    if engine == "libxml2":
        return bool(_libxml2()(tree))
    from xmlschema import XMLSchemaException

    try:
        return _xmlschema().is_valid(_text_for_xmlschema(tree))
    except XMLSchemaException:  # a name that only libxml2 takes for one, so none of the grammar's
        return False


@cache
def _libxml2() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schema_path()))


@cache
def _xmlschema() -> XMLSchema10:
    from xmlschema import XMLSchema10

    return XMLSchema10(schema_path(), allow="local")


_ZERO_WIDTH_SPACE = "\u200b"


@cache
def _blanks_as_xml_has_them() -> dict[int, str]:
    blanks = [code for code in range(0x21, 0x3001) if chr(code).isspace()]
    return dict.fromkeys(blanks, _ZERO_WIDTH_SPACE)


def _text_for_xmlschema(tree: _Element) -> str:
    """The tree as text, its blanks beyond XML's four replaced by one that Python takes for no blank.

    xmlschema trims whatever ``str.isspace`` says is a blank; XML trims space, tab, CR and LF only.
    The grammar treats the stand-in as it does the others. Text, because xmlschema misreads trees
    of lxml; without the attributes of the root that only say where a schema is.
    """
    marks = {name: value for name, value in tree.attrib.items() if name not in SCHEMA_HINTS}
    bare = etree.Element(tree.tag, marks)
    bare.text = tree.text
    bare.extend([*tree])
    text = etree.tostring(bare, encoding="unicode")
    tree.extend([*bare])
    return text.translate(_blanks_as_xml_has_them())
