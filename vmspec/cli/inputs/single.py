"""Reading the one document of a command whose output is not about findings."""

from __future__ import annotations

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.sources import read_source
from vmspec.cli.output.console import print_error, shown_path
from vmspec.cli.output.text import tell_findings
from vmspec.documents import Format, loads
from vmspec.errors import DocumentError
from vmspec.model.spec import VirtualMachineSpec


def read_or_say(path: str, format: Format | None = None) -> VirtualMachineSpec | ExitCode:
    """The spec that a path names, or how the command ends once it was said why there is none."""
    try:
        source = read_source(path, format)
    except OSError as error:
        print_error(f"{shown_path(path)}: {error.strerror or error}")
        return ExitCode.WRONG_USE
    try:
        return loads(source.data, source.format)
    except DocumentError as error:
        tell_findings(source, error.findings)
        return ExitCode.FINDINGS
