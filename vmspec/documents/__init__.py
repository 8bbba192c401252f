"""Documents: the text of a spec as XML, JSON or YAML, read strictly and written canonically.

>>> from vmspec import VM
>>> spec = VM("web-1").data_center("uk-lon-01").package("rock-3").build()
>>> loads(dumps(spec, "yaml"), "yaml") == spec
True
"""

from __future__ import annotations

import os
from pathlib import Path

from vmspec.documents.files import read_file, write_text
from vmspec.documents.formats import (
    FORMATS,
    FormatName,
    format_named,
    format_of_name,
    format_of_text,
    read_spec,
    with_path_hint,
)
from vmspec.documents.limits import MAX_SIZE
from vmspec.errors import DocumentError, SpecError
from vmspec.model.spec import VirtualMachineSpec, check_is_spec

__all__ = ["FORMATS", "FormatName", "detect", "dump", "dumps", "load", "loads"]


def loads(text: str | bytes, format: FormatName | None = None) -> VirtualMachineSpec:
    """Return the spec of a document; without ``format`` it is detected from the text.

    Raises DocumentError with every mistake and its position. Unknown or repeated elements, attributes
    and keys are mistakes too: nothing is dropped silently. Raises TypeError if the document is neither
    str nor bytes.

    >>> loads("<VirtualMachineSpec><Name>web</Name></VirtualMachineSpec>").name
    'web'
    """
    _check_document(text, "to read a file, call load()")
    try:
        return read_spec(text, format)
    except DocumentError as error:
        raise type(error)(with_path_hint(error.findings, text)) from None


def load(path: str | os.PathLike[str]) -> VirtualMachineSpec:
    """Return the spec of a file; its format follows from the suffix, or else from the content.

    Raises DocumentError, and OSError if the file cannot be read.
    """
    return loads(read_file(path), format_of_name(Path(path)))


def dumps(spec: VirtualMachineSpec, format: FormatName = "xml") -> str:
    """Return the document of a spec: canonical XML, or JSON or YAML in the vendor's shape.

    Raises SpecError if the document would be too large to be read again.

    >>> print(dumps(VirtualMachineSpec(hostname="web"), "yaml"), end="")
    hostname: web
    """
    check_is_spec(spec)
    text = format_named(format).write(spec)
    if len(text) > MAX_SIZE or (len(text) > MAX_SIZE // 4 and len(text.encode()) > MAX_SIZE):
        raise SpecError(f"the document would be {len(text.encode()):,} bytes long; the limit is {MAX_SIZE:,}")
    return text


def dump(spec: VirtualMachineSpec, path: str | os.PathLike[str], format: FormatName | None = None) -> None:
    """Write the document of a spec to a file, whole or not at all.

    Without ``format`` the suffix decides, and a name without a suffix means XML. Raises ValueError for
    an unknown suffix. Raises OSError if the file cannot be written; an existing file is then unchanged.
    """
    path = Path(path)
    format = format or format_of_name(path)
    if format is None and path.suffix:
        raise ValueError(f"unknown suffix {path.suffix}; use .xml, .json or .yaml, or give a format")
    write_text(path, dumps(spec, format or "xml"))


def detect(text: str | bytes) -> FormatName | None:
    """Return the format of a document that is meant to be a spec, valid or not; None for other text.

    Raises TypeError if the document is neither str nor bytes; its content never raises.

    >>> detect("resources: {package: {permalink: rock-3}}\\nname: web")
    'yaml'
    """
    from vmspec.documents.detection import is_spec

    _check_document(text, "read the file first")
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return format_of_text(data) if is_spec(data) else None


def _check_document(text: object, path_advice: str) -> None:
    if not isinstance(text, (str, bytes)):
        advice = f"; {path_advice}" if isinstance(text, os.PathLike) else ""
        raise TypeError(f"a document is a str or bytes, not a {type(text).__name__}{advice}")
