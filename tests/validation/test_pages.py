"""Every code has a page, what it shows is true, and docs/rules is made from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmspec import codes, validate
from vmspec.documents import messages
from vmspec.findings import Severity
from vmspec.validation.pages import Page, files, page_of, pages, plain_text
from vmspec.validation.rules import RULES
from vmspec.version import __version__

from .documents import whole

DOCS = Path(__file__).parents[2] / "docs" / "rules"

PAGES = [pytest.param(page, id=page.code) for page in pages().values()]
NOT_SHOWN = {"VMS299"}
"""A mistake in vmspec has no document for an example."""

FOUND_BY_THE_COMMAND_LINE = {messages.UNKNOWN_FORMAT}


def document(example: str) -> str:
    is_whole = example.startswith(("<?xml", "<!DOCTYPE", "<VirtualMachine", "[", "{"))
    return example if is_whole else f"<VirtualMachineSpec>\n{example}\n</VirtualMachineSpec>"


def found_in(example: str) -> set[str]:
    return {finding.code for finding in validate(document(example)).findings}


@pytest.mark.parametrize("page", PAGES)
class TestEachPage:
    def test_is_complete(self, page: Page) -> None:
        assert page.what.endswith(".")
        assert page.why.endswith(".")
        assert page.source
        assert bool(page.example) is bool(page.instead) is (page.code not in NOT_SHOWN)

    def test_shows_a_bad_example_that_is_bad_and_a_good_one_that_is_not(self, page: Page) -> None:
        if page.code in NOT_SHOWN | FOUND_BY_THE_COMMAND_LINE:
            pytest.skip("no document has it")
        assert page.code in found_in(page.example)
        assert page.code not in found_in(page.instead)

    def test_is_found_by_code_and_name(self, page: Page) -> None:
        assert page_of(page.code) == page_of(page.code.lower()) == page_of(page.name) == page

    def test_fits_a_terminal(self, page: Page) -> None:
        text = plain_text(page)
        assert text.startswith(f"{page.code} {page.name}: {page.severity}, since {page.since}\n")
        assert max(map(len, text.splitlines())) <= 100


def test_examples_of_rules_have_no_other_error_than_theirs() -> None:
    for rule in RULES:
        page = pages()[rule.code]
        if not page.instead.startswith("<VirtualMachineSpec"):
            findings = validate(
                whole(page.instead, without="DataCenter" if "<Zone" in page.instead else "")
            ).findings
            assert [finding.code for finding in findings if finding.severity is Severity.ERROR] == []


def test_all_codes_have_a_page() -> None:
    of_words = {
        value for name, value in vars(messages).items() if name.isupper() and str(value).startswith("VMS")
    }
    of_notes = {
        value for name, value in vars(codes).items() if name.isupper() and str(value).startswith("VMS")
    }
    assert pages().keys() == of_words | of_notes | {rule.code for rule in RULES}
    assert len({page.name for page in pages().values()}) == len(pages())


def test_there_is_no_page_of_nonsense() -> None:
    assert page_of("VMS000") is None
    assert page_of("") is None


def test_docs_are_current() -> None:
    """Else run: python -m vmspec.validation.pages docs/rules."""
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCS.iterdir()}
    assert written == files()


@pytest.mark.parametrize("page", PAGES)
def test_no_rule_is_younger_than_this_version(page: Page) -> None:
    assert [int(number) for number in page.since.split(".")] <= [int(n) for n in __version__.split(".")]
