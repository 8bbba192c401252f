"""Files in this repository that are generated from the model, the XSD and the rules."""

from __future__ import annotations

from pathlib import Path

from .catalogue_schema import catalogue_schema
from .command_page import command_page
from .element_page import element_page
from .json_schema import json_schema
from .pictures import pictures
from .rule_pages import rule_pages

TOP = Path(__file__).parents[2]
RULE_PAGES = TOP / "docs" / "rules"
REFERENCE = TOP / "docs" / "reference"
PICTURES = TOP / "docs" / "_static" / "pictures"


def generated_files() -> dict[Path, str]:
    """Return the current text of each generated file."""
    pages = {RULE_PAGES / name: text for name, text in rule_pages().items()}
    schemas = {"vmspec.schema.json": json_schema(), "katapult.schema.json": catalogue_schema()}
    pages |= {REFERENCE / "elements.md": element_page(), REFERENCE / "commands.md": command_page()}
    return {TOP / "schemas" / name: text for name, text in schemas.items()} | pages


def drawn_files() -> dict[Path, str]:
    """Return the current text of each picture."""
    return {PICTURES / name: text for name, text in pictures().items()}


def obsolete_files() -> list[Path]:
    """Return files in a folder of generated files that are no longer generated."""
    return sorted({*RULE_PAGES.iterdir()} - generated_files().keys())
