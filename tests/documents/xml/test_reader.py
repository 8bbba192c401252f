"""Reading XML, and writing it byte for byte."""

from __future__ import annotations

import pytest

from vmspec import VirtualMachineSpec, dumps, loads
from vmspec.documents.xml.writer import DECLARATION
from vmspec.errors import UnexpectedContentError
from vmspec.model.elements import AuthorizedKeys, CloudInit, DiskTemplate, NetworkInterface, Option, Resources
from vmspec.model.values import ISO, DataCenter, Network, Template, User

RANDOM = '  <Hostname>\n    <Hostname type="random"/>\n  </Hostname>\n'


def document(inner: str) -> str:
    return f"<VirtualMachineSpec>{inner}</VirtualMachineSpec>"


def written(spec: VirtualMachineSpec) -> str:
    """Return the content of the root."""
    text = dumps(spec)
    opening, closing = f"{DECLARATION}<VirtualMachineSpec>\n", "</VirtualMachineSpec>\n"
    assert text.startswith(opening)
    assert text.endswith(closing)
    return text.removeprefix(opening).removesuffix(closing)


class TestWriting:
    def test_declaration_has_no_encoding(self) -> None:
        assert DECLARATION == '<?xml version="1.0"?>\n'

    @pytest.mark.parametrize(
        ("spec", "text"),
        [
            (VirtualMachineSpec(), RANDOM),
            (VirtualMachineSpec(hostname=""), "  <Hostname>\n    <Hostname/>\n  </Hostname>\n"),
            (
                VirtualMachineSpec(hostname="web", hostname_type="random"),
                '  <Hostname>\n    <Hostname type="random">web</Hostname>\n  </Hostname>\n',
            ),
            (
                VirtualMachineSpec(data_center=DataCenter("loc_1")),
                f"  <DataCenter>loc_1</DataCenter>\n{RANDOM}",
            ),
            (
                VirtualMachineSpec(data_center=DataCenter("London", by="name")),
                f'  <DataCenter by="name">London</DataCenter>\n{RANDOM}',
            ),
            (VirtualMachineSpec(resources=Resources()), f"  <Resources/>\n{RANDOM}"),
            (
                VirtualMachineSpec(cloud_init=CloudInit(user_data="")),
                f"  <CloudInit>\n    <UserData/>\n  </CloudInit>\n{RANDOM}",
            ),
            (
                VirtualMachineSpec(network_interfaces=(NetworkInterface(),)),
                f"  <NetworkInterfaces>\n    <NetworkInterface/>\n  </NetworkInterfaces>\n{RANDOM}",
            ),
            (VirtualMachineSpec(name="", iso=ISO("iso_1")), f"{RANDOM}  <Name/>\n  <ISO>iso_1</ISO>\n"),
            (
                VirtualMachineSpec(authorized_keys=AuthorizedKeys(all_users=True, ssh_keys=("k",))),
                f'{RANDOM}  <AuthorizedKeys>\n    <Users all="yes"/>\n    <SSHKeys>\n'
                "      <SSHKey>k</SSHKey>\n    </SSHKeys>\n  </AuthorizedKeys>\n",
            ),
            (
                VirtualMachineSpec(
                    authorized_keys=AuthorizedKeys(
                        continuous_management=False, all_users=False, users=(User("user_1"),)
                    )
                ),
                f'{RANDOM}  <AuthorizedKeys continuous_management="no">\n    <Users all="no">\n'
                "      <User>user_1</User>\n    </Users>\n  </AuthorizedKeys>\n",
            ),
        ],
    )
    def test_absent_and_empty_values_differ(self, spec: VirtualMachineSpec, text: str) -> None:
        assert written(spec) == text

    def test_only_required_characters_are_escaped(self) -> None:
        spec = VirtualMachineSpec(name="a<b>&\"'\r\n\té\u2028\x85\U0001f427]]>")
        text = "a&lt;b&gt;&amp;\"'&#13;\n\té\u2028\x85\U0001f427]]&gt;"
        assert written(spec) == f"{RANDOM}  <Name>{text}</Name>\n"

    def test_line_ends_in_attributes_are_escaped(self) -> None:
        option = Option(key="a<b>&\"'\r\n\té", value="")
        spec = VirtualMachineSpec(disk_template=DiskTemplate(template=Template("dtpl_1"), options=(option,)))
        assert '<Option key="a&lt;b&gt;&amp;&quot;\'&#13;&#10;&#9;é"/>' in written(spec)


class TestReading:
    @pytest.mark.parametrize(
        ("inner", "spec"),
        [
            ("", VirtualMachineSpec()),
            ("<Hostname><Hostname/></Hostname>", VirtualMachineSpec(hostname="")),
            ('<Hostname><Hostname type="random"/></Hostname>', VirtualMachineSpec()),
            (
                '<Hostname><Hostname type="random">web</Hostname></Hostname>',
                VirtualMachineSpec(hostname="web", hostname_type="random"),
            ),
            ('<DataCenter by="id">loc_1</DataCenter>', VirtualMachineSpec(data_center=DataCenter("loc_1"))),
            ("<DataCenter>\n\tloc_1\r\n</DataCenter>", VirtualMachineSpec(data_center=DataCenter("loc_1"))),
            ("<Name>\n a \n</Name>", VirtualMachineSpec(name="\n a \n")),
            ("<Name>a\r\nb\rc&#13;d</Name>", VirtualMachineSpec(name="a\nb\nc\rd")),
            ("<Name><Name>x</Name></Name>", VirtualMachineSpec(name="x")),
            ("<Name>\n  <Name> x </Name>\n</Name>", VirtualMachineSpec(name=" x ")),
            ("<Name><Name/></Name>", VirtualMachineSpec(name="")),
            ("<Name/>", VirtualMachineSpec(name="")),
            ("<Name>a<!-- b -->c<?d?>e<![CDATA[<f>]]></Name>", VirtualMachineSpec(name="ace<f>")),
            ("<Tags/><SystemDisks/><SharedDisks> </SharedDisks>", VirtualMachineSpec()),
            ("<Tags> <Tag>a</Tag><!-- x --><Tag/></Tags>", VirtualMachineSpec(tags=("a", ""))),
            (
                "<Resources><Memory> +08\n</Memory></Resources>",
                VirtualMachineSpec(resources=Resources(memory=8)),
            ),
            (
                "<Resources><Memory>1<!-- x -->2</Memory></Resources>",
                VirtualMachineSpec(resources=Resources(memory=12)),
            ),
            (
                "<NetworkInterfaces><NetworkInterface><Network>netw_1</Network></NetworkInterface></NetworkInterfaces>",
                VirtualMachineSpec(network_interfaces=(NetworkInterface(network=Network("netw_1")),)),
            ),
        ],
    )
    def test_lenient_spellings_are_read(self, inner: str, spec: VirtualMachineSpec) -> None:
        assert loads(document(inner)) == spec

    @pytest.mark.parametrize("hint", ["schemaLocation", "noNamespaceSchemaLocation"])
    def test_schema_hints_are_ignored(self, hint: str) -> None:
        namespace = "http://www.w3.org/2001/XMLSchema-instance"
        text = (
            f'<VirtualMachineSpec xmlns:s="{namespace}" s:{hint}="a b"><Name>web</Name></VirtualMachineSpec>'
        )
        assert loads(text) == VirtualMachineSpec(name="web")
        assert "schema" not in dumps(loads(text))

    @pytest.mark.parametrize(
        "text",
        [
            '<VirtualMachineSpec xmlns:s="urn:a" s:schemaLocation="a b"/>',
            '<VirtualMachineSpec xmlns="urn:a"/>',
            '<a:VirtualMachineSpec xmlns:a="urn:a"/>',
            '<VirtualMachineSpec xml:lang="en"/>',
            document('<Name xml:space="preserve">a</Name>'),
            document("<DataCenter>\xa0loc_1</DataCenter>"),
            document('<DataCenter by=" id">loc_1</DataCenter>'),
            document('<DataCenter by="">loc_1</DataCenter>'),
            document("<Name>a</Name><Name>a</Name>"),
            document("<Name><Name>a</Name><Name>a</Name></Name>"),
            document("<Name><Name><Name>a</Name></Name></Name>"),
            document("<Name><Name>a</Name>b</Name>"),
            document('<Name by="id">a</Name>'),
            document("<Description><b>a</b></Description>"),
            document("\xa0<Name>a</Name>"),
            document("<Tags>\x85<Tag>a</Tag></Tags>"),
            document("<Hostname><Hostname>a</Hostname><Hostname>b</Hostname></Hostname>"),
            document('<Hostname type="random"><Hostname>a</Hostname></Hostname>'),
            document("<Hostname/>"),
            document("<DiskTemplate/>"),
            document("<DiskTemplate><DiskTemplate>dtpl_1</DiskTemplate><Option>a</Option></DiskTemplate>"),
        ],
    )
    def test_content_beyond_the_grammar_is_rejected(self, text: str) -> None:
        with pytest.raises(UnexpectedContentError) as caught:
            loads(text)
        assert caught.value.findings
