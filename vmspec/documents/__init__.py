"""Documents: the text of a spec as XML, JSON or YAML, read strictly and written canonically.

>>> from vmspec import VM
>>> spec = VM("web-1").data_center("uk-lon-01").package("rock-3").build()
>>> loads(dumps(spec, "yaml"), "yaml") == spec
True
"""

from __future__ import annotations

import os
from pathlib import Path

from vmspec.documents import xml
from vmspec.documents.detection import FORMATS, Format, check_format, format_of_name, format_of_text, is_spec
from vmspec.documents.document import read_spec, with_hint_of_path
from vmspec.documents.files import read_bytes, write_text
from vmspec.errors import DocumentError
from vmspec.model.spec import VirtualMachineSpec

__all__ = ["FORMATS", "Format", "detect", "dump", "dumps", "load", "loads"]


def loads(text: str | bytes, format: Format | None = None) -> VirtualMachineSpec:
    """The spec of a document; without ``format`` the text shows it.

    Raises DocumentError with every mistake and its place: unknown or repeated elements, attributes
    and keys are mistakes too, nothing is dropped. Raises TypeError for what is neither str nor bytes.

    >>> loads("<VirtualMachineSpec><Name>web</Name></VirtualMachineSpec>").name
    'web'
    """
    _check_document(text, "for a file, load() it")
    try:
        return read_spec(text, format)
    except DocumentError as error:
        raise type(error)(with_hint_of_path(error.findings, text)) from None


def load(path: str | os.PathLike[str]) -> VirtualMachineSpec:
    """The spec of a file, its format by suffix, else by content.

    Raises DocumentError, and OSError where the file cannot be read.
    """
    return loads(read_bytes(Path(path)), format_of_name(Path(path)))


def dumps(spec: VirtualMachineSpec, format: Format = "xml") -> str:
    """The document of a spec: canonical XML, or JSON or YAML in the vendor's shape.

    >>> print(dumps(VirtualMachineSpec(hostname="web"), "yaml"), end="")
    hostname: web
    """
    if not isinstance(spec, VirtualMachineSpec):
        raise TypeError(f"a {type(spec).__name__} is no VirtualMachineSpec; of a VM, build() gives one")
    if format == "xml":
        return xml.write(spec)
    check_format(format)
    from vmspec.documents.data import mapping

    if format == "json":
        from vmspec.documents.data import json

        return json.write(mapping.plain(spec))
    from vmspec.documents.data import yaml

    return yaml.write(mapping.plain(spec))


def dump(spec: VirtualMachineSpec, path: str | os.PathLike[str], format: Format | None = None) -> None:
    """Writes the document of a spec to a file, whole or not at all; the format by suffix, XML without one.

    Raises ValueError for a suffix that is no format's, where ``format`` does not say it; OSError where the
    file cannot be written, and what was there before then still is.
    """
    path = Path(path)
    format = format or format_of_name(path)
    if format is None and path.suffix:
        raise ValueError(
            f"{path.suffix} is the suffix of no format; name it .xml, .json or .yaml, or give format"
        )
    write_text(path, dumps(spec, format or "xml"))


def detect(text: str | bytes) -> Format | None:
    """The format of a document that means to be a spec; None for any other text.

    Never raises for what it says; TypeError for what is neither str nor bytes.

    >>> detect("resources: {package: {permalink: rock-3}}\\nname: web")
    'yaml'
    """
    _check_document(text, "of a file, give what it holds")
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return format_of_text(data) if is_spec(data) else None


def _check_document(text: object, of_a_path: str) -> None:
    if not isinstance(text, (str, bytes)):
        advice = f"; {of_a_path}" if isinstance(text, os.PathLike) else ""
        raise TypeError(f"a {type(text).__name__} is no document, which is a str or bytes{advice}")
