"""The token and what is secret in a spec leave no trace, whichever command runs, however it ends.

Looked through is every byte of standard output and error, of the journal, and of files left behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from attrs import define

from vmspec import VM
from vmspec.sandbox import Endpoint

from .support.api import Api, losing, read_entries
from .support.command_line import WEB, Result, Run

TOKEN = "canary-token-5d41402abc4b2a76"
SECRETS = ("canary-option-value", "canary-user-data", "canary user data 2", "c4n4ry-p4ss")
OPTION, FIRST, SECOND, PASSWORD = SECRETS

FORMATS = ([], ["--output-format", "json"])
LEVELS = (None, "debug", "info", "warning")
SPOKEN = {"errors": [f"{' and '.join(SECRETS)} by Bearer {TOKEN}: \u201c{OPTION}\u201d, {PASSWORD}."]}
"""The API's words, which repeat all that it was sent."""


@define
class Watch:
    """Runs commands and looks through all that they leave."""

    run: Run
    api: Api
    journal: Path
    folder: Path

    def leaks(self, *arguments: str, but: tuple[str, ...] = ()) -> tuple[Result, list[tuple[str, str]]]:
        """Runs a command line; each canary that it left somewhere, but those that belong there."""
        result = self.run(*arguments)
        left = {"stdout": result.out.encode(), "stderr": result.err.encode()}
        for path in (*self.journal.parent.rglob("*"), *(self.folder / "tmp").rglob("*")):
            if path.is_file():
                left[str(path)] = path.read_bytes()
        passwords = [build.root_password for build in self.api.sandbox.builds]
        canaries = [text for text in (TOKEN, *SECRETS, *passwords) if text not in but]
        return result, [
            (place, text) for place, found in left.items() for text in canaries if text.encode() in found
        ]


@pytest.fixture
def watch(
    serve: Callable[..., Api], run: Run, folder: Path, own_journal: Path, monkeypatch: pytest.MonkeyPatch
) -> Watch:
    (folder / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    vm = VM.from_spec(WEB).option("password", OPTION).option("other", PASSWORD)
    vm = vm.cloud_init(f"#cloud-config\npassword: {FIRST}\nfqdn: {SECOND}\n")
    (folder / "web.xml").write_text(vm.to_xml())
    (folder / "other.xml").write_text(vm.to_xml().replace("canary", "cuckoo").replace("web-1", "web-2"))
    (folder / "bad.xml").write_text(vm.to_xml().replace("Resources", "Resorces"))
    (folder / "torn.xml").write_text(vm.to_xml()[:-40])
    (folder / "odd.xml").write_text(re.sub('key="password"', 'kay="password"', vm.to_xml()))
    (folder / "web.json").write_text(f'{{"hostname": "web-1", "disk_template": {{"options": "{OPTION}"}}}}')
    return Watch(run, serve(token=TOKEN), own_journal, folder)


OFFLINE = [
    *(
        ["validate", name, "--output-format", output]
        for name in ("web.xml", "bad.xml", "torn.xml", "odd.xml", "web.json", ".")
        for output in ("text", "json", "sarif", "github")
    ),
    *(["show", name] for name in ("web.xml", "bad.xml")),
    *(["diff", *names] for names in (("web.xml", "other.xml"), ("web.xml", "bad.xml"))),
    ["diff", "other.xml", "web.xml", "--exit-code"],
    *(["format", "--check", name] for name in ("web.xml", "bad.xml", "odd.xml")),
    *(["convert", name, "--to", "yaml"] for name in ("bad.xml", "torn.xml", "odd.xml", "web.json")),
    ["explain", "VMS102"],
    ["rules"],
    ["schema", "xsd"],
    ["submissions"],
    ["submissions", "abandon", "1"],
    ["submit", "bad.xml"],
    ["submit", "web.xml", "torn.xml", "--output-format", "json"],
    ["submit", "web.xml", "--api-url", "http://katapult.test"],
    ["submit", "web.xml", "--journal", "tmp"],
    ["submit", "web.xml", "--annotation", "vmspec.x=1"],
    ["submit", "web.xml", "--api-url", f"https://user:{TOKEN}@katapult.test"],
    ["wait", "nonsense"],
    ["reconcile", "nonsense"],
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("arguments", OFFLINE, ids=" ".join)
def test_no_command_leaves_one_without_the_network(
    watch: Watch, arguments: list[str], level: str | None
) -> None:
    log = [] if level is None else ["--log-level", level]
    but = (TOKEN,) if any(TOKEN in argument for argument in arguments) else ()
    _, leaks = watch.leaks(*log, *arguments, but=but)
    assert (leaks, watch.api.requests) == ([], [])


def test_convert_leaves_the_token_out_and_passes_the_document_on(watch: Watch) -> None:
    result, leaks = watch.leaks("--log-level", "debug", "convert", "web.xml", "--to", "json", but=SECRETS)
    assert (result.code, OPTION in result.out, OPTION in result.err, leaks) == (0, True, False, [])


Trouble = Callable[[Api], object]

CREATES: dict[str, Trouble | None] = {
    "nothing": None,
    "failed": lambda api: api.sandbox.fail_next_build(),
    **{
        code: lambda api, code=code: api.sandbox.refuse_next(code, at=Endpoint.CREATE, detail=SPOKEN)
        for code in ("service_unavailable", "validation_error", "invalid_spec_xml", "invalid_api_token")
    },
    "busy": lambda api: api.sandbox.refuse_next(
        "rate_limit_reached", at=Endpoint.CREATE, detail=SPOKEN, times=9
    ),
    "watching": lambda api: api.sandbox.refuse_next("permission_denied", at=Endpoint.BUILD, detail=SPOKEN),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("output", FORMATS, ids=["text", "json"])
@pytest.mark.parametrize("trouble", CREATES)
def test_submit_leaves_none(watch: Watch, trouble: str, output: list[str], level: str | None) -> None:
    if (cause := CREATES[trouble]) is not None:
        cause(watch.api)
    log = [] if level is None else ["--log-level", level]
    limits = ["--timeout", "0.5"] if trouble == "busy" else []
    arguments = ["submit", "web.xml", "--key", "k", "--poll", "0.01", "--settle", "0", *limits, *output]
    result, leaks = watch.leaks(*log, *arguments)
    assert (leaks, "Traceback" in result.err) == ([], False)
    assert read_entries(watch.journal)
    for more in (arguments, ["submissions", *output], ["reconcile", *output], ["submissions", "--all"]):
        assert watch.leaks(*log, *more)[1] == []


LOOKS = {
    "permission_denied": Endpoint.MACHINE,
    "scope_not_granted": Endpoint.MACHINES,
    "validation_error": Endpoint.BUILD,
    "invalid_api_token": None,
}
"""What is refused while a machine is looked for or waited for, and where; None is everywhere."""


@pytest.fixture
def lost(watch: Watch) -> Iterator[tuple[str, ...]]:
    """Two submissions, one of which is unknown; where they are."""
    with ExitStack() as stack:
        url = stack.enter_context(losing(watch.api.running.url))
        place = ("--api-url", url)
        assert watch.leaks("submit", "web.xml", "--settle", "0", "--poll", "0.01", *place)[0].code in (0, 6)
        yield place


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("output", FORMATS, ids=["text", "json"])
@pytest.mark.parametrize("code", LOOKS)
def test_reconcile_and_wait_leave_none(
    watch: Watch, lost: tuple[str, ...], code: str, output: list[str], level: str | None
) -> None:
    """They do not know the spec: the words of the API must stay out altogether."""
    log = [] if level is None else ["--log-level", level]
    (entry,) = read_entries(watch.journal)
    build_id = watch.api.sandbox.builds[0].id
    for command in (["reconcile"], ["reconcile", entry.id], ["wait", entry.id], ["wait", build_id]):
        where = {} if LOOKS[code] is None else {"at": LOOKS[code]}
        watch.api.sandbox.refuse_next(code, detail=SPOKEN, times=3, **where)
        limits = ["--timeout", "0.3", "--poll", "0.05"] if command[0] == "wait" else []
        result, leaks = watch.leaks(*log, *command, *lost, *limits, *output)
        assert (leaks, "Traceback" in result.err) == ([], False)
    assert watch.leaks(*log, "submissions", "abandon", entry.id)[1] == []


CANARY = "Kx7qWm9Zd2"
PIECES = [CANARY[start : start + 6] for start in range(len(CANARY) - 5)]

SPECS = {
    "json": [
        '{"hostnme": "web", "disk_template": {"id": "x", "options": [{"key": "pw", "value": "CANARY"}]},'
        ' "cloud_init": {"user_data": "CANARY"}, "name": "a"}',
        '{\n "hostname": "web",\n "disk_template": {"id": "x", "options": [\n'
        '  {"key": "pw", "value": "CANARY"}\n ]},\n'
        ' "cloud_init": {\n  "user_data": "CANARY"\n },\n "nmae": ""\n}',
    ],
    "yaml": [
        "{hostnme: web, disk_template: {id: x, options: [{key: pw, value: CANARY}]},"
        " cloud_init: {user_data: CANARY}, name: a}",
        "hostnme: web\ndisk_template:\n  id: x\n  options:\n  - key: pw\n    value: CANARY\n"
        "  - {key: 'pw', value: 'CANARY'}\n"
        "cloud_init:\n  user_data: |\n    #cloud-config\n    password: CANARY\n    CANARY: x\nname: a\n",
        'disk_template: {id: x, options: [{key: "pw", value: "CANARY"}, {key: pw, value: CANARY}]}\n'
        "cloud_init:\n  user_data: CANARY\n",
    ],
    "xml": [
        '<VirtualMachineSpec><Nmae>a</Nmae><Name>b</Name><DiskTemplate><Version by="number">3</Version>'
        '<Option key="pw">CANARY</Option></DiskTemplate><CloudInit><UserData>CANARY</UserData></CloudInit>'
        "<Tag>a</Tag></VirtualMachineSpec>",
        '<VirtualMachineSpec>\n<DiskTemplate>\n<Version by="number">3</Version>'
        '<Option key="pw">CANARY</Option>\n<Option kay="pw">CANARY</Option></DiskTemplate>\n'
        "<Resources><Packge>a</Packge></Resources><CloudInit><UserData><![CDATA[CANARY]]></UserData></CloudInit>\n</VirtualMachineSpec>",
    ],
}
"""Documents with something to be found beside their secrets."""

SIGNS = "<>/\"'&:{}[],-= \n#|!*?@x"


def slipped(text: str, chance: Random) -> str:
    """A document with one character more, less or other, in a line with a secret."""
    lines = [(found.start(), found.end()) for found in re.finditer(r".*\n?", text) if CANARY in found[0]]
    at = chance.randrange(*chance.choice(lines))
    return (
        text[:at]
        + chance.choice(["", text[at] + chance.choice(SIGNS), chance.choice(SIGNS)])
        + text[at + 1 :]
    )


@pytest.mark.parametrize("output", ["text", "json", "github", "sarif"])
def test_validate_shows_none_after_a_slip(run: Run, folder: Path, output: str) -> None:
    """A secret that the slip moves into a public field cannot be told; of these slips none does so."""
    chance = Random(5)
    slips: dict[str, str] = {}
    for number in range(300):
        format = chance.choice([*SPECS])
        text = slipped(chance.choice(SPECS[format]).replace("CANARY", CANARY), chance)
        slips[f"{number}.{format}"] = text
        (folder / f"{number}.{format}").write_text(text)
    result = run("validate", *slips, "--output-format", output)
    shown = [
        line for line in (result.out + result.err).splitlines() if any(piece in line for piece in PIECES)
    ]
    assert (shown, result.code) == ([], 1)
