from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..support.command_line import Process, Run
from ..support.documents import BAD, FULL, GOOD, GOOD_JSON, GOOD_YAML, SECRET
from ..support.processes import TERMINAL, terminal_output

OTHER = GOOD.replace("rock-3", "rock-4").replace(
    "  <Hostname>\n", "  <Tags><Tag>a</Tag><Tag>b</Tag></Tags>\n  <Hostname>\n", 1
)
SAME_BUT_ORDER = OTHER.replace("<Tag>a</Tag><Tag>b</Tag>", "<Tag>b</Tag><Tag>a</Tag><Tag>b</Tag>")


@pytest.fixture
def specs(folder: Path) -> Path:
    for name, text in {"a.xml": GOOD, "a.json": GOOD_JSON, "a.yaml": GOOD_YAML, "b.xml": OTHER}.items():
        (folder / name).write_text(text)
    return folder


class TestTextOutput:
    def test_each_difference_has_a_line(self, run: Run, specs: Path) -> None:
        result = run("diff", "a.xml", "b.xml")
        assert result.out == (
            "resources.package: permalink rock-3 -> permalink rock-4\n"
            "tags: absent -> 'a'\n"
            "tags: absent -> 'b'\n"
        )
        assert (result.code, result.err) == (0, "3 differences\n")

    def test_equal_specs_of_different_formats_have_no_lines(self, run: Run, specs: Path) -> None:
        for other in ("a.xml", "a.json", "a.yaml"):
            result = run("diff", "--exit-code", "a.xml", other)
            assert (result.code, result.out, result.err) == (0, "", "no difference\n")

    def test_order_of_tags_is_not_a_difference(self, run: Run, specs: Path) -> None:
        (specs / "c.xml").write_text(SAME_BUT_ORDER)
        assert run("diff", "--exit-code", "b.xml", "c.xml").code == 0

    def test_lines_are_coloured_on_a_terminal(self, specs: Path) -> None:
        shown = terminal_output(["diff", "a.xml", "b.xml"], TERMINAL)
        assert "\x1b[33mresources.package: permalink rock-3 -> permalink rock-4\x1b[0m" in shown
        assert "\x1b[32mtags: absent -> 'a'\x1b[0m" in shown
        assert "\x1b[31mtags: 'a' -> absent\x1b[0m" in terminal_output(["diff", "b.xml", "a.xml"], TERMINAL)
        assert "\x1b[3" not in terminal_output(["diff", "a.xml", "b.xml"], TERMINAL | {"NO_COLOR": "1"})

    def test_control_characters_are_escaped(self, run: Run, specs: Path) -> None:
        lookup = GOOD.replace("rock-3", "rock&#x9b;2J")
        (specs / "c.xml").write_text(lookup.replace("web-1", "web&#x202e;"))
        out = run("diff", "a.xml", "c.xml").out
        assert r"rock\x9b2J" in out
        assert r"'web\u202e'" in out
        assert not {"\x9b", "\u202e"} & set(out)


class TestJSONOutput:
    def test_change_has_path_and_both_values(self, run: Run, specs: Path) -> None:
        result = run("diff", "--output-format", "json", "a.xml", "b.xml")
        assert json.loads(result.out) == {
            "version": 1,
            "changes": [
                {
                    "path": "resources.package",
                    "before": {"permalink": "rock-3"},
                    "after": {"permalink": "rock-4"},
                },
                {"path": "tags", "before": None, "after": "a"},
                {"path": "tags", "before": None, "after": "b"},
            ],
        }
        assert (result.code, result.err) == (0, "")

    def test_numbers_booleans_and_empty_elements_are_distinct(self, run: Run, specs: Path) -> None:
        (specs / "a.xml").write_text("<VirtualMachineSpec><Zone>z</Zone></VirtualMachineSpec>")
        (specs / "b.yaml").write_text(
            "zone: {id: z}\nresources: {}\nsystem_disks: [{size: 20}]\nauthorized_keys: {all_users: true}\n"
        )
        changes = json.loads(run("diff", "--output-format", "json", "a.xml", "b.yaml").out)["changes"]
        assert {change["path"]: change["after"] for change in changes} == {
            "resources": {},
            "system_disks[0].size": 20,
            "authorized_keys.all_users": True,
        }

    def test_version_is_written_as_in_a_json_document(self, run: Run, specs: Path) -> None:
        (specs / "a.yaml").write_text("disk_template: {id: dtpl_1, version: 3}")
        (specs / "b.yaml").write_text("disk_template: {permalink: a/b, version: {id: dtv_1}}")
        changes = json.loads(run("diff", "--output-format", "json", "a.yaml", "b.yaml").out)["changes"]
        assert changes == [
            {
                "path": "disk_template.template",
                "before": {"id": "dtpl_1"},
                "after": {"permalink": "a/b"},
            },
            {"path": "disk_template.version", "before": 3, "after": {"id": "dtv_1"}},
        ]

    def test_equal_specs_have_no_changes(self, run: Run, specs: Path) -> None:
        result = run("diff", "--output-format", "json", "a.xml", "a.yaml")
        assert json.loads(result.out) == {"version": 1, "changes": []}

    def test_output_is_ascii(self, run: Run, specs: Path) -> None:
        (specs / "b.xml").write_text(GOOD.replace("web-1", "wéb-1"), encoding="utf-8")
        assert run("diff", "--output-format", "json", "a.xml", "b.xml").out.isascii()


class TestExitCode:
    def test_exit_code_option_returns_1_for_differences(self, run: Run, specs: Path) -> None:
        assert run("diff", "--exit-code", "a.xml", "b.xml").code == 1
        assert run("diff", "--exit-code", "--output-format", "json", "a.xml", "b.xml").code == 1

    def test_documents_with_errors_return_1_and_both_are_reported(self, run: Run, specs: Path) -> None:
        (specs / "bad.xml").write_text(BAD)
        (specs / "worse.xml").write_text("<Machine/>")
        result = run("diff", "bad.xml", "worse.xml")
        assert (result.code, result.out) == (1, "")
        assert "bad.xml:5:6: error VMS102" in result.err
        assert "worse.xml:1:2: error VMS101" in result.err

    def test_unreadable_path_returns_2(self, run: Run, specs: Path) -> None:
        (specs / "bad.xml").write_text(BAD)
        for paths in (("missing.xml", "bad.xml"), ("bad.xml", "missing.xml")):
            result = run("diff", *paths)
            assert (result.code, result.out) == (2, "")
            assert "error: missing.xml: No such file or directory\n" in result.err

    def test_wrong_use_returns_2(self, run: Run, specs: Path) -> None:
        assert run("diff", "-", "-", stdin=GOOD.encode()).code == 2
        assert run("diff", "a.xml").code == 2


def test_one_side_may_be_standard_input(run: Run, specs: Path) -> None:
    for paths in (("-", "b.xml"), ("b.xml", "-")):
        result = run("diff", "--exit-code", *paths, stdin=GOOD_YAML.encode())
        assert (result.code, result.err) == (1, "3 differences\n")


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_secrets_are_masked(run: Run, specs: Path, output_format: str) -> None:
    (specs / "full.xml").write_text(FULL)
    (specs / "changed.xml").write_text(FULL.replace(SECRET, f"{SECRET}-2"))
    for other in ("a.xml", "changed.xml"):
        result = run("diff", "--output-format", output_format, "full.xml", other)
        assert "***" in result.out
        assert SECRET not in result.out + result.err


def test_start_loads_nothing_heavy(process: Process, specs: Path) -> None:
    result = process("diff", "a.xml", "b.xml", env={"PYTHONPROFILEIMPORTTIME": "1"})
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.decode().splitlines()}
    assert "vmspec.model.diff" in loaded
    assert not {"rich", "httpx", "xmlschema", "yaml"} & loaded


class TestFolders:
    @pytest.fixture
    def pair(self, folder: Path) -> Path:
        files = {
            "old/same.xml": GOOD,
            "new/same.yaml": GOOD_YAML,
            "old/db/changed.xml": GOOD,
            "new/db/changed.xml": OTHER,
            "old/gone.json": GOOD_JSON,
            "new/more.json": GOOD_JSON,
            "new/README.yaml": "replicas: 3\n",
        }
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder

    def test_files_are_compared_by_path_without_suffix(self, run: Run, pair: Path) -> None:
        result = run("diff", "old", "new", "--exit-code")
        assert (result.code, result.err) == (1, "3 files with differences\n")
        assert result.out == (
            "db/changed.xml\n"
            "  resources.package: permalink rock-3 -> permalink rock-4\n"
            "  tags: absent -> 'a'\n"
            "  tags: absent -> 'b'\n"
            "gone.json: removed\n"
            "more.json: added\n"
        )
        assert run("diff", "old", "new").code == 0

    def test_json_lists_the_files_that_differ(self, run: Run, pair: Path) -> None:
        listed = json.loads(run("diff", "old", "new", "--output-format", "json").out)
        assert listed["version"] == 1
        assert [(file["path"], file["kind"], len(file["changes"])) for file in listed["files"]] == [
            ("db/changed.xml", "changed", 3),
            ("gone.json", "removed", 0),
            ("more.json", "added", 0),
        ]

    def test_equal_folders_have_no_difference(self, run: Run, pair: Path) -> None:
        result = run("diff", "old", "old", "--exit-code")
        assert (result.code, result.out, result.err) == (0, "", "no difference\n")

    def test_file_with_the_same_suffix_has_precedence(self, run: Run, pair: Path) -> None:
        (pair / "new/same.xml").write_text(OTHER)
        result = run("diff", "old", "new")
        assert result.out.endswith("more.json: added\nsame.xml\n" + result.out.partition("same.xml\n")[2])
        assert result.out.endswith("same.yaml: added\n")

    def test_folder_and_file_cannot_be_compared(self, run: Run, pair: Path) -> None:
        result = run("diff", "old", "new/more.json")
        assert (result.code, "A folder can be compared with a folder only." in result.err) == (2, True)

    def test_invalid_document_returns_1(self, run: Run, pair: Path) -> None:
        (pair / "new/bad.xml").write_text(BAD)
        result = run("diff", "old", "new")
        assert result.code == 1
        assert "new/bad.xml:5:6: error VMS102" in result.err
