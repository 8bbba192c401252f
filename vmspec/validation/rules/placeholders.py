"""A rule about placeholders of template engines."""

from __future__ import annotations

import re

from vmspec.findings import Severity
from vmspec.model.scalars import String
from vmspec.model.schema import Lookup, Part, fields_of
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

# Every alternative takes linear time: none can begin again within its own match.
_PLACEHOLDER = re.compile(
    r"""\$\{[^{}]*\} | \{\{ (?:[^{}]|\{[^{}]*\})*+ \}\} | <% (?:[^%<]|%(?!>))*+ %> | %\(\w+\)[a-z]""",
    re.VERBOSE,
)


def _text_fields(cls: type[Part]) -> dict[type[Part], list[tuple[str, bool]]]:
    """Return, for a class and those in its fields, each text that is not secret, and whether it is a list."""
    texts = [
        (field.name, field.many)
        for field in fields_of(cls)
        if isinstance(field.scalar, String) and not field.secret
    ]
    found = {cls: texts} if texts else {}
    for field in fields_of(cls):
        if field.part is not None:
            found |= _text_fields(field.part)
    return found


_TEXT_FIELDS = _text_fields(VirtualMachineSpec)
_PARTS: tuple[type[Part | Lookup], ...] = (Lookup, *_TEXT_FIELDS)


@rule(
    "VMS293",
    "unfilled-placeholder",
    _PARTS,
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="placeholders are filled in before a document is sent; Katapult documents none",
    supersedes=True,
)
def unfilled_placeholder(part: Part | Lookup) -> Problems:
    """A value contains a placeholder of a template engine, such as `${NAME}` or `{{ name }}`.

    The document is probably a template that was not rendered. Cloud-init user data and the values of template
    options are not checked: they may be templates themselves.

    Example:

        <Hostname>
          <Hostname>${HOSTNAME}</Hostname>
        </Hostname>

    Use instead:

        <Hostname>
          <Hostname>web-1</Hostname>
        </Hostname>
    """
    if isinstance(part, Lookup):
        return _problems("", part.value) if "{" in part.value or "%" in part.value else ()
    problems: list[Problem] = []
    for name, is_list in _TEXT_FIELDS[type(part)]:
        value = getattr(part, name)
        for index, text in enumerate(value if is_list else (value,)):
            if text is not None and ("{" in text or "%" in text):
                problems += _problems(f"{name}[{index}]" if is_list else name, text)
    return problems


def _problems(path: str, text: str) -> list[Problem]:
    match = _PLACEHOLDER.search(text)
    if match is None:
        return []
    message = f"the placeholder {quote(match[0])} is not filled in"
    return [Problem(path, message, "render the template first")]
