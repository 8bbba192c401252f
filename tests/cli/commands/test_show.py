from __future__ import annotations

from pathlib import Path

from ..support.command_line import Process, Run
from ..support.documents import BAD, BAD_LINES, FULL, GOOD, GOOD_YAML, NOTE

PANEL = r"""
╭─ web-1 ───────────────────────────────────────────────────────────╮
│ name          Web [red]one[/red] \x9b2J                           │
│ description   first :smile: \u202e                                │
│               second                                              │
│ location      uk-lon-01                                           │
│ resources     rock-3                                              │
│ template      templates/ubuntu-22-04, version 3                   │
│               install_agent = ***                                 │
│               root_password = ***                                 │
│ cloud-init    ***                                                 │
│ disks         1  System   20 GB  nvme  boot                       │
│               2  Data    100 GB        daily backup at 02, keep 7 │
│ shared disks  Store                                               │
│ network       uk-lon-01-public       1gbps  new IPv4, 192.0.2.7   │
│               vnet_Q3k1LZddqvzMH21b                               │
│ access        all users, all SSH keys                             │
│ tags          web, public                                         │
╰───────────────────────────────────────────────────────────────────╯
"""


def test_shows_all_of_a_machine_but_its_secrets(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(FULL)
    result = run("show", "web.xml")
    assert (result.code, result.out, result.err) == (0, PANEL.lstrip(), "")


def test_shows_little_of_a_small_machine(run: Run) -> None:
    result = run("show", "-", stdin=GOOD_YAML.encode())
    assert result.out == (
        "╭─ web-1 ───────────────────────╮\n"
        "│ location   uk-lon-01          │\n"
        "│ resources  rock-3             │\n"
        "│ access     no authorized keys │\n"
        "╰───────────────────────────────╯\n"
    )


def test_shows_what_rules_object_to(run: Run) -> None:
    out = run("show", "-", stdin=b"<VirtualMachineSpec/>").out
    assert "(random hostname)" in out
    assert "│ location   none" in out


def test_folds_what_is_long_and_stays_within_80_columns(run: Run) -> None:
    out = run("show", "-", stdin=GOOD.replace("rock-3", "rock-" + "x" * 300).encode()).out
    assert {len(line) for line in out.splitlines()} == {80}
    assert out.count("x") == 300
    out = run("show", "-", stdin=GOOD.replace("web-1", "x" * 300).encode()).out
    assert {len(line) for line in out.splitlines()} == {80}


def test_cuts_what_nobody_reads(run: Run) -> None:
    tags = "".join(f"<Tag>tag-{number}</Tag>" for number in range(10_000))
    source = GOOD.replace(
        "</VirtualMachineSpec>", f"<Tags>{tags}</Tags><Name>{'n' * 100_000}</Name></VirtualMachineSpec>"
    )
    out = run("show", "-", stdin=source.encode()).out
    assert "tag-39, and 9,960" in out
    assert len(out) < 5_000


def test_is_plain_ascii_where_the_terminal_has_no_more(process: Process) -> None:
    result = process("show", "-", input=GOOD.encode(), env={"PYTHONIOENCODING": "ascii"})
    assert result.stdout.decode("ascii").splitlines()[0] == "+- web-1 -----------------------+"


def test_mistakes_are_told(run: Run, folder: Path) -> None:
    (folder / "web.xml").write_text(BAD)
    result = run("show", "web.xml")
    assert (result.code, result.out, result.err) == (1, "", BAD_LINES.format(name="web.xml") + NOTE)


def test_what_cannot_be_read_is_told(run: Run, folder: Path) -> None:
    result = run("show", "missing.xml")
    assert (result.code, result.err) == (2, "error: missing.xml: No such file or directory\n")
