from __future__ import annotations

import json
import os
import resource
import signal
from pathlib import Path

import pytest

from ..support.command_line import Process, Run
from ..support.documents import BAD, BAD_LINES, GOOD, GOOD_JSON, GOOD_YAML, NOTE, SECRET
from ..support.processes import Child

UGLY = """\
<VirtualMachineSpec>
  <Hostname><Hostname>web-1</Hostname></Hostname>
  <!-- small -->
  <Resources><Package by="permalink">rock-3</Package></Resources>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
</VirtualMachineSpec>
"""

UGLY_YAML = """\
# The first web server

hostname:   'web-1'   # as in DNS
resources:
    # small
    package: {permalink: "rock-3"}

data_center: { permalink: uk-lon-01 }
"""

FORMATTED_YAML = """\
# The first web server

data_center:
  permalink: uk-lon-01
resources:
  # small
  package:
    permalink: rock-3
hostname: web-1  # as in DNS
"""

FORMATTED = GOOD.replace("  <Resources>", "  <!-- small -->\n  <Resources>")


class TestInPlace:
    def test_canonical_form_keeps_comments_and_mode(self, run: Run, folder: Path) -> None:
        path = folder / "web.xml"
        path.write_text(UGLY)
        path.chmod(0o640)
        result = run("format", "web.xml")
        assert (result.code, result.out) == (0, "")
        assert result.err == "web.xml: formatted\n1 file formatted\n"
        assert path.read_text() == FORMATTED
        assert path.stat().st_mode & 0o777 == 0o640
        assert [entry.name for entry in folder.iterdir()] == ["web.xml"]

    def test_canonical_file_is_not_written(self, run: Run, folder: Path) -> None:
        path = folder / "web.json"
        path.write_text(GOOD_JSON)
        before = path.stat()
        result = run("format", "web.json")
        assert (result.code, result.out, result.err) == (0, "", "1 file unchanged\n")
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

    def test_file_with_errors_is_not_written(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(BAD)
        result = run("format", "web.xml")
        assert (result.code, result.out) == (1, "")
        assert result.err == BAD_LINES.format(name="web.xml") + "1 file with errors\n" + NOTE
        assert (folder / "web.xml").read_text() == BAD

    def test_summary_counts_each_outcome(self, run: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(BAD)
        (folder / "b.xml").write_text(UGLY)
        (folder / "c.xml").write_text(GOOD)
        (folder / "d.yaml").write_text(GOOD_YAML)
        (folder / "e.xml").symlink_to("b.xml")
        (folder / "pom.xml").write_text("<project/>")
        result = run("format", "missing.xml", "e.xml", ".")
        assert result.code == 2
        assert result.err.splitlines()[-2] == (
            "1 file formatted, 2 files unchanged, 1 file skipped, 1 file with errors, "
            "1 other file skipped, 1 path could not be read"
        )
        assert (folder / "b.xml").read_text() == FORMATTED

    def test_yaml_keeps_comments_and_blank_lines(self, run: Run, folder: Path) -> None:
        (folder / "web.yaml").write_text(UGLY_YAML)
        result = run("format", "web.yaml")
        assert (result.code, result.err) == (0, "web.yaml: formatted\n1 file formatted\n")
        assert (folder / "web.yaml").read_text() == FORMATTED_YAML
        assert run("format", "--check", "web.yaml").code == 0

    def test_symbolic_link_is_skipped(self, run: Run, folder: Path) -> None:
        (folder / "real.xml").write_text(UGLY)
        (folder / "web.xml").symlink_to("real.xml")
        result = run("format", "web.xml")
        assert (result.code, result.err) == (0, "web.xml: skipped, a symbolic link\n1 file skipped\n")
        assert (folder / "real.xml").read_text() == UGLY

    def test_named_foreign_file_is_an_error(self, run: Run, folder: Path) -> None:
        (folder / "notes.txt").write_text("buy milk")
        assert run("format", "notes.txt").code == 1
        assert run("format", "--skip-foreign", "notes.txt").code == 0

    def test_failed_write_keeps_the_original(self, process: Process, folder: Path) -> None:
        (folder / "web.xml").write_text(UGLY)

        def forbid_writing() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

        result = process("format", "web.xml", preexec_fn=forbid_writing)
        assert result.returncode == 2
        assert result.stderr == b"error: web.xml: File too large\n1 file not written\n"
        assert (folder / "web.xml").read_text() == UGLY
        assert [entry.name for entry in folder.iterdir()] == ["web.xml"]

    def test_read_only_folder_is_an_error(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(UGLY)
        folder.chmod(0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("nothing is closed to this user")
        try:
            result = run("format", "web.xml")
        finally:
            folder.chmod(0o700)
        assert (result.code, result.err) == (2, "error: web.xml: Permission denied\n1 file not written\n")
        assert (folder / "web.xml").read_text() == UGLY


class TestCheck:
    def test_check_lists_files_and_writes_nothing(self, run: Run, folder: Path) -> None:
        (folder / "a.xml").write_text(UGLY)
        (folder / "b.xml").write_text(GOOD)
        result = run("format", "--check", "a.xml", "b.xml")
        assert (result.code, result.out) == (1, "a.xml: not formatted\n")
        assert result.err == "1 file to be formatted, 1 file unchanged\n"
        assert (folder / "a.xml").read_text() == UGLY

    def test_check_passes_for_canonical_files(self, run: Run, folder: Path) -> None:
        (folder / "b.xml").write_text(GOOD)
        assert run("format", "--check", "b.xml").code == 0


class TestDiff:
    def test_diff_shows_changes_and_writes_nothing(self, run: Run, folder: Path) -> None:
        text = GOOD.replace(
            "  <Hostname>\n    <Hostname>web-1</Hostname>\n", "  <Hostname><Hostname>web-1</Hostname>"
        )
        text = text.replace("  </Hostname>", "</Hostname>")
        (folder / "web.xml").write_text(text)
        result = run("format", "--diff", "web.xml")
        assert result.code == 1
        assert result.out == (
            "--- web.xml\n"
            "+++ web.xml (formatted)\n"
            "@@ -4,5 +4,7 @@\n"
            "   <Resources>\n"
            '     <Package by="permalink">rock-3</Package>\n'
            "   </Resources>\n"
            "-  <Hostname><Hostname>web-1</Hostname></Hostname>\n"
            "+  <Hostname>\n"
            "+    <Hostname>web-1</Hostname>\n"
            "+  </Hostname>\n"
            " </VirtualMachineSpec>\n"
        )
        assert (folder / "web.xml").read_text() == text

    def test_diff_shows_a_missing_newline_at_the_end(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD.rstrip())
        lines = run("format", "--diff", "web.xml").out.splitlines()
        assert lines[-2:] == ["-</VirtualMachineSpec> (no newline at the end)", "+</VirtualMachineSpec>"]

    def test_diff_masks_secrets(self, run: Run, folder: Path) -> None:
        template = f"<DiskTemplate>x</DiskTemplate><Option key='a'>{SECRET}</Option>"
        text = GOOD.replace("  <Hostname>\n", f"<DiskTemplate>{template}</DiskTemplate><Hostname>", 1)
        (folder / "web.xml").write_text(text)
        out = run("format", "--diff", "web.xml").out
        assert '+    <Option key="a">***</Option>\n' in out
        assert SECRET not in out

    def test_diff_of_a_canonical_file_is_empty(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD)
        result = run("format", "--diff", "web.xml")
        assert (result.code, result.out) == (0, "")

    def test_very_long_file_is_not_compared(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(GOOD.replace("  <Resources>", "\n" * 5000 + "<Resources>"))
        assert run("format", "--diff", "web.xml").out == "web.xml: differs, and is too long to compare\n"


class TestStandardInput:
    def test_standard_input_is_formatted_to_standard_output(self, run: Run) -> None:
        result = run("format", "-", stdin=UGLY.encode())
        assert (result.code, result.out, result.err) == (0, FORMATTED, "")

    def test_canonical_standard_input_is_written_back(self, run: Run) -> None:
        assert run("format", "-", stdin=GOOD_JSON.encode()).out == GOOD_JSON

    def test_yaml_from_standard_input_is_formatted(self, run: Run) -> None:
        result = run("format", "-", stdin=UGLY_YAML.encode())
        assert (result.code, result.out, result.err) == (0, FORMATTED_YAML, "")

    @pytest.mark.parametrize("stdin", [b"hostname: \xff", b"#" * (1 << 20) + b"\nhostname: web"])
    def test_invalid_standard_input_is_not_passed_through(self, run: Run, stdin: bytes) -> None:
        result = run("format", "-", stdin=stdin)
        assert (result.code, result.out) == (1, "")

    def test_standard_input_with_errors_gives_no_output(self, run: Run) -> None:
        result = run("format", "-", stdin=BAD.encode())
        assert (result.code, result.out, result.err) == (1, "", BAD_LINES.format(name="-") + NOTE)

    def test_check_and_diff_read_standard_input(self, run: Run) -> None:
        result = run("format", "--check", "-", stdin=UGLY.encode())
        assert (result.code, result.out, result.err) == (1, "-: not formatted\n", "")
        assert run("format", "--diff", "-", stdin=UGLY.encode()).out.startswith("--- -\n+++ - (formatted)\n")


class TestReplacing:
    def test_hard_link_is_not_broken(self, run: Run, folder: Path) -> None:
        (folder / "web.xml").write_text(UGLY)
        (folder / "other.xml").hardlink_to("web.xml")
        result = run("format", "web.xml")
        assert (result.code, result.err) == (
            2,
            "error: web.xml: the file has other hard links, which would keep the old content\n"
            "1 file not written\n",
        )
        assert (folder / "other.xml").read_text() == UGLY
        assert (folder / "web.xml").samefile(folder / "other.xml")

    def test_sigterm_leaves_no_temporary_file(self, folder: Path) -> None:
        for number in range(400):
            (folder / f"web-{number:03}.xml").write_text(UGLY)
        child = Child("format", ".")
        child.read_until("web-001.xml: formatted")
        code, _, _ = child.end(signal.SIGTERM)
        assert code in (0, 130)
        assert {path.name for path in folder.iterdir()} == {f"web-{number:03}.xml" for number in range(400)}
        assert {path.read_text() for path in folder.iterdir()} <= {UGLY, FORMATTED}


class TestFindings:
    """Formatting changes no finding."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("web.xml", UGLY.replace("web-1", "WEB-<!-- vmspec: ignore[VMS231] known by this name -->1")),
            (
                "web.xml",
                UGLY.replace(
                    "<Resources>", "<!-- vmspec: ignore[VMS211] none needed --><Tags/><Resources>"
                ).replace('<DataCenter by="permalink">uk-lon-01</DataCenter>', ""),
            ),
            ("web.xml", UGLY.replace("<Resources>", "<AuthorizedKeys><Users/></AuthorizedKeys><Resources>")),
            ("web.yaml", UGLY_YAML.replace("'web-1'", "'WEB'\n  # vmspec: ignore[VMS231] no effect\n")),
            ("web.yaml", UGLY_YAML + "authorized_keys: {ssh_keys: [], all_users: true}\n"),
            ("web.json", '{"authorized_keys": {"users": []}, "zone": {"id": "zone_1"}}'),
        ],
    )
    def test_findings_stay_the_same(self, run: Run, folder: Path, name: str, text: str) -> None:
        (folder / name).write_text(text)
        before = self.findings(run, name)
        assert run("format", name).err == f"{name}: formatted\n1 file formatted\n"
        assert self.findings(run, name) == before
        assert run("format", "--check", name).code == 0

    def test_empty_list_is_kept_only_where_a_rule_objects_to_it(self, run: Run, folder: Path) -> None:
        keys = '<AuthorizedKeys>\n    <Users/>\n    <SSHKeys all="yes"/>\n  </AuthorizedKeys>\n'
        end = "</VirtualMachineSpec>"
        (folder / "web.xml").write_text(GOOD.replace(end, f"  {keys}<Tags/>{end}"))
        run("format", "web.xml")
        assert (folder / "web.xml").read_text() == GOOD.replace(end, f"  {keys}{end}")

    def findings(self, run: Run, name: str) -> list[tuple[str, str]]:
        [file] = json.loads(run("validate", "--output-format", "json", name).out)["files"]
        return sorted((finding["code"], finding["message"]) for finding in file["findings"])
