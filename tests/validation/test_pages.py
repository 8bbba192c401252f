"""Every code has a page, and its examples are true."""

from __future__ import annotations

import pytest

from tests.support.catalogues import EXAMPLE
from vmspec import codes, validate
from vmspec.findings import Severity
from vmspec.validation.catalogue import CATALOGUE_RULES
from vmspec.validation.pages import Page, find_page, pages, plain_text
from vmspec.validation.rules import RULES
from vmspec.version import __version__

from .documents import whole

PAGES = [pytest.param(page, id=page.code) for page in pages().values()]
WITHOUT_EXAMPLE = {"VMS229", "VMS299", "VMS433", "VMS451"}
"""Codes that no short document can show: some depend on what exists, or on the date."""

NOT_OF_ONE_DOCUMENT = {codes.UNKNOWN_FORMAT, *codes.FLEET}


def document(example: str) -> str:
    is_whole = example.startswith(("<?xml", "<!DOCTYPE", "<VirtualMachine", "[", "{"))
    return example if is_whole else f"<VirtualMachineSpec>\n{example}\n</VirtualMachineSpec>"


def found_in(code: str, example: str) -> set[str]:
    catalogue = EXAMPLE if code > "VMS410" else None
    return {finding.code for finding in validate(document(example), catalogue=catalogue).findings}


@pytest.mark.parametrize("page", PAGES)
class TestEachPage:
    def test_is_complete(self, page: Page) -> None:
        assert page.summary.endswith(".")
        assert page.why.endswith(".")
        assert page.source
        assert bool(page.example) is bool(page.instead) is (page.code not in WITHOUT_EXAMPLE)

    def test_example_has_the_finding_and_the_alternative_does_not(self, page: Page) -> None:
        if page.code in WITHOUT_EXAMPLE | NOT_OF_ONE_DOCUMENT:
            pytest.skip("validate does not report it")
        assert page.code in found_in(page.code, page.example)
        assert page.code not in found_in(page.code, page.instead)

    def test_is_found_by_code_and_name(self, page: Page) -> None:
        assert find_page(page.code) == find_page(page.code.lower()) == find_page(page.name) == page

    def test_fits_a_terminal(self, page: Page) -> None:
        text = plain_text(page)
        assert text.startswith(f"{page.code} {page.name}: {page.severity}, since {page.since}\n")
        assert max(map(len, text.splitlines())) <= 100


def test_alternatives_have_no_errors() -> None:
    for rule in RULES:
        page = pages()[rule.code]
        if not page.instead.startswith("<VirtualMachineSpec"):
            findings = validate(
                whole(page.instead, without="DataCenter" if "<Zone" in page.instead else "")
            ).findings
            assert [finding.code for finding in findings if finding.severity is Severity.ERROR] == []


def test_all_codes_have_a_page() -> None:
    defined = codes.UNREADABLE | codes.GRAMMAR | codes.META | codes.FLEET
    assert pages().keys() == defined.keys() | {rule.code for rule in (*RULES, *CATALOGUE_RULES)}
    assert len({page.name for page in pages().values()}) == len(pages())


def test_unknown_codes_have_no_page() -> None:
    assert find_page("VMS000") is None
    assert find_page("") is None


@pytest.mark.parametrize("page", PAGES)
def test_no_rule_is_newer_than_this_version(page: Page) -> None:
    assert [int(number) for number in page.since.split(".")] <= [int(n) for n in __version__.split(".")]
