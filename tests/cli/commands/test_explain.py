from __future__ import annotations

import json

import pytest

from vmspec.validation.pages import pages, plain_text

from ..support.command_line import Run


class TestExplain:
    @pytest.mark.parametrize("code", ["VMS242", "vms242", "small-disk"])
    def test_page_is_found_by_code_or_name(self, run: Run, code: str) -> None:
        result = run("explain", code)
        assert (result.code, result.err) == (0, "")
        assert result.out == plain_text(pages()["VMS242"]) + "\n"
        assert "    <Size>5</Size>\n" in result.out
        assert "Source (vendor's code): the vendor's Terraform provider" in result.out

    @pytest.mark.parametrize("code", [*pages()])
    def test_every_code_has_a_page(self, run: Run, code: str) -> None:
        assert run("explain", code).out.startswith(f"{code} {pages()[code].name}: ")

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("hostname-in-captials", "; did you mean hostname-in-capitals?"),
            ("VMS999", "; vmspec rules lists all"),
            ("\x1b[31m", "; vmspec rules lists all"),
        ],
    )
    def test_unknown_code_is_a_usage_error(self, run: Run, code: str, words: str) -> None:
        result = run("explain", code)
        assert (result.code, result.out) == (2, "")
        assert result.err.rstrip().endswith(words)
        assert "\x1b" not in result.err


class TestRules:
    def test_rules_are_listed_by_code(self, run: Run) -> None:
        result = run("rules")
        lines = [line.split(maxsplit=3) for line in result.out.splitlines()]
        assert (result.code, result.err) == (0, "")
        assert [tuple(line) for line in lines] == [
            (page.code, page.name, str(page.severity), page.summary) for page in pages().values()
        ]
        assert [code for code, *_ in lines] == sorted(pages())

    def test_rules_are_listed_as_json(self, run: Run) -> None:
        listing = json.loads(run("rules", "--output-format", "json").out)
        assert listing["version"] == 1
        assert [rule["code"] for rule in listing["rules"]] == sorted(pages())
        assert listing["rules"][6] == {
            "code": "VMS101",
            "name": "wrong-root",
            "severity": "error",
            "since": "0.1",
            "evidence": "documented",
            "summary": "The root element is not `<VirtualMachineSpec>`.",
        }
