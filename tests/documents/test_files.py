"""Files: read up to the size limit, written whole or not at all."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from pathlib import Path

import pytest

from vmspec import DocumentError, VirtualMachineSpec, dump, dumps, load, loads, validate
from vmspec.documents import detect
from vmspec.documents.files import read_file, replace_file
from vmspec.documents.limits import MAX_SIZE

SPEC = VirtualMachineSpec(hostname="web-1", tags=("web",))
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes and links as POSIX has them")


@pytest.mark.parametrize("name", ["web.xml", "web.json", "web.yaml", "web.yml", "web.JSON"])
def test_suffix_determines_the_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    dump(SPEC, path)
    formats = {".xml": "xml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}
    assert path.read_bytes() == dumps(SPEC, formats[path.suffix.lower()]).encode()
    assert load(path) == load(str(path)) == SPEC


@pytest.mark.parametrize("format", ["xml", "json", "yaml"])
def test_content_determines_the_format_without_a_suffix(tmp_path: Path, format: str) -> None:
    path = tmp_path / "web"
    dump(SPEC, path, format)
    assert load(path) == SPEC
    assert validate(path).spec == SPEC


def test_name_without_suffix_is_written_as_xml(tmp_path: Path) -> None:
    dump(SPEC, tmp_path / "web")
    assert (tmp_path / "web").read_bytes() == dumps(SPEC).encode()


def test_suffix_takes_precedence_over_content(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text(dumps(SPEC))
    with pytest.raises(DocumentError) as caught:
        load(tmp_path / "web.json")
    assert [finding.code for finding in caught.value.findings] == ["VMS001"]


def test_reading_stops_behind_the_size_limit(tmp_path: Path) -> None:
    path = tmp_path / "web.xml"
    path.write_bytes(b" " * (MAX_SIZE * 2))
    assert len(read_file(path)) == MAX_SIZE + 1
    assert [str(finding) for finding in validate(path).findings] == [
        "1:1: error VMS004 larger than 1,048,576 bytes, which no spec needs"
    ]


def test_unreadable_file_raises_os_error(tmp_path: Path) -> None:
    for read in (load, validate):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "missing.xml")
        with pytest.raises(IsADirectoryError):
            read(tmp_path)


def test_line_ends_are_not_translated(tmp_path: Path) -> None:
    dump(SPEC, tmp_path / "web.xml")
    assert b"\r" not in (tmp_path / "web.xml").read_bytes()


@posix_only
class TestReplacing:
    def test_mode_of_the_file_is_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "web.xml"
        path.write_text("old")
        path.chmod(0o640)
        dump(SPEC, path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_mode_of_a_new_file_follows_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            dump(SPEC, tmp_path / "web.xml")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "web.xml").stat().st_mode) == 0o640

    def test_symlink_is_followed_and_kept(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        target, link = tmp_path / "elsewhere" / "web.xml", tmp_path / "link.xml"
        target.write_text("old")
        link.symlink_to(target)
        dump(SPEC, link)
        assert link.is_symlink()
        assert load(target) == SPEC

    @posix_only
    def test_circular_symlink_raises_os_error(self, tmp_path: Path) -> None:
        path = tmp_path / "web.xml"
        path.symlink_to(path)
        with pytest.raises(OSError, match=re.escape(str(path))):
            dump(SPEC, path)

    def test_open_file_keeps_its_old_content(self, tmp_path: Path) -> None:
        path = tmp_path / "web.xml"
        path.write_text("old")
        with path.open() as reader:
            dump(SPEC, path)
            assert reader.read() == "old"

    def test_no_temporary_file_is_left(self, tmp_path: Path) -> None:
        dump(SPEC, tmp_path / "web.xml")
        dump(SPEC, tmp_path / "web.xml")
        assert [path.name for path in tmp_path.iterdir()] == ["web.xml"]

    def test_failed_write_keeps_the_old_file(self, tmp_path: Path) -> None:
        target = tmp_path / "web.xml"
        target.mkdir()
        (target / "old").touch()
        with pytest.raises(OSError, match="directory"):
            dump(SPEC, target)
        assert [path.name for path in tmp_path.rglob("*")] == ["web.xml", "old"]

    @pytest.mark.parametrize("format", ["xml", "json", "yaml"])
    def test_error_names_the_requested_file(self, tmp_path: Path, format: str) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "gone" / "web.xml")
        for name in ("gone/web.xml", "folder", "link", "a" * 300):
            target = tmp_path / name
            with pytest.raises(OSError, match=r"^\[Errno \d+\] .*'$") as caught:
                dump(SPEC, target, format)  # type: ignore[arg-type]
            assert (caught.value.filename, caught.value.filename2) == (str(target), None)

    def test_unknown_format_keeps_the_old_file(self, tmp_path: Path) -> None:
        path = tmp_path / "web.xml"
        path.write_text("old")
        with pytest.raises(ValueError, match="toml"):
            dump(SPEC, path, "toml")  # type: ignore[arg-type]
        assert path.read_text() == "old"

    def test_special_file_is_written_to_directly(self) -> None:
        dump(SPEC, "/dev/null")
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_unknown_suffix_is_rejected_without_a_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^unknown suffix \.toml; use \.xml, \.json or \.yaml,"):
        dump(SPEC, tmp_path / "web.toml")
    assert not (tmp_path / "web.toml").exists()
    dump(SPEC, tmp_path / "web.toml", "json")
    assert load(tmp_path / "web.toml") == SPEC


@pytest.mark.parametrize("name", ["web.xml", "specs/web-1.JSON", "C:\\specs\\web.yml", "no such file.yaml\n"])
def test_file_name_given_as_document_gets_a_hint(name: str) -> None:
    hint = "a str is the document itself; to read a file, pass a Path or call load()"
    assert validate(name).findings[0].hint == hint
    with pytest.raises(DocumentError) as raised:
        loads(name)
    assert raised.value.findings[0].hint == hint


@pytest.mark.parametrize("text", ["web", "<Name>web.xml</Name>", '{"a": "web.json"', "a: b\nc: web.yaml"])
def test_other_text_gets_no_path_hint(text: str) -> None:
    assert "a Path" not in (validate(text).findings[0].hint or "")


@pytest.mark.parametrize("text", [" " * (MAX_SIZE - 1), " " * 2000 + ":", "a." * 2000, "a.xml " * 600 + ":"])
def test_path_hint_is_fast(text: str) -> None:
    started = time.process_time()
    assert "a Path" not in (validate(text).findings[0].hint or "")
    assert time.process_time() - started < 1


OTHER_TYPES = [
    {},
    [],
    None,
    5,
    bytearray(b"<VirtualMachineSpec/>"),
    memoryview(b"<VirtualMachineSpec/>"),
    SPEC,
]


@pytest.mark.parametrize("given", OTHER_TYPES, ids=lambda given: type(given).__name__)
def test_other_types_raise_type_error(given: object) -> None:
    name = type(given).__name__
    for read in (loads, detect):
        with pytest.raises(TypeError, match=f"^a document is a str or bytes, not a {name}$"):
            read(given)  # type: ignore[operator]
    if given is not SPEC:
        with pytest.raises(TypeError, match=f"^expected a spec, a document .* or a path, got a {name}; "):
            validate(given)  # type: ignore[arg-type]


def test_path_raises_type_error_with_advice() -> None:
    path = Path("web.xml")
    with pytest.raises(
        TypeError, match=r"^a document is a str or bytes, not a \w*Path; to read a file, call load\(\)$"
    ):
        loads(path)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Path; read the file first$"):
        detect(path)  # type: ignore[arg-type]


class TestReplaceFile:
    def test_content_is_replaced_and_the_mode_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "web.xml"
        path.write_text("old")
        path.chmod(0o640)
        replace_file(path, b"old", b"new")
        assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
        assert [*tmp_path.iterdir()] == [path]

    def test_symbolic_link_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "real.xml").write_text("old")
        (tmp_path / "web.xml").symlink_to("real.xml")
        with pytest.raises(OSError, match="symbolic links"):
            replace_file(tmp_path / "web.xml", b"old", b"new")
        assert (tmp_path / "real.xml").read_text() == "old"

    def test_changed_file_is_not_overwritten(self, tmp_path: Path) -> None:
        path = tmp_path / "web.xml"
        path.write_text("newer")
        with pytest.raises(OSError, match="changed by another program"):
            replace_file(path, b"old", b"new")
        assert path.read_text() == "newer"

    def test_hard_link_is_not_broken(self, tmp_path: Path) -> None:
        path = tmp_path / "web.xml"
        path.write_text("old")
        (tmp_path / "other.xml").hardlink_to(path)
        with pytest.raises(OSError, match="hard links"):
            replace_file(path, b"old", b"new")
        assert path.samefile(tmp_path / "other.xml")

    def test_file_that_is_not_regular_is_not_replaced(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="not a regular file"):
            replace_file(tmp_path / "pipe", b"", b"new")

    def test_foreign_temporary_file_is_kept(self, tmp_path: Path) -> None:
        path, temporary = tmp_path / "web.xml", tmp_path / f".web.xml.{os.getpid()}.tmp"
        path.write_text("old")
        temporary.write_text("theirs")
        with pytest.raises(OSError, match="is in the way"):
            replace_file(path, b"old", b"new")
        assert (path.read_text(), temporary.read_text()) == ("old", "theirs")
