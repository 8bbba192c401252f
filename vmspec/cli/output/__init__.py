"""Output formats of findings, and the terminal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vmspec.cli.output.reporter import Reporter

_REPORTERS = {
    "text": "TextReporter",
    "json": "JSONReporter",
    "sarif": "SARIFReporter",
    "github": "GitHubReporter",
    "junit": "JUnitReporter",
    "gitlab": "GitLabReporter",
}
"""Output formats, each with the reporter in the module of the same name."""

OUTPUT_FORMATS = tuple(_REPORTERS)


def reporter_for(output_format: str) -> Reporter:
    """Return the reporter of an output format."""
    module = import_module(f"vmspec.cli.output.{output_format}")
    reporter: Reporter = getattr(module, _REPORTERS[output_format])()
    return reporter
