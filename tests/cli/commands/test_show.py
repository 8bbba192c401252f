from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from vmspec import VM, dump, new_ipv4
from vmspec.cli.output.panel import panel
from vmspec.model.scalars import Boolean, Choice, Integer, VersionIdentifier
from vmspec.model.schema import Field, Part, fields_of, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import MASK

from ..support.command_line import Process, Run
from ..support.documents import BAD, BAD_LINES, FULL, GOOD, GOOD_YAML, NOTE, SECRET
from ..support.processes import TERMINAL, terminal_output

PANEL = r"""
╭─ web-1 ──────────────────────────────────────────────────────────────────╮
│ name          Web [red]one[/red] \x9b2J                                  │
│ description   first :smile: \u202e                                       │
│               second                                                     │
│ location      uk-lon-01                                                  │
│ resources     rock-3                                                     │
│ template      templates/ubuntu-22-04, version 3                          │
│               install_agent = ***                                        │
│               root_password = ***                                        │
│ cloud-init    ***                                                        │
│ disks         1  System   20 GB  nvme  boot                              │
│               2  Data    100 GB        keep 7, daily backup at 02        │
│ shared disks  Store                                                      │
│ network       uk-lon-01-public       1gbps  new IPv4, existing 192.0.2.7 │
│               vnet_Q3k1LZddqvzMH21b                                      │
│ access        all users, all SSH keys                                    │
│ tags          web, public                                                │
╰──────────────────────────────────────────────────────────────────────────╯
"""


Steps = tuple[Field, ...]
"""A field of the model, behind the fields on the way to it."""


def values_in(cls: type[Part], way: Steps = ()) -> list[Steps]:
    """Return every field of a single value, in a class and in the elements in it."""
    found: list[Steps] = []
    for field in fields_of(cls):
        steps = (*way, field)
        found += [steps] if field.part is None else values_in(field.part, steps)
    return found


def sample(field: Field, inner: dict[str, Any] | None = None) -> Any:
    """Return a value for a field; of an element, one with these fields beside the required ones."""
    if field.part is not None:
        required = {other.name: sample(other) for other in fields_of(field.part) if other.required}
        return field.part(**required | (inner or {}))
    if field.lookup is not None:
        value = "17" if isinstance(field.lookup.scalar, VersionIdentifier) else "sample"
        return field.lookup(value, by=lookup_keys(field.lookup)[-1])
    match field.scalar:
        case Boolean():
            return True
        case Choice(values):
            return values[0]
        case Integer():
            return 17
        case _:
            return "sample"


def spec_with(steps: Steps) -> VirtualMachineSpec:
    """Return a spec in which a field has a value, and little else."""
    inner: dict[str, Any] = {}
    for field in reversed(steps):
        value = sample(field, inner)
        inner = {field.name: (value,) if field.many else value}
    return VirtualMachineSpec(**{"hostname": "web"} | inner)


def shown(spec: VirtualMachineSpec) -> str:
    console = Console(file=io.StringIO(), width=100)
    with console.capture() as capture:
        console.print(panel(spec))
    return capture.get()


@pytest.mark.parametrize(
    "steps", values_in(VirtualMachineSpec), ids=lambda steps: ".".join(field.name for field in steps)
)
def test_every_field_is_shown(steps: Steps) -> None:
    field = steps[-1]
    value = sample(field)
    expected = value.value if field.lookup else field.name.replace("_", " ") if value is True else str(value)
    if field.secret:
        expected = MASK
    assert expected in shown(spec_with(steps)).replace("SSH", "ssh")


def test_everything_but_secrets_is_shown(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(FULL)
    result = run("show", "web.xml")
    assert (result.code, result.out, result.err) == (0, PANEL.lstrip(), "")


def test_small_machine_has_a_small_panel(run: Run) -> None:
    result = run("show", "-", stdin=GOOD_YAML.encode())
    assert result.out == (
        "╭─ web-1 ───────────────────────╮\n"
        "│ location   uk-lon-01          │\n"
        "│ resources  rock-3             │\n"
        "│ access     no authorized keys │\n"
        "╰───────────────────────────────╯\n"
    )


def test_spec_that_rules_object_to_is_shown(run: Run) -> None:
    out = run("show", "-", stdin=b"<VirtualMachineSpec/>").out
    assert "(random hostname)" in out
    assert "│ location   none" in out


def test_long_values_are_folded_within_80_columns(run: Run) -> None:
    out = run("show", "-", stdin=GOOD.replace("rock-3", "rock-" + "x" * 300).encode()).out
    assert {len(line) for line in out.splitlines()} == {80}
    assert out.count("x") == 300
    out = run("show", "-", stdin=GOOD.replace("web-1", "x" * 300).encode()).out
    assert {len(line) for line in out.splitlines()} == {80}


def test_very_long_values_are_cut(run: Run) -> None:
    tags = "".join(f"<Tag>tag-{number}</Tag>" for number in range(10_000))
    source = GOOD.replace(
        "</VirtualMachineSpec>", f"<Tags>{tags}</Tags><Name>{'n' * 100_000}</Name></VirtualMachineSpec>"
    )
    out = run("show", "-", stdin=source.encode()).out
    assert "tag-39, and 9,960" in out
    assert len(out) < 5_000


def test_panel_is_ascii_if_the_terminal_is(process: Process) -> None:
    result = process("show", "-", input=GOOD.encode(), env={"PYTHONIOENCODING": "ascii"})
    assert result.stdout.decode("ascii").splitlines()[0] == "+- web-1 -----------------------+"


def test_mistakes_are_reported(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    result = run("show", "web.xml")
    assert (result.code, result.out, result.err) == (1, "", BAD_LINES.format(name="web.xml") + NOTE)


def test_missing_file_is_reported(run: Run, folder: Path) -> None:
    result = run("show", "missing.xml")
    assert (result.code, result.err) == (2, "error: missing.xml: No such file or directory\n")


TABLE = """\
host      where        resources    disks       networks               findings
(random)  zone zone-4  2 cores, 4   -           -                      1 warning
                       GB                                              1 info
web-1     uk-lon-01    rock-6       -           -                      1 warning
web-1     uk-lon-01    rock-3       20 + 100    uk-lon-01-public       1 warning
                                    GB and 1    vnet_Q3k1LZddqvzMH21b
                                    shared        new IPv4
                                                  192.0.2.7
"""

SUMMARY = "3 machines in 2 locations; 3 warnings, 1 info"


class TestFleet:
    @pytest.fixture
    def fleet(self, folder: Path) -> Path:
        (folder / "specs").mkdir()
        (folder / "specs/web.xml").write_text(FULL)
        flexible = VM().zone("zone-4").cpu(2).memory(4).spec
        dump(flexible, folder / "specs/flexible.yaml")
        dump(VM("web-1").data_center("uk-lon-01").package("rock-6").spec, folder / "specs/twin.json")
        (folder / "specs/compose.yaml").write_text("services: {}\n")
        return folder

    def test_folder_is_a_table(self, run: Run, fleet: Path) -> None:
        result = run("show", "specs")
        assert (result.code, result.err) == (0, f"{SUMMARY}, 1 other file skipped\n")
        assert result.out == TABLE
        assert run("show", "specs/*").out == TABLE

    def test_wide_terminal_has_a_column_of_addresses(self, fleet: Path) -> None:
        for columns in (80, 120):
            shown = terminal_output(["show", "specs"], TERMINAL | {"NO_COLOR": "1", "COLUMNS": str(columns)})
            lines = shown.splitlines()
            assert ("addresses" in lines[0]) == (columns == 120)
            assert all(len(line) <= columns for line in lines)
            assert "192.0.2.7" in shown

    def test_several_files_are_a_table(self, run: Run, fleet: Path) -> None:
        out = run("show", "specs/web.xml", "specs/twin.json").out
        assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == [
            "host",
            "web-1",
            "web-1",
        ]

    def test_document_with_mistakes_is_a_row(self, run: Run, fleet: Path) -> None:
        (fleet / "specs/bad.xml").write_text(BAD)
        result = run("show", "specs")
        assert result.code == 1
        assert result.out.splitlines()[1].split() == ["specs/bad.", *"----", "1", "error"]
        assert "3 machines in 2 locations, 1 file with mistakes; 1 error" in result.err

    def test_unreadable_path_returns_2(self, run: Run, fleet: Path) -> None:
        result = run("show", "specs/web.xml", "missing.xml")
        assert result.code == 2
        assert "error: missing.xml: No such file or directory\n" in result.err
        assert "web-1" in result.out

    def test_long_lists_are_counted(self, run: Run, folder: Path) -> None:
        vm = VM("web-1").data_center("uk-lon-01")
        for number in range(30):
            vm = vm.disk(10).network(f"n{number}", new_ipv4())
        dump(vm.spec, folder / "web.xml")
        out = run("show", ".").out
        assert "30 disks, 300 GB" in " ".join(out.split())
        assert "and 27 more" in out
        assert len(out.splitlines()) < 12

    def test_secrets_and_control_characters_are_not_shown(self, run: Run, fleet: Path) -> None:
        result = run("show", "specs", "--html", "fleet.html")
        text = run("show", "specs").out + (fleet / "fleet.html").read_text()
        assert SECRET not in text
        assert "\x9b" not in text
        assert (result.code, result.out) == (0, "")
        assert result.err == f"fleet.html: {SUMMARY}, 1 other file skipped\n"

    def test_page_of_one_file(self, run: Run, fleet: Path) -> None:
        assert run("show", "specs/web.xml", "--html", "web.html").code == 0
        assert (fleet / "web.html").read_text().count("<tbody ") == 1

    def test_page_that_cannot_be_written_leaves_nothing(self, run: Run, fleet: Path) -> None:
        result = run("show", "specs", "--html", "missing/fleet.html")
        assert (result.code, result.out) == (2, "")
        assert result.err == "error: missing/fleet.html: No such file or directory\n"
        assert run("show", "specs", "--html", "").code == 2

    def test_page_does_not_replace_a_spec(self, run: Run, fleet: Path) -> None:
        result = run("show", "specs", "--html", "specs/web.xml")
        assert (result.code, "name it .html" in result.err) == (2, True)
        assert (fleet / "specs/web.xml").read_text() == FULL

    def test_empty_folder_has_no_machines(self, run: Run, folder: Path) -> None:
        result = run("show", ".")
        assert (result.code, result.out, result.err) == (0, "", "0 machines; no findings\n")
