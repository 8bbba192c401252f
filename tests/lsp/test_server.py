"""The language server, driven by a client over pipes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vmspec import validate
from vmspec.catalogue import Catalogue, Package, dump_catalogue

from .support.client import Client

pytest.importorskip("pygls")

XML = """\
<VirtualMachineSpec>
  <Resources>
    <Packge by="permalink">rock-3</Packge>
  </Resources>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Tags><Tag>é𝒳</Tag><tag>a</tag></Tags>
</VirtualMachineSpec>
"""
YAML = "resorces:\n  package: {permalink: rock-3}\ndata_center: {id: dc_1}\n"
JSON = '{\n  "resources": {"packge": {"permalink": "rock-3"}},\n  "data_center": {"id": "dc_1"}\n}\n'
DOCUMENTS = {"xml": XML, "yaml": YAML, "json": JSON}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path) as running:
        yield running


def apply(text: str, edits: list[dict[str, Any]]) -> str:
    """Return a text of ASCII characters with edits."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda edit: [*edit["range"]["start"].values()], reverse=True):
        start, end = edit["range"]["start"], edit["range"]["end"]
        before = lines[start["line"]][: start["character"]]
        after = (lines[end["line"]] if end["line"] < len(lines) else "")[end["character"] :]
        lines[start["line"] : end["line"] + 1] = [before + edit["newText"] + after]
    return "\n".join(lines)


@pytest.mark.parametrize("format", DOCUMENTS)
def test_diagnostics_are_the_findings_of_validate(client: Client, format: str) -> None:
    text = DOCUMENTS[format]
    diagnostics = client.open(f"file:///web.{format}", text, format)
    findings = validate(text, format).findings  # type: ignore[arg-type]
    assert [(found["code"], found["range"]["start"]["line"] + 1) for found in diagnostics] == [
        (finding.code, finding.line) for finding in findings
    ]
    assert client.change(f"file:///web.{format}", text.replace("rock", "rick"), 2) != []


def test_characters_are_counted_in_the_units_of_the_client(tmp_path: Path) -> None:
    columns: list[int] = []
    for encodings in (["utf-16"], ["utf-32"], ["utf-8"]):
        with Client(tmp_path, encodings) as client:
            found = [each for each in client.open("file:///a.xml", XML) if "tag" in each["message"]]
            columns.append(found[0]["range"]["start"]["character"])
    assert columns == [23, 22, 26]


def test_diagnostics_of_a_closed_document_are_withdrawn(client: Client) -> None:
    assert client.open("file:///web.xml", XML)
    client.tell("textDocument/didClose", textDocument={"uri": "file:///web.xml"})
    assert client.diagnostics(None) == []


def test_other_documents_are_left_alone(client: Client) -> None:
    assert client.open("file:///pom.xml", "<project><Nmae/></project>") == []
    assert client.at("completion", "file:///pom.xml", 0, 9) == []
    assert client.at("hover", "file:///pom.xml", 0, 12) is None
    assert client.ask("textDocument/documentSymbol", textDocument={"uri": "file:///pom.xml"}) == []


def test_unknown_documents_have_no_answers(client: Client) -> None:
    assert client.at("completion", "file:///missing.xml", 0, 0) == []
    assert client.at("hover", "file:///missing.xml", 0, 0) is None


def test_language_decides_without_a_suffix(client: Client) -> None:
    assert client.open("untitled:1", "zone: {id: zone_1}\nnmae: a\n", "yaml")[0]["code"] == "VMS102"


@pytest.mark.parametrize("format", DOCUMENTS)
def test_fix_is_a_code_action(client: Client, format: str) -> None:
    uri, text = f"file:///web.{format}", DOCUMENTS[format]
    [diagnostic, *_] = client.open(uri, text, format)
    actions = client.ask(
        "textDocument/codeAction",
        textDocument={"uri": uri},
        range=diagnostic["range"],
        context={"diagnostics": [diagnostic]},
    )
    fix = next(action for action in actions if action["title"].startswith("Fix: did you mean"))
    assert (fix["kind"], fix["isPreferred"]) == ("quickfix", True)
    fixed = apply(text, fix["edit"]["changes"][uri])
    assert fixed == text.replace("Packge", "Package").replace("packge", "package").replace(
        "resorces", "resources"
    )


def test_all_fixes_are_one_code_action(client: Client) -> None:
    client.open("file:///web.xml", XML)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    [action] = client.ask(
        "textDocument/codeAction",
        textDocument={"uri": "file:///web.xml"},
        range=whole,
        context={"diagnostics": [], "only": ["source.fixAll"]},
    )
    [edit] = action["edit"]["changes"]["file:///web.xml"]
    assert edit["newText"] == XML.replace("Packge", "Package").replace("tag>", "Tag>")


def test_code_is_explained(client: Client) -> None:
    [diagnostic, *_] = client.open("file:///web.xml", XML)
    actions = client.ask(
        "textDocument/codeAction",
        textDocument={"uri": "file:///web.xml"},
        range=diagnostic["range"],
        context={"diagnostics": [diagnostic], "only": ["quickfix"]},
    )
    command = next(action["command"] for action in actions if action.get("command"))
    page = client.ask("workspace/executeCommand", command=command["command"], arguments=command["arguments"])
    assert page.startswith("VMS102 unknown-name: error")
    shown = [message for message in client.messages if message.get("method") == "window/showMessage"]
    assert shown[0]["params"]["message"] == page


def test_formatting_is_that_of_vmspec_format(client: Client) -> None:
    text = "<VirtualMachineSpec><Name>a</Name><!-- b --><Zone>zone_1</Zone></VirtualMachineSpec>"
    client.open("file:///web.xml", text)
    options = {"tabSize": 4, "insertSpaces": True}
    [edit] = client.ask("textDocument/formatting", textDocument={"uri": "file:///web.xml"}, options=options)
    assert edit["newText"].startswith('<?xml version="1.0"?>\n<VirtualMachineSpec>\n  <!-- b -->\n  <Zone>')
    client.open("file:///bad.xml", XML)
    assert (
        client.ask("textDocument/formatting", textDocument={"uri": "file:///bad.xml"}, options=options) == []
    )


def test_symbols_are_nested(client: Client) -> None:
    client.open("file:///web.yaml", "hostname: web\nsystem_disks:\n- size: 5\n")
    found = client.ask("textDocument/documentSymbol", textDocument={"uri": "file:///web.yaml"})
    assert [symbol["name"] for symbol in found] == ["hostname", "system_disks"]
    assert [symbol["name"] for symbol in found[1]["children"]] == ["1"]
    assert [symbol["name"] for symbol in found[1]["children"][0]["children"]] == ["size"]


def test_project_selects_findings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.vmspec]\nignore = ["VMS224"]\n')
    text = XML.replace("Packge", "Package").replace("<tag>a</tag>", "")
    with Client(tmp_path) as client:
        assert client.open("file:///web.xml", text) == []


def test_server_ends_when_asked_to(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        client.open("file:///web.xml", XML)
        assert client.stop() == (0, "")


def test_names_are_checked_and_completed_by_a_catalogue(tmp_path: Path) -> None:
    catalogue = Catalogue(packages=(Package(id="vmpkg_AAAAAAAAAAAAAAAA", permalink="rock-3"),))
    dump_catalogue(catalogue, tmp_path / "katapult.json")
    text = "data_center: {permalink: uk-lon-01}\nresources:\n  package:\n    permalink: rokc-3\nhostname: a\n"
    with Client(tmp_path, options=["--catalogue", "katapult.json"]) as client:
        found = client.open("file:///web.yaml", text)
        assert "VMS411" in [diagnostic["code"] for diagnostic in found]
        items = client.at("completion", "file:///web.yaml", 3, 17)
    assert [item["label"] for item in items] == ["rock-3"]
