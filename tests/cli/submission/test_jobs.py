"""Documents of a command line: what is checked before the first is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vmspec.sandbox import Catalogue
from vmspec.sandbox.catalogue import PolicyLimits

from ..support.api import Api, read_entries, submissions
from ..support.command_line import WEB_XML, Run
from ..support.documents import BAD_LINES, NOTE


class TestNothingIsSent:
    def test_one_file_with_errors(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        (folder / "bad.xml").write_text(WEB_XML.replace("Package", "Packge"))
        result = submit(web, "bad.xml")
        assert (result.code, result.out, api.requests) == (1, "", [])
        assert result.err == (
            BAD_LINES.format(name="bad.xml")
            + "1 error in 1 of 2 files\nerror: nothing was sent: there are errors\n"
            + NOTE
        )

    def test_json_for_one_file_with_errors(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        (folder / "bad.xml").write_text(WEB_XML.replace("Package", "Packge"))
        result = submit(web, "bad.xml", "--output-format", "json")
        nothing = {
            "new": False,
            "submission_id": None,
            "build_id": None,
            "task_id": None,
            "virtual_machine": None,
            "annotations": {},
        }
        held_back = {"code": None, "message": "nothing was sent: there are errors", "request_id": None}
        finding = "5:6: <Resources> has no child <Packge>; did you mean <Package>?"
        assert submissions(result.out) == [
            {"path": "web.xml", "outcome": "not_sent", **nothing, "error": held_back},
            {
                "path": "bad.xml",
                "outcome": "invalid",
                **nothing,
                "error": {"code": "VMS102", "message": finding, "request_id": None},
            },
        ]

    def test_unreadable_path(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "nope.xml")
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert result.err.startswith("error: nope.xml: No such file or directory\n")

    def test_misspelt_root_element_in_a_folder(self, api: Api, submit: Run, web: str, folder: Path) -> None:
        (folder / "web-2.xml").write_text(WEB_XML.replace("VirtualMachineSpec>", "VirtualMachineSpecs>"))
        result = submit(".")
        assert (result.code, result.out, api.requests) == (1, "", [])
        assert "web-2.xml:2:2: error VMS101 " in result.err

    def test_folder_without_specs(self, api: Api, submit: Run, folder: Path) -> None:
        result = submit(".")
        assert (result.code, result.err) == (2, "error: nothing was sent: no specs were found\n")

    def test_named_file_that_is_not_a_spec(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "notes.txt").write_text("notes")
        assert (submit("notes.txt").code, api.requests) == (1, [])

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--timeout", "0"], "--timeout"),
            (["--timeout", "nan"], "not a number of seconds"),
            (["--poll", "-1"], "--poll"),
            (["--annotation", "a=1", "--annotation", "a=2"], "given twice"),
            (["--annotation", "vmspec.key=1"], "vmspec.key"),
            (["--annotation", "=1"], "must not be empty"),
            (["--api-url", "http://api.katapult.test/core/v1"], "https only"),
            (["--organization", "a b"], "the organization is"),
            (["--ca-bundle", "nope.pem"], "CA bundle"),
            (["--sandbox", "--organization", "acme"], "--sandbox takes no --organization"),
        ],
    )
    def test_invalid_options(self, api: Api, run: Run, web: str, arguments: list[str], words: str) -> None:
        result = run("submit", web, *arguments)
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert words in result.err

    def test_documents_that_clash(self, api: Api, submit: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(WEB_XML)
        (folder / "b.xml").write_text(WEB_XML.replace("web-1", "WEB-1"))
        result = submit("a.xml", "b.xml")
        assert (result.code, result.out, api.requests) == (1, "", [])
        assert result.err.endswith(
            "error: hostname web-1 is claimed by a.xml and by b.xml\n"
            "error: nothing was sent: documents clash\n"
        )

    @pytest.mark.parametrize("names", [["web.xml", "web.xml"], ["web.xml", "."], ["web.xml", "link.xml"]])
    def test_file_named_twice(self, api: Api, submit: Run, web: str, folder: Path, names: list[str]) -> None:
        (folder / "link.xml").symlink_to("web.xml")
        result = submit(*names)
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert result.err.endswith("named twice\nerror: nothing was sent: a document is named twice\n")


def test_skipped_files_of_a_folder_are_named(api: Api, submit: Run, web: str, folder: Path) -> None:
    (folder / "utf.xml").write_bytes(WEB_XML.encode("utf-16"))
    (folder / "slip.yaml").write_text("resorces:\n  package: {permalink: rock-3}\nhostname: web-1\n")
    result = submit(".", "--no-wait")
    assert (result.code, api.posts) == (0, [201])
    assert result.err.startswith(
        "skipped: slip.yaml: not a spec, as far as its content shows\n"
        "skipped: utf.xml: not a spec, as far as its content shows\n"
    )


def keys(journal: Path) -> list[str | None]:
    return [entry.key for entry in read_entries(journal)]


class TestKeys:
    def test_single_file_has_the_key_itself(self, api: Api, submit: Run, web: str, own_journal: Path) -> None:
        result = submit(web, "--key", "prod/web", "--no-wait", "--output-format", "json")
        (one,) = submissions(result.out)
        assert one["annotations"]["vmspec.key"] == "prod/web"
        assert keys(own_journal) == ["prod/web"]

    def test_standard_input_has_the_key_itself(self, api: Api, submit: Run, own_journal: Path) -> None:
        assert submit("-", "--key", "k", "--no-wait", stdin=WEB_XML.encode()).code == 0
        assert keys(own_journal) == ["k"]

    @pytest.mark.parametrize(
        ("arguments", "wanted"),
        [
            (["specs"], ["k/a.xml", "k/deep/b.xml"]),
            (["./specs/"], ["k/a.xml", "k/deep/b.xml"]),
            (["specs/deep"], ["k/b.xml"]),
            (["specs/**/*.xml"], ["k/a.xml", "k/deep/b.xml"]),
            (["specs/a.xml", "specs/deep/b.xml"], ["k/a.xml", "k/b.xml"]),
            (["specs/a.xml", "specs/deep"], ["k/a.xml", "k/b.xml"]),
        ],
    )
    def test_each_of_several_files_has_its_path_below_the_argument(
        self, api: Api, submit: Run, folder: Path, own_journal: Path, arguments: list[str], wanted: list[str]
    ) -> None:
        (folder / "specs" / "deep").mkdir(parents=True)
        (folder / "specs" / "a.xml").write_text(WEB_XML)
        (folder / "specs" / "deep" / "b.xml").write_text(WEB_XML.replace("web-1", "web-2"))
        assert submit(*arguments, "--key", "k", "--no-wait").code == 0
        assert sorted(keys(own_journal)) == wanted

    def test_shared_key_is_rejected(self, api: Api, submit: Run, folder: Path) -> None:
        for name in ("one", "two"):
            (folder / name).mkdir()
            (folder / name / "web.xml").write_text(WEB_XML)
        result = submit("one", "two", "--key", "k")
        assert (result.code, result.out, api.requests) == (2, "", [])
        assert result.err == (
            "error: two/web.xml: has the same key as one/web.xml: k/web.xml\n"
            "error: nothing was sent: two documents would have the same key\n"
        )

    def test_empty_key_is_a_usage_error(self, api: Api, submit: Run, web: str) -> None:
        result = submit(web, "--key", "")
        assert (result.code, api.requests) == (2, [])
        assert "--key" in result.err


class TestSelection:
    """Findings count as they do for ``vmspec validate``."""

    @pytest.fixture
    def capitals(self, folder: Path) -> str:
        (folder / "web.xml").write_text(WEB_XML.replace("web-1", "WEB-1"))
        return "web.xml"

    @pytest.mark.parametrize(
        ("options", "code", "is_shown"),
        [
            ([], 0, True),
            (["--fail-on", "warning"], 1, True),
            (["--fail-on", "warning", "--ignore", "VMS231"], 0, False),
            (["--fail-on", "warning", "--select", "VMS301,VMS302"], 0, False),
        ],
    )
    def test_options(
        self, api: Api, submit: Run, run: Run, capitals: str, options: list[str], code: int, is_shown: bool
    ) -> None:
        result = submit(capitals, "--no-wait", *options)
        assert (result.code, bool(api.requests)) == (code, not code)
        assert ("VMS231" in result.err) == is_shown
        assert run("validate", capitals, *options).code == code

    def test_failing_warning_is_in_the_json(self, api: Api, submit: Run, capitals: str) -> None:
        result = submit(capitals, "--fail-on", "warning", "--output-format", "json")
        (one,) = submissions(result.out)
        assert (one["outcome"], one["error"]["code"]) == ("invalid", "VMS231")
        assert "error: nothing was sent: there are findings of severity warning or higher\n" in result.err

    @pytest.mark.parametrize(
        ("settings", "code"), [('severity = { VMS231 = "error" }', 1), ('ignore = ["VMS231"]', 0)]
    )
    def test_project_settings(
        self, api: Api, submit: Run, capitals: str, folder: Path, settings: str, code: int
    ) -> None:
        (folder / "pyproject.toml").write_text(f"[tool.vmspec]\n{settings}\n")
        result = submit(capitals, "--no-wait")
        assert (result.code, bool(api.requests)) == (code, not code)
        assert ("VMS231" in result.err) == bool(code)

    def test_unknown_code_is_a_usage_error(self, api: Api, submit: Run, web: str) -> None:
        assert (submit(web, "--ignore", "nonsense").code, api.requests) == (2, [])


def test_max_machines_sends_nothing(api: Api, submit: Run, folder: Path) -> None:
    for number in range(3):
        (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
    result = submit(".", "--max-machines", "2", "--output-format", "json")
    assert (result.code, api.posts) == (4, [])
    assert [one["outcome"] for one in submissions(result.out)] == ["not_sent"] * 3
    assert result.err == "error: nothing was sent: 3 machines are more than the limit of 2\n"
    assert submit(".", "--max-machines", "3", "--no-wait").code == 0


def test_limit_of_the_organization_sends_nothing(
    serve: Callable[..., Api], submit: Run, folder: Path
) -> None:
    limits = PolicyLimits(maximum_virtual_machines=3)
    api = serve(catalogue=Catalogue(policy_limits=limits))
    for number in range(3):
        (folder / f"{number}.xml").write_text(WEB_XML.replace("web-1", f"web-{number}"))
    assert submit("0.xml", "1.xml", "--key", "k", "--no-wait").code == 0
    result = submit(".", "--no-wait")
    assert (result.code, api.posts) == (4, [201, 201])
    words = "3 new machines are more than the organization may have: 2 of 3 are there"
    assert result.err == f"error: nothing was sent: {words}\n"
    assert submit(".", "--key", "k", "--no-wait").code == 0
    assert api.posts == [201] * 3
