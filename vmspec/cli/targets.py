"""The formats that specs are written in: those of documents, and Python."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from vmspec.documents import FORMATS, FormatName, dumps
from vmspec.documents.formats import format_of_name
from vmspec.model.spec import VirtualMachineSpec

Target = FormatName | Literal["python"]

TARGETS: tuple[str, ...] = (*FORMATS, "python")
SUFFIXES: dict[Target, str] = {"xml": ".xml", "json": ".json", "yaml": ".yaml", "python": ".py"}


def target_of(path: PurePath) -> Target | None:
    """Return the format of a file to be written, by its suffix; None for an unknown one."""
    return "python" if path.suffix.lower() == ".py" else format_of_name(path)


def text_of(spec: VirtualMachineSpec, target: Target) -> str:
    """Return a spec in a format."""
    if target == "python":
        from vmspec.builder.source import to_module

        return to_module(spec)
    return dumps(spec, target)
