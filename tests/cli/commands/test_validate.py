from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from vmspec.cli.output.snippets import MASK_NOTE

from ..support.command_line import Process, Run
from ..support.documents import BAD, BAD_LINES, FINE, FINE_JSON, FINE_YAML, GOOD, NOTE


@pytest.fixture
def repository(folder: Path) -> Path:
    """A folder with specs in every format among files of other kinds."""
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "a.xml").write_text(FINE)
    (folder / "b" / "deep" / "web.JSON").write_text(FINE_JSON.replace("web-1", "web-2"))
    (folder / "b" / "z.yml").write_text(FINE_YAML.replace("web-1", "web-3"))
    (folder / "b" / "pom.xml").write_text("<project/>")
    (folder / "b" / "package.json").write_text("not even JSON")
    (folder / "b" / "notes.txt").write_text(BAD)
    (folder / "c.yaml").write_text(BAD.replace(BAD, "resources: {packge: x}\nhostname: web\n"))
    (folder / ".hidden.xml").write_text(BAD)
    (folder / ".git" / "config.xml").write_text(BAD)
    (folder / "link.xml").symlink_to("a.xml")
    (folder / "loop").symlink_to(".")
    return folder


class TestText:
    def test_valid_file_prints_only_a_summary(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(FINE)
        result = run("validate", "web.xml")
        assert (result.code, result.out, result.err) == (0, "", "nothing found in 1 file\n")

    def test_finding_has_place_message_hint_and_snippet(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(BAD)
        result = run("validate", "web.xml")
        assert (result.code, result.out) == (1, BAD_LINES.format(name="web.xml"))
        assert result.err == "1 error in 1 file\n" + NOTE

    def test_all_findings_of_all_files_are_printed(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(BAD)
        (folder / "web.yaml").write_text(FINE_YAML.replace("permalink", "slug"))
        (folder / "good.json").write_text(FINE_JSON)
        result = run("validate", "web.xml", "web.yaml", "good.json")
        places = [line.split(" ")[0] for line in result.out.splitlines() if " error " in line]
        assert places == ["web.xml:5:6:", "web.yaml:2:3:", "web.yaml:5:5:"]
        assert (result.code, result.err) == (1, "3 errors in 2 of 3 files\n" + NOTE)

    def test_standard_input_is_read(self, run: Run) -> None:
        result = run("validate", "-", stdin=BAD.encode())
        assert (result.code, result.out) == (1, BAD_LINES.format(name="-"))
        assert run("validate", "-", stdin=FINE_JSON.encode()).code == 0

    def test_standard_input_counts_as_a_spec_whatever_its_content(self, run: Run) -> None:
        assert "VMS101" in run("validate", "-", stdin=b"<Machine/>").out

    @pytest.mark.parametrize("engine", ["libxml2", "xmlschema"])
    def test_engine_can_be_chosen(self, run: Run, folder: Path, engine: str) -> None:
        (folder / "web.xml").write_text(FINE)
        assert run("validate", "--engine", engine, "web.xml").code == 0


class TestJSON:
    def test_json_lists_every_file_and_finding(self, run: Run, folder: Path) -> None:
        (folder / "bad.xml").write_text(BAD)
        (folder / "web.xml").write_text(FINE)
        result = run("validate", "--output-format", "json", "bad.xml", "web.xml")
        finding = {
            "code": "VMS102",
            "severity": "error",
            "message": "<Resources> has no child <Packge>",
            "path": "resources.Packge",
            "line": 5,
            "column": 6,
            "end_line": 5,
            "end_column": 12,
            "hint": "did you mean <Package>?",
        }
        assert json.loads(result.out) == {
            "version": 1,
            "files": [
                {"path": "bad.xml", "ok": False, "findings": [finding]},
                {"path": "web.xml", "ok": True, "findings": []},
            ],
        }
        assert (result.code, result.err) == (1, "1 error in 1 of 2 files\n")

    def test_json_is_ascii(self, run: Run, folder: Path) -> None:
        (folder / "wéb.xml").write_text(BAD.replace("Packge", "Päckäge"), encoding="utf-8")
        result = run("validate", "--output-format", "json", "wéb.xml")
        assert result.out.isascii()
        [file] = json.loads(result.out)["files"]
        assert file["path"] == "wéb.xml"
        assert file["findings"][0]["message"] == "<Resources> has no child <Päckäge>"

    def test_json_of_an_empty_folder_has_no_files(self, run: Run, folder: Path) -> None:
        assert json.loads(run("validate", "--output-format", "json", ".").out) == {"version": 1, "files": []}


class TestFolders:
    def test_folder_is_searched_for_specs(self, run: Run, repository: Path) -> None:
        result = run("validate", "--output-format", "json", ".")
        found = [(file["path"], file["ok"]) for file in json.loads(result.out)["files"]]
        assert found == [("a.xml", True), ("b/deep/web.JSON", True), ("b/z.yml", True), ("c.yaml", False)]
        assert result.err == "1 error in 1 of 4 files, 2 other files skipped\n"

    def test_named_folder_may_be_hidden_or_linked(self, run: Run, repository: Path) -> None:
        assert "config.xml:5:6" in run("validate", ".git").out
        assert run("validate", "loop/b").err == "nothing found in 2 files, 2 other files skipped\n"

    def test_verbose_names_skipped_files(self, run: Run, folder: Path) -> None:
        (folder / "pom.xml").write_text("<project/>")
        (folder / "web.yaml").write_text("resorces:\n  package: {permalink: rock-3}\nhostname: web-1\n")
        result = run("validate", "-v", ".")
        assert (result.code, result.err) == (
            0,
            "skipped: pom.xml: not a spec, as far as its content shows\n"
            "skipped: web.yaml: not a spec, as far as its content shows\n"
            "no specs checked, 2 other files skipped\n",
        )

    @pytest.mark.parametrize("root", ["VirtualMachineSpecs", "virtualmachinespec"])
    def test_file_with_a_misspelt_root_is_named(self, run: Run, folder: Path, root: str) -> None:
        (folder / "web.xml").write_text(f"<{root}/>\n")
        assert run("validate", ".").err == (
            "skipped: web.xml: misspelt root element? expected <VirtualMachineSpec>\n"
            "no specs checked, 1 other file skipped\n"
        )
        assert "skipped: " not in run("validate", "--skip-foreign", ".").err
        assert run("validate", "--quiet", ".").err == ""
        assert run("validate", "web.xml").code == 1

    def test_folder_without_specs_is_fine(self, run: Run, folder: Path) -> None:
        assert run("validate", ".").code == 0

    def test_deeply_nested_folders_are_searched(self, run: Run, folder: Path) -> None:
        deepest = folder
        for _ in range(sys.getrecursionlimit() + 100):
            deepest /= "d"
            deepest.mkdir()
        (deepest / "web.xml").write_text(BAD)
        try:
            assert run("validate", ".").err == "1 error in 1 file\n" + NOTE
        finally:
            (deepest / "web.xml").unlink()
            while deepest != folder:  # pytest's own cleaning cannot go so deep
                deepest.rmdir()
                deepest = deepest.parent


class TestPatterns:
    def test_pattern_is_expanded(self, run: Run, repository: Path) -> None:
        result = run("validate", "--output-format", "json", "**/*.xml", "b/*.y[ma]l")
        assert [file["path"] for file in json.loads(result.out)["files"]] == ["a.xml", "b/z.yml"]
        assert result.err == "nothing found in 2 files, 1 other file skipped\n"

    def test_pattern_without_a_match_is_an_error(self, run: Run, repository: Path) -> None:
        result = run("validate", "specs/*.xml", "*.conf")
        assert result.code == 2
        assert result.err.splitlines() == [
            "error: specs: No such file or directory",
            "error: *.conf: matches no file",
            "no specs checked, 2 paths could not be read",
        ]


class TestGitignore:
    def test_files_ignored_by_git_are_left_out(self, run: Run, repository: Path) -> None:
        (repository / ".gitignore").write_text("deep/\n*.yaml\n!b/z.yml\n")
        result = run("validate", "--output-format", "json", ".")
        assert [file["path"] for file in json.loads(result.out)["files"]] == ["a.xml", "b/z.yml"]
        assert "c.yaml" in run("validate", "c.yaml").out


class TestSeverities:
    """Severities, and the exit code."""

    @pytest.mark.parametrize(
        ("fail_on", "severity", "code"),
        [
            ("error", "error", 1),
            ("error", "warning", 0),
            ("error", "info", 0),
            ("warning", "error", 1),
            ("warning", "warning", 1),
            ("warning", "info", 0),
            ("info", "error", 1),
            ("info", "warning", 1),
            ("info", "info", 1),
        ],
    )
    def test_fail_on(self, run: Run, folder: Path, fail_on: str, severity: str, code: int) -> None:
        (folder / "pyproject.toml").write_text(f'[tool.vmspec]\nseverity = {{ VMS224 = "{severity}" }}\n')
        (folder / "web.xml").write_text(GOOD)
        result = run("validate", "--fail-on", fail_on, "web.xml")
        assert (result.code, f" {severity} VMS224 " in result.out) == (code, True)

    def test_fail_on_info_passes_without_findings(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(FINE)
        assert run("validate", "--fail-on", "info", "web.xml").code == 0

    def test_ok_in_json_depends_on_errors_only(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD)
        result = run("validate", "--fail-on", "warning", "--output-format", "json", "web.xml")
        assert (result.code, json.loads(result.out)["files"][0]["ok"]) == (1, True)

    def test_quiet_prints_findings_and_errors(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(BAD)
        result = run("validate", "--quiet", "web.xml", "missing.xml")
        assert (result.code, result.out) == (2, BAD_LINES.format(name="web.xml"))
        assert result.err == "error: missing.xml: No such file or directory\n"


class TestSelection:
    @pytest.fixture
    def doubtful(self, folder: Path) -> Path:
        """Two warnings, VMS224 and VMS231."""
        (folder / "web.xml").write_text(GOOD.replace("web-1", "WEB-1"))
        return folder

    @pytest.mark.parametrize(
        ("options", "codes"),
        [
            ([], ["VMS224", "VMS231"]),
            (["--select", "VMS231"], ["VMS231"]),
            (["--select", "hostname-in-capitals"], ["VMS231"]),
            (["--select", "VMS224,VMS231"], ["VMS224", "VMS231"]),
            (["--select", "VMS224", "--select", "VMS231"], ["VMS224", "VMS231"]),
            (["--ignore", "VMS231"], ["VMS224"]),
            (["--ignore", "VMS231", "--ignore", "VMS224"], []),
            (["--select", "VMS224,VMS231", "--ignore", "VMS224"], ["VMS231"]),
        ],
    )
    def test_command_line_selects_findings(
        self, run: Run, doubtful: Path, options: list[str], codes: list[str]
    ) -> None:
        assert self.codes(run, *options) == codes

    def test_project_selects_findings(self, run: Run, doubtful: Path) -> None:
        (doubtful / "pyproject.toml").write_text('[tool.vmspec]\nignore = ["VMS224"]\n')
        assert self.codes(run) == ["VMS231"]
        assert self.codes(run, "--ignore", "VMS231") == []

    def test_unknown_code_or_key_is_a_usage_error(self, run: Run, doubtful: Path) -> None:
        for option in ("--select", "--ignore"):
            result = run("validate", option, "VMS999", "web.xml")
            assert (result.code, result.out, "VMS999" in result.err) == (2, "", True)
        (doubtful / "pyproject.toml").write_text('[tool.vmspec]\nplugin = "evil"\n')
        assert run("validate", "web.xml").code == 2

    def codes(self, run: Run, *options: str) -> list[str]:
        [file] = json.loads(run("validate", "--output-format", "json", *options, "web.xml").out)["files"]
        return [finding["code"] for finding in file["findings"]]


class TestFleet:
    """Hostnames and IP addresses that several files claim."""

    def test_hostname_of_an_earlier_file_is_a_warning(self, run: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(FINE)
        (folder / "b.json").write_text(FINE_JSON.replace("web-1", "WEB-1"))
        result = run("validate", ".", "--ignore", "hostname-in-capitals")
        assert result.out == (
            'b.json:11:3: warning VMS401 hostname "WEB-1" is also claimed by a.xml; choose another hostname\n'
            '      11 |   "hostname": "WEB-1"\n'
            "         |   ^\n"
        )
        assert (result.code, result.err) == (0, "1 warning in 1 of 2 files\n")

    def test_findings_of_other_kinds_stay(self, run: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(FINE)
        (folder / "b.xml").write_text(FINE.replace("web-1", "WEB-1"))
        files = json.loads(run("validate", "--output-format", "json", ".").out)["files"]
        assert [[finding["code"] for finding in file["findings"]] for file in files] == [
            [],
            ["VMS231", "VMS401"],
        ]

    def test_finding_can_be_ignored(self, run: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(FINE)
        (folder / "b.xml").write_text(FINE)
        result = run("validate", ".", "--ignore", "hostname-claimed-twice")
        assert (result.out, result.err) == ("", "nothing found in 2 files\n")

    def test_file_that_is_named_twice_has_no_rival(self, run: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(FINE)
        assert run("validate", "a.xml", "./a.xml", ".").out == ""

    def test_invalid_file_claims_nothing(self, run: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(BAD)
        (folder / "b.xml").write_text(FINE)
        assert "VMS401" not in run("validate", ".").out


class TestForeignFiles:
    def test_named_foreign_file_is_an_error(self, run: Run, folder: Path) -> None:
        (folder / "notes.txt").write_text("buy milk")
        result = run("validate", "notes.txt")
        assert result.code == 1
        assert result.out.startswith("notes.txt:1:1: error VMS006 neither the name nor the content")

    @pytest.mark.parametrize("name", ["notes.txt", "pom.xml", "list.yaml", "package.json"])
    def test_skip_foreign_skips_named_files(self, run: Run, folder: Path, name: str) -> None:
        (folder / name).write_text("<project/>" if name == "pom.xml" else "[]")
        result = run("validate", "--skip-foreign", name)
        assert (result.code, result.out) == (0, "")
        assert result.err == "no specs checked, 1 other file skipped\n"

    def test_suffix_decides_that_a_file_is_read(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text("<Machine/>")
        assert "web.xml:1:2: error VMS101" in run("validate", "web.xml").out

    def test_content_decides_without_a_known_suffix(self, run: Run, folder: Path) -> None:
        (folder / "web.conf").write_text(FINE)
        assert run("validate", "web.conf").code == 0
        assert run("validate", "--skip-foreign", "web.conf").err == "nothing found in 1 file\n"


class TestUnreadableFiles:
    def test_unreadable_file_is_named_and_others_are_checked(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(BAD)
        (folder / "loop.xml").symlink_to("loop.xml")
        result = run("validate", "missing.xml", "loop.xml", "", "web.xml")
        assert (result.code, result.out) == (2, BAD_LINES.format(name="web.xml"))
        assert result.err.splitlines() == [
            "error: missing.xml: No such file or directory",
            "error: loop.xml: Too many levels of symbolic links",
            "error: : No such file or directory",
            "1 error in 1 file, 3 paths could not be read",
            MASK_NOTE,
        ]

    def test_missing_permission_is_an_error(self, run: Run, folder: Path) -> None:
        (folder / "closed").mkdir(mode=0)
        (folder / "closed.xml").touch(mode=0)
        if os.access("closed.xml", os.R_OK):
            pytest.skip("nothing is closed to this user")
        result = run("validate", ".")
        assert result.code == 2
        assert result.err.splitlines()[:2] == [
            "error: closed: Permission denied",
            "error: closed.xml: Permission denied",
        ]


class TestHostileNames:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("two\nlines.xml", r"two\nlines.xml"),
            ("red\x1b[31m.xml", r"red\x1b[31m.xml"),
            ("right\u202eleft.xml", r"right\u202eleft.xml"),
            ("odd\udcff.xml", r"odd\xff.xml"),
        ],
    )
    def test_name_is_escaped_on_one_line(self, run: Run, folder: Path, name: str, shown: str) -> None:
        (folder / name).write_text(BAD)
        assert run("validate", name).out == BAD_LINES.format(name=shown)
        assert run("validate", ".").out == BAD_LINES.format(name=shown)
        assert json.loads(run("validate", "--output-format", "json", ".").out)["files"][0]["path"] == shown
        (folder / name).unlink()
        assert run("validate", name).err.splitlines()[0] == f"error: {shown}: No such file or directory"

    def test_name_after_two_dashes_is_not_an_option(self, run: Run, folder: Path) -> None:
        (folder / "--engine.xml").write_text(BAD)
        assert run("validate", "--", "--engine.xml").out == BAD_LINES.format(name="--engine.xml")


class TestPipes:
    def test_named_pipe_is_read(self, process: Process) -> None:
        reading, writing = os.pipe()
        os.write(writing, BAD.encode())
        os.close(writing)
        result = process("validate", f"/dev/fd/{reading}", pass_fds=[reading])
        os.close(reading)
        assert (result.returncode, result.stdout.decode()) == (1, BAD_LINES.format(name=f"/dev/fd/{reading}"))

    def test_pipe_in_a_folder_is_skipped(self, run: Run, folder: Path) -> None:
        os.mkfifo(folder / "pipe.xml")  # to open it would wait for a writer
        assert run("validate", ".").err == "no specs checked\n"


class TestStdinFilename:
    def test_name_is_shown_and_decides_the_format(self, run: Run, folder: Path) -> None:
        result = run("validate", "-", "--stdin-filename", "specs/web.json", stdin=GOOD.encode())
        assert result.out.startswith("specs/web.json:1:1: error VMS001 ")
        assert result.code == 1

    def test_name_is_the_path_in_data(self, run: Run, folder: Path) -> None:
        options = ("-", "--stdin-filename", "specs/web.xml", "--output-format")
        assert json.loads(run("validate", *options, "json", stdin=BAD.encode()).out)["files"][0]["path"] == (
            "specs/web.xml"
        )
        log = json.loads(run("validate", *options, "sarif", stdin=BAD.encode()).out)
        [location] = log["runs"][0]["results"][0]["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "specs/web.xml"
        assert "file=specs/web.xml,line=5" in run("validate", *options, "github", stdin=BAD.encode()).out

    def test_file_of_this_name_is_not_read(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(BAD)
        assert run("validate", "-", "--stdin-filename", "web.xml", stdin=FINE.encode()).code == 0

    def test_name_without_standard_input_is_an_error(self, run: Run, folder: Path) -> None:
        result = run("validate", ".", "--stdin-filename", "web.xml")
        assert (result.code, "add the path -" in result.err) == (2, True)


class TestShard:
    def test_shards_together_check_each_file_once(self, run: Run, folder: Path) -> None:
        for number in range(10):
            (folder / f"{number}.xml").write_text(FINE.replace("web-1", f"web-{number}."))

        def findings(*options: str) -> list[str]:
            out = json.loads(run("validate", ".", "--output-format", "json", *options).out)
            return sorted(
                f"{file['path']}:{found['line']}:{found['code']}"
                for file in out["files"]
                for found in file["findings"]
            )

        shards = [findings("--shard", f"{number}/3") for number in (1, 2, 3)]
        assert sorted([*shards[0], *shards[1], *shards[2]]) == findings()
        files = [{finding.partition(":")[0] for finding in shard} for shard in shards]
        assert [len(names) for names in files] == [4, 3, 3]
        assert len(set.union(*files)) == 10

    def test_shard_without_files_succeeds(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(BAD)
        assert run("validate", "web.xml", "--shard", "1/2").code == 1
        result = run("validate", "web.xml", "--shard", "2/2")
        assert (result.code, result.out, result.err) == (0, "", "no specs checked\n")

    @pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b", "1/0", "", "-1/2"])
    def test_other_text_is_a_usage_error(self, run: Run, folder: Path, shard: str) -> None:
        result = run("validate", ".", "--shard", shard)
        assert result.code == 2
        assert "is not a shard such as 1/3" in " ".join(result.err.split())

    def test_baseline_is_written_for_all_files_only(self, run: Run, folder: Path) -> None:
        result = run("validate", ".", "--shard", "1/2", "--write-baseline", "known.json")
        assert result.code == 2
        assert not (folder / "known.json").exists()
