"""The token and the secrets of specs leave no trace: not in output, the journal, or files left behind."""

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
DETAILS = {"errors": [f"{' and '.join(SECRETS)} by Bearer {TOKEN}: \u201c{OPTION}\u201d, {PASSWORD}."]}
"""Details of an API error that repeat everything it was sent."""


@define
class Watch:
    """Run commands and search everything they leave behind."""

    run: Run
    api: Api
    journal: Path
    folder: Path

    def leaks(self, *arguments: str, allowed: tuple[str, ...] = ()) -> tuple[Result, list[tuple[str, str]]]:
        """Run a command line; return each place and canary that it left, except allowed ones."""
        result = self.run(*arguments)
        left = {"stdout": result.out.encode(), "stderr": result.err.encode()}
        for path in (*self.journal.parent.rglob("*"), *(self.folder / "tmp").rglob("*")):
            if path.is_file():
                left[str(path)] = path.read_bytes()
        passwords = [build.root_password for build in self.api.sandbox.builds]
        canaries = [text for text in (TOKEN, *SECRETS, *passwords) if text not in allowed]
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
        for output in ("text", "json", "sarif", "github", "junit", "gitlab")
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
def test_commands_without_network_leave_no_secret(
    watch: Watch, arguments: list[str], level: str | None
) -> None:
    log = [] if level is None else ["--log-level", level]
    allowed = (TOKEN,) if any(TOKEN in argument for argument in arguments) else ()
    _, leaks = watch.leaks(*log, *arguments, allowed=allowed)
    assert (leaks, watch.api.requests) == ([], [])


def test_convert_prints_secrets_of_the_document_only(watch: Watch) -> None:
    result, leaks = watch.leaks("--log-level", "debug", "convert", "web.xml", "--to", "json", allowed=SECRETS)
    assert (result.code, OPTION in result.out, OPTION in result.err, leaks) == (0, True, False, [])


Cause = Callable[[Api], object]

CREATES: dict[str, Cause | None] = {
    "nothing": None,
    "failed": lambda api: api.sandbox.fail_next_build(),
    **{
        code: lambda api, code=code: api.sandbox.refuse_next(code, at=Endpoint.CREATE, detail=DETAILS)
        for code in ("service_unavailable", "validation_error", "invalid_spec_xml", "invalid_api_token")
    },
    "busy": lambda api: api.sandbox.refuse_next(
        "rate_limit_reached", at=Endpoint.CREATE, detail=DETAILS, times=9
    ),
    "watching": lambda api: api.sandbox.refuse_next("permission_denied", at=Endpoint.BUILD, detail=DETAILS),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("output", FORMATS, ids=["text", "json"])
@pytest.mark.parametrize("problem", CREATES)
def test_submit_leaves_no_secret(watch: Watch, problem: str, output: list[str], level: str | None) -> None:
    if (cause := CREATES[problem]) is not None:
        cause(watch.api)
    log = [] if level is None else ["--log-level", level]
    limits = ["--timeout", "0.5"] if problem == "busy" else []
    arguments = ["submit", "web.xml", "--key", "k", "--poll", "0.01", "--settle", "0", *limits, *output]
    result, leaks = watch.leaks(*log, *arguments)
    assert (leaks, "Traceback" in result.err) == ([], False)
    assert read_entries(watch.journal)
    for more in (arguments, ["submissions", *output], ["reconcile", *output], ["submissions", "--all"]):
        assert watch.leaks(*log, *more)[1] == []


LOOKUP_ERRORS = {
    "permission_denied": Endpoint.MACHINE,
    "scope_not_granted": Endpoint.MACHINES,
    "validation_error": Endpoint.BUILD,
    "invalid_api_token": None,
}
"""Errors while a machine is looked up, and the endpoint that returns them; None for any."""


@pytest.fixture
def lost(watch: Watch) -> Iterator[tuple[str, ...]]:
    """Submit with the answer lost, and return the options for the API."""
    with ExitStack() as stack:
        url = stack.enter_context(losing(watch.api.running.url))
        place = ("--api-url", url)
        assert watch.leaks("submit", "web.xml", "--settle", "0", "--poll", "0.01", *place)[0].code in (0, 6)
        yield place


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("output", FORMATS, ids=["text", "json"])
@pytest.mark.parametrize("code", LOOKUP_ERRORS)
def test_reconcile_and_wait_leave_no_secret(
    watch: Watch, lost: tuple[str, ...], code: str, output: list[str], level: str | None
) -> None:
    """They do not know the spec, so they print none of the API's details."""
    log = [] if level is None else ["--log-level", level]
    (entry,) = read_entries(watch.journal)
    build_id = watch.api.sandbox.builds[0].id
    for command in (["reconcile"], ["reconcile", entry.id], ["wait", entry.id], ["wait", build_id]):
        where = {} if LOOKUP_ERRORS[code] is None else {"at": LOOKUP_ERRORS[code]}
        watch.api.sandbox.refuse_next(code, detail=DETAILS, times=3, **where)
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
"""Documents with findings beside their secrets."""

CHARACTERS = "<>/\"'&:{}[],-= \n#|!*?@x"


def with_typo(text: str, chance: Random) -> str:
    """Return a document with one character added, removed or changed in a line with a secret."""
    lines = [(found.start(), found.end()) for found in re.finditer(r".*\n?", text) if CANARY in found[0]]
    at = chance.randrange(*chance.choice(lines))
    return (
        text[:at]
        + chance.choice(["", text[at] + chance.choice(CHARACTERS), chance.choice(CHARACTERS)])
        + text[at + 1 :]
    )


@pytest.mark.parametrize("output", ["text", "json", "github", "sarif", "junit", "gitlab"])
def test_validate_shows_no_secret_after_a_typing_error(run: Run, folder: Path, output: str) -> None:
    """None of these errors moves a secret into a public field, where it could not be recognized."""
    chance = Random(5)
    documents: dict[str, str] = {}
    for number in range(300):
        format = chance.choice([*SPECS])
        text = with_typo(chance.choice(SPECS[format]).replace("CANARY", CANARY), chance)
        documents[f"{number}.{format}"] = text
        (folder / f"{number}.{format}").write_text(text)
    result = run("validate", *documents, "--output-format", output)
    shown = [
        line for line in (result.out + result.err).splitlines() if any(piece in line for piece in PIECES)
    ]
    assert (shown, result.code) == ([], 1)
