"""Explanations of content that the grammar does not allow; the conformance vectors have more."""

from __future__ import annotations

import gc
import weakref

import pytest

from vmspec import DocumentError, loads
from vmspec.documents.xml.explain import Explanation
from vmspec.findings import MAX_FINDINGS


def document(inner: str) -> bytes:
    return f"<VirtualMachineSpec>\n{inner}\n</VirtualMachineSpec>".encode()


def explained(data: bytes) -> list[str]:
    return [str(finding) for finding in Explanation(data).findings]


@pytest.mark.parametrize(
    ("inner", "findings"),
    [
        ("", []),
        ("<Name><Name>a</Name></Name>", []),
        (
            "<Disk/>",
            [
                "2:2: error VMS109 <Disk> is not allowed directly in <VirtualMachineSpec>; "
                "put it in <SystemDisks> or <SharedDisks>"
            ],
        ),
        (
            "<datacenter/>",
            ["2:2: error VMS102 <VirtualMachineSpec> has no child <datacenter>; did you mean <DataCenter>?"],
        ),
        (
            "<Data_Center/>",
            ["2:2: error VMS102 <VirtualMachineSpec> has no child <Data_Center>; did you mean <DataCenter>?"],
        ),
        ("<Quux><Name/><Foo/></Quux>", ["2:2: error VMS102 <VirtualMachineSpec> has no child <Quux>"]),
        (
            "<Name><b>a</b></Name>",
            ["2:8: error VMS102 <Name> holds text, not elements; found <b>"],
        ),
        (
            '<Tags All="yes"><Tag key="a">a</Tag></Tags>',
            [
                "2:7: error VMS105 <Tags> has no attribute All",
                "2:22: error VMS105 <Tag> has no attribute key",
            ],
        ),
        (
            '<Zone By="id">a</Zone>',
            ["2:7: error VMS105 <Zone> has no attribute By; did you mean by?"],
        ),
        (
            '<Zone\n  by = "name">a</Zone>',
            ['3:9: error VMS103 <Zone> has by="name"; by is id or permalink'],
        ),
        (
            "<AuthorizedKeys continuous_management='on'/>",
            [
                '2:40: error VMS107 <AuthorizedKeys> has continuous_management="on"; '
                "continuous_management is yes or no; did you mean yes?"
            ],
        ),
        (
            "<Tags>é, <Tag/> b</Tags>",
            ["2:7: error VMS108 text directly in <Tags>, which holds elements only; put it in <Tag>"],
        ),
        (
            "<SystemDisks>20</SystemDisks>",
            ["2:14: error VMS108 text directly in <SystemDisks>, which holds elements only"],
        ),
        (
            "<SystemDisks><Size>20</Size><Name>a</Name></SystemDisks>",
            ["2:15: error VMS109 <Size> is not allowed directly in <SystemDisks>; put it in <Disk>"],
        ),
        (
            "<Resources><Memory>\n  8GB</Memory><CPUCores/></Resources>",
            [
                '3:3: error VMS107 <Memory> is "8GB"; it is an integer from 1 (GB); '
                "write the number alone: 8",
                "3:16: error VMS107 <CPUCores> is empty; it is an integer from 1",
            ],
        ),
        (
            "<Group by='name'>\xa0x</Group><Zone>\ufeff</Zone>",
            [
                r'2:18: error VMS107 <Group> is "\xa0x"; it starts or ends with whitespace',
                r'2:34: error VMS107 <Zone> is "\ufeff"; it starts or ends with whitespace',
            ],
        ),
        (
            "<Zone>a</Zone><Zone>b</Zone><Zone>c</Zone>",
            [
                "2:16: error VMS104 a second <Zone> in <VirtualMachineSpec>; at most one is allowed",
                "2:30: error VMS104 a second <Zone> in <VirtualMachineSpec>; at most one is allowed",
            ],
        ),
        (
            "<k:Name xmlns:k='urn:a'>a</k:Name>",
            ["2:2: error VMS102 <VirtualMachineSpec> has no child <k:Name>; did you mean <Name>?"],
        ),
        (
            "<Name xmlns='urn:a'>a</Name>",
            ["2:7: error VMS111 <Name> is in a namespace; a spec has none; leave xmlns out"],
        ),
        (
            '<Hostname type="random"/>',
            [
                "2:2: error VMS109 <Hostname> holds its value directly; "
                "it belongs in a second <Hostname> inside it; "
                'write <Hostname><Hostname type="random"/></Hostname>'
            ],
        ),
    ],
)
def test_finding_has_position_path_and_hint(inner: str, findings: list[str]) -> None:
    assert explained(document(inner)) == findings


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            "<virtualmachinespec/>",
            "1:2: error VMS101 the root is <virtualmachinespec>; a spec begins with <VirtualMachineSpec>",
        ),
        (
            "<html><body/></html>",
            "1:2: error VMS101 the root is <html>; a spec begins with <VirtualMachineSpec>",
        ),
        (
            '<k:VirtualMachineSpec xmlns:k="urn:a"><k:Foo/></k:VirtualMachineSpec>',
            "1:23: error VMS111 <k:VirtualMachineSpec> is in a namespace; a spec has none; "
            "write <VirtualMachineSpec> without a prefix",
        ),
    ],
)
def test_wrong_root_is_the_only_finding(text: str, finding: str) -> None:
    assert explained(text.encode()) == [finding]


def test_findings_are_in_document_order() -> None:
    inner = "<Resources><Foo/></Resources>\n<Bar/><Resources/>"
    assert [finding.path for finding in Explanation(document(inner)).findings] == [
        "resources.Foo",
        "Bar",
        "resources",
    ]


def test_findings_are_capped() -> None:
    findings = Explanation(document("<Foo/>" * 1000)).findings
    assert len(findings) == MAX_FINDINGS + 1
    assert findings[-1].message == f"at least {1000 - MAX_FINDINGS} more findings in this document"
    assert (findings[-1].line, findings[-1].column) == (2, 6 * MAX_FINDINGS + 2)


def test_explanation_is_freed_without_garbage_collection() -> None:
    """It refers to the document with its secrets, and the next collection may be far off."""
    gc.disable()
    try:
        explanation = weakref.ref(Explanation(document("<Disk/>")))
        assert explanation() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<CloudInit><hunter2/></CloudInit>", "<CloudInit> has no child <***>"),
        ("<CloudInit><UsreData/></CloudInit>", "<CloudInit> has no child <UsreData>"),
        ('<DiskTemplate><Option key="a" hunter2=""/></DiskTemplate>', "<Option> has no attribute ***"),
        ("<Päckäge/>", "<VirtualMachineSpec> has no child <Päckäge>"),
    ],
)
def test_name_that_may_be_a_secret_is_not_quoted(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        loads(f"<VirtualMachineSpec>{text}</VirtualMachineSpec>")
    assert message in [finding.message for finding in caught.value.findings]
    assert "hunter2" not in str(caught.value) + str([finding.path for finding in caught.value.findings])
