"""Formatting: canonical text that keeps comments and schema hints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vmspec.documents import dumps, loads
from vmspec.documents.formats import format_text
from vmspec.errors import DocumentError
from vmspec.model.element_tree import ElementSchema, root
from vmspec.model.elements import (
    AuthorizedKeys,
    BackupPolicy,
    CloudInit,
    DiskTemplate,
    IPAddressAllocation,
    NetworkInterface,
    Option,
    Resources,
    Schedule,
    SystemDisk,
)
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import (
    DataCenter,
    IPAddress,
    Network,
    Package,
    SharedDisk,
    Subnet,
    Template,
    TemplateVersion,
    User,
)

HINTED = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="vmspec.xsd"'


def body(text: str) -> str:
    """Return the content of the root of canonical text, without the hostname."""
    start, end = '<?xml version="1.0"?>\n<VirtualMachineSpec>\n', "</VirtualMachineSpec>\n"
    assert text.startswith(start)
    assert text.endswith(end)
    hostname = '  <Hostname>\n    <Hostname type="random"/>\n  </Hostname>\n'
    assert text.count(hostname) == 1
    return text[len(start) : -len(end)].replace(hostname, "")


def formatted(inner: str) -> str:
    """Return the body of a formatted document; check that formatting it again changes nothing."""
    source = f"<VirtualMachineSpec>{inner}</VirtualMachineSpec>"
    text = format_text(source, "xml")
    assert format_text(text, "xml") == text
    assert loads(text) == loads(source)
    return body(text)


# Examples


def test_document_becomes_canonical_with_its_comments() -> None:
    source = """<?xml version="1.0" encoding="UTF-8"?>
<!-- The web
       server. -->
<?editor  fold?>
<VirtualMachineSpec>
\t<!-- shown in the console -->
\t<Name><Name>Web &#38; more</Name></Name>
\t<!-- public
\t     address -->
\t<NetworkInterfaces><NetworkInterface>
\t\t<SpeedProfile by="permalink"> 1gbps </SpeedProfile><!-- London --><Network by="id">netw_1</Network>
\t\t<!-- no address yet -->
\t</NetworkInterface></NetworkInterfaces>
\t<Resources><CPUCores> 02 </CPUCores><!-- GB --><Memory>007</Memory></Resources>
\t<DataCenter by="permalink">
\t\tuk-lon-01
\t</DataCenter>
\t<!-- that is all -->
</VirtualMachineSpec>
<!-- made by hand -->
"""
    expected = """<?xml version="1.0"?>
<!-- The web
       server. -->
<?editor fold?>
<VirtualMachineSpec>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources>
    <!-- GB -->
    <Memory>7</Memory>
    <CPUCores>2</CPUCores>
  </Resources>
  <!-- public
\t     address -->
  <NetworkInterfaces>
    <NetworkInterface>
      <!-- London -->
      <Network>netw_1</Network>
      <SpeedProfile by="permalink">1gbps</SpeedProfile>
      <!-- no address yet -->
    </NetworkInterface>
  </NetworkInterfaces>
  <Hostname>
    <Hostname type="random"/>
  </Hostname>
  <!-- shown in the console -->
  <Name>Web &amp; more</Name>
  <!-- that is all -->
</VirtualMachineSpec>
<!-- made by hand -->
"""
    assert format_text(source, "xml") == expected
    assert format_text(source.encode(), "xml") == expected
    assert format_text("\ufeff" + source.replace("\n", "\r\n"), "xml") == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (
            "<SystemDisks><Disk><Size>1<!-- x -->2</Size></Disk></SystemDisks>",
            (
                "  <SystemDisks>\n    <Disk>\n      <!-- x -->\n      <Size>12</Size>\n    </Disk>\n"
                "  </SystemDisks>\n"
            ),
        ),
        (
            "<!-- 1 --><Description>a<!-- 2 -->b<?c d?></Description>",
            "  <!-- 1 -->\n  <!-- 2 -->\n  <?c d?>\n  <Description>ab</Description>\n",
        ),
        (
            "<Name> <!-- 1 --> <Name>w<!-- 2 -->eb</Name> <!-- 3 --> </Name>",
            "  <!-- 1 -->\n  <!-- 2 -->\n  <!-- 3 -->\n  <Name>web</Name>\n",
        ),
        ("<Group><!-- x -->vmgrp_1</Group>", "  <!-- x -->\n  <Group>vmgrp_1</Group>\n"),
        ("<Description><!-- x --></Description>", "  <!-- x -->\n  <Description/>\n"),
    ],
)
def test_comment_in_a_value_moves_before_its_element(inner: str, expected: str) -> None:
    assert formatted(inner) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<!-- all of it -->", "  <!-- all of it -->\n"),
        ("<Resources><!-- x --></Resources>", "  <Resources>\n    <!-- x -->\n  </Resources>\n"),
        (
            '<AuthorizedKeys><Users all="yes"><!-- x --></Users><!-- y --></AuthorizedKeys>',
            (
                '  <AuthorizedKeys>\n    <Users all="yes">\n      <!-- x -->\n    </Users>\n'
                "    <!-- y -->\n  </AuthorizedKeys>\n"
            ),
        ),
    ],
)
def test_comment_at_the_end_of_an_element_stays(inner: str, expected: str) -> None:
    assert formatted(inner) == expected


def test_comment_before_an_empty_list_moves_to_the_next_element() -> None:
    assert formatted("<Tags/><!-- x --><SystemDisks/><Name>a</Name><Zone>zone_1</Zone>") == (
        "  <Zone>zone_1</Zone>\n  <!-- x -->\n  <Name>a</Name>\n"
    )
    assert formatted("<!-- x --><Tags> </Tags><Name>a</Name>") == "  <Name>a</Name>\n  <!-- x -->\n"


def test_empty_list_with_a_comment_is_kept() -> None:
    disks, tags = (
        "<SystemDisks><!-- <Disk/> --></SystemDisks>",
        "<!-- 1 --><Tags><!-- 2 --><!-- 3 --></Tags>",
    )
    assert formatted(f"{tags}<Name>a</Name>{disks}<Zone>zone_1</Zone>") == (
        "  <Zone>zone_1</Zone>\n"
        "  <SystemDisks>\n    <!-- <Disk/> -->\n  </SystemDisks>\n"
        "  <Name>a</Name>\n"
        "  <!-- 1 -->\n  <Tags>\n    <!-- 2 -->\n    <!-- 3 -->\n  </Tags>\n"
    )
    source = f"<VirtualMachineSpec>{disks}</VirtualMachineSpec>"
    assert format_text(source, "xml").index("</SystemDisks>") < format_text(source, "xml").index("<Hostname>")


def test_comments_in_the_hostname_are_kept() -> None:
    inner = '<Hostname><!-- 1 --><Hostname type="random"><!-- 2 --></Hostname><!-- 3 --></Hostname>'
    text = format_text(f"<VirtualMachineSpec>{inner}</VirtualMachineSpec>", "xml")
    assert text == (
        '<?xml version="1.0"?>\n<VirtualMachineSpec>\n  <Hostname>\n    <!-- 1 -->\n    <!-- 2 -->\n'
        '    <Hostname type="random"/>\n    <!-- 3 -->\n  </Hostname>\n</VirtualMachineSpec>\n'
    )


def test_cdata_becomes_escaped_text() -> None:
    inner = "<CloudInit><UserData><![CDATA[a <!-- b --> & c\n ]]></UserData></CloudInit>"
    assert formatted(inner) == (
        "  <CloudInit>\n    <UserData>a &lt;!-- b --&gt; &amp; c\n </UserData>\n  </CloudInit>\n"
    )


@pytest.mark.parametrize("prefix", ["xsi", "i"])
def test_schema_hints_on_the_root_are_kept(prefix: str) -> None:
    root = f"<VirtualMachineSpec {HINTED.replace('xsi', prefix)} xmlns:other='urn:other'>"
    source = f"{root}<!-- x --><Zone>zone_1</Zone></VirtualMachineSpec>"
    text = format_text(source, "xml")
    bare = format_text(source.replace(root, "<VirtualMachineSpec>"), "xml")
    assert text == bare.replace("<VirtualMachineSpec>", f"<VirtualMachineSpec {HINTED}>")
    assert format_text(text, "xml") == text


def test_unused_namespace_is_dropped() -> None:
    declaration = HINTED.partition(" ")[0]
    text = format_text(f"<VirtualMachineSpec {declaration}/>", "xml")
    assert text == dumps(VirtualMachineSpec())


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("<VirtualMachineSpec><!-- x --><Nam>a</Nam></VirtualMachineSpec>", "VMS102"),
        ("<VirtualMachineSpec><!-- x -- y --></VirtualMachineSpec>", "VMS001"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><VirtualMachineSpec><Name>&b;</Name></VirtualMachineSpec>', "VMS003"),
    ],
)
def test_invalid_document_is_rejected(source: str, code: str) -> None:
    with pytest.raises(DocumentError) as refused:
        format_text(source, "xml")
    assert [finding.code for finding in refused.value.findings] == [code]


# JSON


def test_json_becomes_canonical_with_its_schema_hint_first() -> None:
    source = (
        '{"tags": [], "name": "w\\u00e9b", "zone": {"id": "zone_1"}, "$schema": "vmspec.json", "iso": null}'
    )
    expected = '{\n  "$schema": "vmspec.json",\n  "zone": {\n    "id": "zone_1"\n  },\n  "name": "wéb"\n}\n'
    assert format_text(source, "json") == expected
    assert format_text(expected.encode(), "json") == expected


def test_invalid_json_is_rejected() -> None:
    with pytest.raises(DocumentError) as refused:
        format_text('{"nam": "a", "zone": 1}', "json")
    assert [finding.code for finding in refused.value.findings] == ["VMS102", "VMS112"]


# Properties

TEXTS = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs"],
        include_characters="\t\n\r\x7f\x85<>&\"'",
        exclude_characters="\ufffe\uffff",
    ),
    max_size=12,
)
POLICIES = st.lists(
    st.builds(
        BackupPolicy,
        retention=st.none() | st.just(7),
        schedule=st.none() | st.builds(Schedule, interval=st.just("daily"), time=st.just(0)),
    ),
    max_size=2,
).map(tuple)
DISKS = st.builds(SystemDisk, name=st.none() | TEXTS, size=st.none() | st.just(20), backup_policies=POLICIES)
ALLOCATIONS = st.sampled_from(
    [
        IPAddressAllocation(type="new", version=4, subnet=Subnet("10.0.0.0/24", by="address")),
        IPAddressAllocation(type="existing", ip_address=IPAddress("ip_1")),
        IPAddressAllocation(),
    ]
)
INTERFACES = st.builds(
    NetworkInterface,
    network=st.just(Network("netw_1")),
    ip_address_allocations=st.lists(ALLOCATIONS, max_size=3).map(tuple),
)
TEMPLATES = st.builds(
    DiskTemplate,
    template=st.just(Template("templates/ubuntu", by="permalink")),
    version=st.none() | st.just(TemplateVersion("3", by="number")),
    options=st.lists(st.builds(Option, key=TEXTS, value=TEXTS), max_size=3).map(tuple),
)
KEYS = st.builds(
    AuthorizedKeys,
    continuous_management=st.none() | st.booleans(),
    all_users=st.none() | st.booleans(),
    users=st.lists(st.just(User("a@example.com", by="email_address")), max_size=2).map(tuple),
    ssh_keys=st.lists(TEXTS, max_size=2).map(tuple),
)
SPECS = st.builds(
    VirtualMachineSpec,
    data_center=st.none() | st.just(DataCenter("uk-lon-01", by="permalink")),
    resources=st.sampled_from([None, Resources(), Resources(package=Package("a<b")), Resources(memory=4)]),
    disk_template=st.none() | TEMPLATES,
    cloud_init=st.none() | st.builds(CloudInit, user_data=st.none() | TEXTS),
    system_disks=st.lists(DISKS, max_size=3).map(tuple),
    shared_disks=st.lists(st.just(SharedDisk("disk_1")), max_size=2).map(tuple),
    network_interfaces=st.lists(INTERFACES, max_size=2).map(tuple),
    hostname=st.none() | TEXTS,
    name=st.none() | TEXTS,
    description=st.none() | TEXTS,
    authorized_keys=st.none() | KEYS,
    backup_policies=POLICIES,
    tags=st.lists(TEXTS, max_size=3).map(tuple),
)


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


def as_text(tree: etree._Element) -> str:
    return etree.tostring(tree.getroottree(), encoding="unicode")


def walk(element: etree._Element, node: ElementSchema) -> Iterator[tuple[etree._Element, ElementSchema]]:
    """Yield each element of a document with its schema."""
    yield element, node
    for child in element.iterchildren(etree.Element):
        yield from walk(child, node.children.get(str(child.tag), node))  # a name may stand in a name


@st.composite
def reordered_trees(draw: st.DrawFn) -> etree._Element:
    """Draw a valid document in any order and on one line, with or without a nested name."""
    tree = parsed(dumps(draw(SPECS)))
    for element, node in list(walk(tree, root())):
        if node.scalar is None:
            element[:] = draw(st.permutations(list(element)))
            element.text = None
            for child in element:
                child.tail = None
        elif node.nested and draw(st.booleans()):
            inner = etree.SubElement(element, element.tag)
            inner.text, element.text = element.text, None
    return tree


@st.composite
def notes(draw: st.DrawFn, number: int) -> etree._Element:
    text = draw(TEXTS).replace("\r", "")
    if draw(st.booleans()):
        return etree.Comment(f"{number} {text.replace('-', '')}.")
    return etree.ProcessingInstruction(f"p{number}", text.replace("?", "").lstrip(" \t\n"))


@st.composite
def commented_trees(draw: st.DrawFn) -> etree._Element:
    """Draw a valid document with comments and processing instructions anywhere."""
    tree = draw(reordered_trees())
    elements = list(walk(tree, root()))
    for number in range(draw(st.integers(1, 8))):
        note = draw(notes(number))
        element, node = draw(st.sampled_from(elements))
        if element is tree and draw(st.booleans()):
            draw(st.sampled_from([tree.addprevious, tree.addnext]))(note)
        elif node.scalar is None:
            element.insert(draw(st.integers(0, len(element))), note)
        else:
            text = element.text or ""
            split = draw(st.integers(0, len(text)))
            element.text, note.tail = text[:split], text[split:]
            element.insert(0, note)
    return tree


def is_comment(item: etree._Element) -> bool:
    return not isinstance(item.tag, str)


def written(items: list[etree._Element]) -> list[str]:
    return [etree.tostring(item, encoding="unicode", with_tail=False) for item in items]


def homes(element: etree._Element, node: ElementSchema, path: str = "") -> dict[str, list[str]]:
    """Return the comments in an element, by the path of the element that they belong to."""
    found: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    waiting: list[etree._Element] = []
    for child in element:
        if is_comment(child):
            waiting.append(child)
            continue
        tag = str(child.tag)
        counts[tag] = counts.get(tag, 0) + 1
        where, inner = f"{path}/{tag}[{counts[tag]}]", node.children[tag]
        if inner.scalar is None:
            found |= homes(child, inner, where)
        else:
            waiting += [item for item in child.iter() if is_comment(item)]
        found[where] = written(waiting)
        waiting = []
    found[f"{path}/end"] = written(waiting)
    return {where: items for where, items in found.items() if items}


def collapsed(text: str) -> str:
    return re.sub(r"<(\w+)([^<>/]*)>\s*</\1>", r"<\1\2/>", text)


@given(reordered_trees())
def test_document_without_comments_becomes_canonical_text(tree: etree._Element) -> None:
    source = as_text(tree)
    assert format_text(source, "xml") == dumps(loads(source))


@given(commented_trees())
def test_formatting_keeps_the_spec_and_is_idempotent(tree: etree._Element) -> None:
    source = as_text(tree)
    text = format_text(source, "xml")
    assert loads(text) == loads(source)
    assert format_text(text, "xml") == text


@given(commented_trees())
def test_every_comment_stays_with_its_element(tree: etree._Element) -> None:
    formatted_tree = parsed(format_text(as_text(tree), "xml"))
    assert homes(formatted_tree, root()) == homes(tree, root())
    for preceding in (True, False):
        siblings = [list(root.itersiblings(preceding=preceding)) for root in (formatted_tree, tree)]
        assert written(siblings[0]) == written(siblings[1])


@given(commented_trees())
def test_comments_are_on_lines_of_their_own(
    tree: etree._Element,
) -> None:
    source = as_text(tree)
    text = format_text(source, "xml")
    everything = (*tree.itersiblings(preceding=True), *tree.iter(), *tree.itersiblings())
    for note in written([item for item in everything if is_comment(item)]):
        text, count = re.subn(rf"^ *{re.escape(note)}\n", "", text, flags=re.MULTILINE)
        assert count == 1
    assert collapsed(text) == collapsed(dumps(loads(source)))


@given(SPECS, st.data())
def test_json_becomes_canonical_text_in_any_order(spec: VirtualMachineSpec, data: st.DataObject) -> None:
    canonical = dumps(spec, "json")
    entries = data.draw(st.permutations(list(json.loads(canonical).items())))
    assert format_text(json.dumps(dict(entries)), "json") == canonical
