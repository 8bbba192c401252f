"""The page of each code: what is wrong, why it matters, an example, what to use instead, and the source."""

from __future__ import annotations

from functools import cache
from inspect import cleandoc
from textwrap import dedent, fill

from attrs import frozen

from vmspec import codes
from vmspec.findings import Severity
from vmspec.validation.catalogue import CATALOGUE_RULES
from vmspec.validation.rules import RULES
from vmspec.validation.rules.registry import Evidence

_EXAMPLE, _INSTEAD = "\nExample:\n", "\nUse instead:\n"
_WIDTH = 80

_UNIQUE = "a hostname or IP address belongs to one machine"
_DEFENCE = "vmspec reads documents from strangers"
_GRAMMAR = (
    "schemas/vmspec.xsd, which combines the vendor's page on virtual machine specs, the vendor's library and "
    "recorded traffic; whether the API is as strict is unknown"
)


@frozen
class Page:
    """Everything to know about one code."""

    code: str
    name: str
    severity: Severity
    since: str
    evidence: Evidence
    source: str
    summary: str
    """One sentence that says what is wrong."""
    why: str
    example: str
    """A document, or children of its root; empty for codes that cannot be shown."""
    instead: str


@cache
def pages() -> dict[str, Page]:
    """Return all pages by code, in order."""
    every = [
        _page(rule.code, rule.name, rule.severity, rule.evidence, rule.source, rule.page, rule.since)
        for rule in (*RULES, *CATALOGUE_RULES)
    ]
    for code, (name, text) in codes.UNREADABLE.items():
        every.append(_page(code, name, Severity.ERROR, Evidence.OURS, _DEFENCE, text))
    for code, (name, text) in codes.GRAMMAR.items():
        every.append(_page(code, name, Severity.ERROR, Evidence.DOCUMENTED, _GRAMMAR, text))
    for code, (name, text) in codes.META.items():
        every.append(_page(code, name, Severity.WARNING, Evidence.OURS, "vmspec itself", text))
    for code, (name, text) in codes.FLEET.items():
        every.append(_page(code, name, Severity.WARNING, Evidence.LOGIC, _UNIQUE, text))
    return {page.code: page for page in sorted(every, key=lambda page: page.code)}


def find_page(code_or_name: str) -> Page | None:
    """Return the page of a code or name in any case, or None."""
    wanted = code_or_name.strip()
    known = pages().get(wanted.upper())
    if known is not None:
        return known
    return next((page for page in pages().values() if page.name == wanted.lower()), None)


def _page(
    code: str,
    name: str,
    severity: Severity,
    evidence: Evidence,
    source: str,
    text: str,
    since: str = "0.1",
) -> Page:
    words, _, rest = cleandoc(text).partition(_EXAMPLE)
    example, _, instead = rest.partition(_INSTEAD)
    summary, _, why = words.partition("\n\n")
    return Page(
        code=code,
        name=name,
        severity=severity,
        since=since,
        evidence=evidence,
        source=source,
        summary=" ".join(summary.split()),
        why=why.strip(),
        example=_block(example),
        instead=_block(instead),
    )


def _block(text: str) -> str:
    return dedent(text.strip("\n")).rstrip()


def plain_text(page: Page) -> str:
    """Return a page as text for a terminal.

    >>> print(plain_text(pages()["VMS299"]).partition("\\n\\nThis")[0])
    VMS299 rule-crashed: warning, since 0.1
    <BLANKLINE>
    A rule of vmspec raised an exception.
    """
    parts = [f"{page.code} {page.name}: {page.severity}, since {page.since}", fill(page.summary, _WIDTH)]
    parts += [fill(" ".join(paragraph.split()), _WIDTH) for paragraph in page.why.split("\n\n")]
    if page.example:
        parts += ["Example:", _indented(page.example), "Use instead:", _indented(page.instead)]
    parts.append(fill(f"Source ({page.evidence}): {page.source}.", _WIDTH))
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def markdown(page: Page) -> str:
    """Return a page as Markdown."""
    parts = [
        f"# {page.code} {page.name}",
        f"{str(page.severity).capitalize()}, since {page.since}. {page.summary}",
        f"## Why\n\n{page.why}",
    ]
    if page.example:
        parts += [f"## Example\n\n{_fenced(page.example)}", f"## Use instead\n\n{_fenced(page.instead)}"]
    parts.append(f"## Source\n\n{str(page.evidence).capitalize()}: {page.source}.")
    return "\n\n".join(parts) + "\n"


def _fenced(text: str) -> str:
    language = {"<": "xml", "{": "json", "[": "json"}.get(text[0], "text")
    return f"```{language}\n{text}\n```"
