"""A page for each code: what it means, why, an example, what to write instead, what it rests on.

The pages are the docstrings of the rules and the texts of ``codes``. ``docs/rules/`` is made from them:

    python -m vmspec.validation.pages docs/rules
"""

from __future__ import annotations

import sys
from functools import cache
from inspect import cleandoc
from pathlib import Path
from textwrap import dedent, fill

from attrs import frozen

from vmspec import codes
from vmspec.findings import Severity
from vmspec.validation.rules import RULES
from vmspec.validation.rules.registry import Evidence

_EXAMPLE, _INSTEAD = "\nExample:\n", "\nUse instead:\n"
_WIDTH = 80


@frozen
class Page:
    """All that is to be said of one code."""

    code: str
    name: str
    severity: Severity
    since: str
    evidence: Evidence
    source: str
    what: str
    """In one sentence."""
    why: str
    example: str
    """A document, or children of the root of one; empty where none can be shown."""
    instead: str


@cache
def pages() -> dict[str, Page]:
    """The page of each code, in the order of codes."""
    rules = [
        _page(rule.code, rule.name, rule.severity, rule.since, rule.evidence, rule.source, rule.page)
        for rule in RULES
    ]
    error, warning, ours = Severity.ERROR, Severity.WARNING, Evidence.OURS
    gate = [
        _page(code, name, error, "0.1", ours, "safety: vmspec reads what strangers wrote", text)
        for code, (name, text) in codes.LIMITS.items()
    ]
    grammar = [
        _page(code, name, error, "0.1", Evidence.DOCUMENTED, _GRAMMAR_SOURCE, text)
        for code, (name, text) in codes.GRAMMAR.items()
    ]
    notes = [
        _page(code, name, warning, "0.1", ours, "vmspec's own", text)
        for code, (name, text) in codes.META.items()
    ]
    every = sorted([*gate, *grammar, *rules, *notes], key=lambda page: page.code)
    return {page.code: page for page in every}


_GRAMMAR_SOURCE = (
    "the vendor's page on virtual machine specs, the vendor's library, and recorded traffic, put together "
    "in schemas/vmspec.xsd; that the API itself is so strict is not known"
)


def page_of(code_or_name: str) -> Page | None:
    """The page of a code or a name, in letters of any size; None where there is none."""
    wanted = code_or_name.strip()
    known = pages().get(wanted.upper())
    if known is not None:
        return known
    return next((page for page in pages().values() if page.name == wanted.lower()), None)


def _page(
    code: str, name: str, severity: Severity, since: str, evidence: Evidence, source: str, text: str
) -> Page:
    words, _, rest = cleandoc(text).partition(_EXAMPLE)
    example, _, instead = rest.partition(_INSTEAD)
    what, _, why = words.partition("\n\n")
    return Page(
        code=code,
        name=name,
        severity=severity,
        since=since,
        evidence=evidence,
        source=source,
        what=" ".join(what.split()),
        why=why.strip(),
        example=_block(example),
        instead=_block(instead),
    )


def _block(text: str) -> str:
    return dedent(text.strip("\n")).rstrip()


def plain_text(page: Page) -> str:
    """A page for a terminal.

    >>> print(plain_text(pages()["VMS299"]).partition("\\n\\nThat")[0])
    VMS299 rule-crashed: warning, since 0.1
    <BLANKLINE>
    A rule of vmspec ended with an error of its own.
    """
    parts = [f"{page.code} {page.name}: {page.severity}, since {page.since}", fill(page.what, _WIDTH)]
    parts += [fill(" ".join(paragraph.split()), _WIDTH) for paragraph in page.why.split("\n\n")]
    if page.example:
        parts += ["Example:", _indented(page.example), "Use instead:", _indented(page.instead)]
    parts.append(fill(f"Source ({page.evidence}): {page.source}.", _WIDTH))
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def markdown(page: Page) -> str:
    """A page for the docs."""
    parts = [
        f"# {page.code} {page.name}",
        f"{str(page.severity).capitalize()}, since {page.since}. {page.what}",
        f"## Why\n\n{page.why}",
    ]
    if page.example:
        parts += [f"## Example\n\n{_fenced(page.example)}", f"## Use instead\n\n{_fenced(page.instead)}"]
    parts.append(f"## Source\n\n{str(page.evidence).capitalize()}: {page.source}.")
    return "\n\n".join(parts) + "\n"


def _fenced(text: str) -> str:
    language = {"<": "xml", "{": "json", "[": "json"}.get(text[0], "text")
    return f"```{language}\n{text}\n```"


def index() -> str:
    """The page that lists all others."""
    rows = [
        f"| [{page.code}]({page.code}.md) | {page.name} | {page.severity} | {page.evidence} | {page.what} |"
        for page in pages().values()
    ]
    return "\n".join([_INDEX, *rows, ""])


_INDEX = """\
# Codes and rules

`vmspec rules` prints this list, `vmspec explain CODE` the page of one. VMS0xx are about
documents that are not read at all, VMS1xx about what the grammar does not allow, VMS2xx are rules, VMS3xx are
about comments that suppress findings.

What a rule rests on: *documented* (the vendor's pages or API description), *recorded* (traffic with the
API), *vendor's code* (library, command line, Terraform provider), *logic* (it follows from the words),
*inferred* (our own conclusion; the API may see it otherwise), *vmspec* (of vmspec itself).

| code | name | severity | rests on | what it means |
|---|---|---|---|---|"""


def files() -> dict[str, str]:
    """The files of ``docs/rules`` by name."""
    return {"index.md": index()} | {f"{page.code}.md": markdown(page) for page in pages().values()}


def write(folder: Path) -> None:
    """Writes the files of ``docs/rules``, and takes away pages of codes that are no more."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in files():
            old.unlink()
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
