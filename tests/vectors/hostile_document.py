"""A hostile document, and the finding that reading it ends in."""

from __future__ import annotations

from attrs import frozen

from vmspec.documents import FormatName

SPEC = "<VirtualMachineSpec>{}</VirtualMachineSpec>"
MANY = 300_000
"""Repetitions that make a document of almost the largest size."""

DOCTYPE = "1:{}: error VMS003 a DOCTYPE; entities and the like are not read; leave it out"
MARKED = "1:1: error VMS002 not UTF-8 by its first bytes; save it as UTF-8"
DECLARED = "1:31: error VMS002 declares an encoding other than UTF-8; save and declare it as UTF-8"
NOT_UTF_8 = "1:{}: error VMS002 not UTF-8; save it as UTF-8"
NUL = "1:{}: error VMS002 a NUL character, which no document may hold"
VERSION = '1:16: error VMS005 an XML version other than 1.0; write version="1.0"'
TOO_LONG = "1:1: error VMS004 larger than 1,048,576 bytes, which no spec needs"
TOO_MANY_VALUES = "error VMS004 more than 20,000 values, or nested deeper than 64, which no spec needs"
TOO_MANY_NOTES = "error VMS004 more than 2,000 comments and instructions, which no spec needs"
STRANGE = "an unexpected character"
ANCHOR = "error VMS005 a YAML anchor; leave it out"
ALIAS = "error VMS005 a YAML alias; write the value out"
TAG = "error VMS005 a YAML tag; types come from the format; leave it out"


@frozen
class Hostile:
    """A document, and its first finding; None if it is valid but tries to have something opened."""

    name: str
    format: FormatName
    data: bytes
    finding: str | None
    findings: int = 1
    """Number of findings."""
