"""``vmspec schema``: the schemas, for editors and other tools."""

from __future__ import annotations

import click

from vmspec.cli.output.console import write_document
from vmspec.validation.xsd import schema_path


@click.group("schema")
def command() -> None:
    """Print the schemas of specs and catalogues."""


@command.command("xsd")
def xsd() -> None:
    """Print the XML schema (XSD 1.0) of specs."""
    write_document(schema_path().read_text(encoding="utf-8"))


@command.command("catalogue")
def catalogue() -> None:
    """Print the JSON Schema (2020-12) of a catalogue's file."""
    write_document(schema_path("katapult.schema.json").read_text(encoding="utf-8"))


@command.command("json")
def json() -> None:
    """Print the JSON Schema (2020-12) of specs in JSON and YAML."""
    write_document(schema_path("vmspec.schema.json").read_text(encoding="utf-8"))
