"""The XSD, which is written by hand, agrees with the model."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from xmlschema import XMLSchema10, XMLSchema11
from xmlschema.validators import XsdElement, XsdGroup

from vmspec import validate
from vmspec.documents.xml.parser import parse
from vmspec.model.element_tree import ElementSchema, root
from vmspec.model.scalars import Boolean, Choice, Scalar, String
from vmspec.validation.xsd import is_valid, schema_path

XSD = schema_path()
SCHEMA = XMLSchema10(XSD)
VECTORS = Path(__file__).parents[1] / "vectors"
VALID = sorted((VECTORS / "valid").glob("*.xml"))

Occurs = tuple[int, int | None]

PROBES = (
    *("", " ", "0", "1", "3", "4", "5", "6", " 4\n", "+4", "+06", "007", "-1", "4.0", "1e3", "0x4", "1_000"),
    *("\u0664", "999999999", "1000000000", "0000000001", "text", "two words", " text ", "a\tb"),
    *("nvme", "NVME", "dtv_1a", "dtv_", "_1", "a_b_c", "yes", "id", "é", "\U0001f427"),
)
"""Texts that some scalars accept and others reject."""


def pairs(node: ElementSchema, element: XsdElement) -> Iterator[tuple[ElementSchema, XsdElement]]:
    """Yield each element of the model with its declaration."""
    yield node, element
    declared = children_of(element)
    for child in node.children.values():
        if child.tag in declared:
            yield from pairs(child, declared[child.tag])


def children_of(element: XsdElement) -> dict[str, XsdElement]:
    """Return the child elements by name; an element that is declared several times has one type."""
    if element.type.is_simple() or not isinstance(element.type.content, XsdGroup):
        return {}
    children: dict[str, XsdElement] = {}
    for child in element.type.content.iter_elements():
        assert isinstance(child, XsdElement)
        assert children.setdefault(child.name, child).type is child.type
    return children


def occurrences(group: Any) -> dict[str, Occurs]:
    """Return how often each element may occur in a content model, through choices and repetitions."""
    if isinstance(group, XsdElement):
        return {group.name: (group.min_occurs, group.max_occurs)}
    inner = [occurrences(part) for part in group]
    total: dict[str, Occurs] = {}
    for tag in {tag for part in inner for tag in part}:
        each = [part.get(tag, (0, 0)) for part in inner]
        if group.model == "choice":
            total[tag] = (
                min(minimum for minimum, _ in each),
                combine_limits(max, [maximum for _, maximum in each]),
            )
        else:
            total[tag] = (
                sum(minimum for minimum, _ in each),
                combine_limits(sum, [maximum for _, maximum in each]),
            )
    return {tag: times(occurs, group) for tag, occurs in total.items()}


def combine_limits(combine: Any, limits: list[int | None]) -> int | None:
    known = [limit for limit in limits if limit is not None]
    return combine(known) if len(known) == len(limits) else None


def times(occurs: Occurs, group: Any) -> Occurs:
    minimum, maximum = occurs
    unbounded = maximum is None or group.max_occurs is None
    return minimum * group.min_occurs, None if unbounded else maximum * group.max_occurs


PAIRS = list(pairs(root(), SCHEMA.elements["VirtualMachineSpec"]))
each_element = pytest.mark.parametrize(
    ("node", "element"), PAIRS, ids=[f"{node.tag}.{node.step}" for node, _ in PAIRS]
)


@each_element
class TestEachElement:
    def test_children_and_their_occurrences_agree(self, node: ElementSchema, element: XsdElement) -> None:
        declared = occurrences(element.type.content) if children_of(element) else {}
        assert (not element.type.is_simple() and element.type.mixed) is node.nested
        if node.nested:
            assert declared == {node.tag: (0, 1)}
            return
        assert declared == {
            child.tag: (int(child.required), None if child.many else 1) for child in node.children.values()
        }

    def test_attributes_agree(self, node: ElementSchema, element: XsdElement) -> None:
        declared = {name: attribute.use == "required" for name, attribute in element.attributes.items()}
        assert declared == {name: rule.required for name, rule in node.attributes.items()}

    def test_attribute_values_agree(self, node: ElementSchema, element: XsdElement) -> None:
        for name, rule in node.attributes.items():
            type_ = element.attributes[name].type
            assert list(type_.enumeration or []) == words_of(rule.scalar)
            assert isinstance(rule.scalar, String) is (type_.enumeration is None)

    def test_texts_agree(self, node: ElementSchema, element: XsdElement) -> None:
        if node.scalar is None:
            assert not element.type.has_simple_content()
            return
        if node.nested:
            return
        type_ = element.type if element.type.is_simple() else element.type.content
        for text in (*PROBES, *words_of(node.scalar)):
            assert (text, type_.is_valid(text)) == (text, is_readable(node.scalar, text))


def words_of(scalar: Scalar) -> list[str]:
    return [str(word) for word in scalar.words] if isinstance(scalar, (Choice, Boolean)) else []


def is_readable(scalar: Scalar, text: str) -> bool:
    try:
        scalar.read(text)
    except ValueError:
        return False
    return True


def test_the_model_covers_the_whole_xsd() -> None:
    covered = {element.name for _, element in pairs(root(), SCHEMA.elements["VirtualMachineSpec"])}
    declared = {str(name) for name in etree.parse(XSD).xpath("//@name[parent::*[local-name() = 'element']]")}
    assert covered == declared
    assert list(SCHEMA.elements) == ["VirtualMachineSpec"]
    assert SCHEMA.target_namespace == ""


CHILDREN = {
    "Network": "<Network>netw_1</Network>",
    "VirtualNetwork": "<VirtualNetwork>vnet_1</VirtualNetwork>",
    "SpeedProfile": "<SpeedProfile>nsp_1</SpeedProfile>",
    "IPAddressAllocation": "<IPAddressAllocation/>",
}


@pytest.mark.parametrize("engine", ["libxml2", "xmlschema"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_interface_has_one_network_and_its_children_in_any_order(engine: Any, count: int) -> None:
    for order in permutations([*CHILDREN, "IPAddressAllocation"], count):
        inner = "".join(CHILDREN[tag] for tag in order)
        interfaces = f"<NetworkInterface>{inner}</NetworkInterface>"
        text = f"<VirtualMachineSpec><NetworkInterfaces>{interfaces}</NetworkInterfaces></VirtualMachineSpec>"
        in_both = {"Network", "VirtualNetwork"} <= set(order)
        assert is_valid(parse(text.encode()), engine) is not in_both


@pytest.mark.parametrize("engine", ["libxml2", "xmlschema"])
@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_children_may_be_in_any_order(path: Path, engine: Any) -> None:
    tree = parse(path.read_bytes())
    for element in tree.iter():
        element[:] = reversed(element)
    assert is_valid(tree, engine)


def test_every_declaration_is_documented() -> None:
    tree = etree.parse(XSD)
    namespace = {"xs": "http://www.w3.org/2001/XMLSchema"}
    named = tree.xpath(
        "//xs:element[@name] | //xs:attribute | //xs:complexType | //xs:simpleType[@name]",
        namespaces=namespace,
    )
    assert len(named) > 60
    for declaration in named:
        text = declaration.findtext("xs:annotation/xs:documentation", "", namespace)
        assert re.fullmatch(r"[A-Z].{10,}\.", " ".join(text.split())), declaration.get("name")


@pytest.mark.parametrize("engine", ["libxml2", "xmlschema"])
def test_name_with_text_and_an_inner_name_is_beyond_the_xsd(engine: Any) -> None:
    text = "<VirtualMachineSpec><Name>a<Name>b</Name></Name></VirtualMachineSpec>"
    assert is_valid(parse(text.encode()), engine)
    assert [finding.code for finding in validate(text).findings] == ["VMS108"]
    assert "<Name>a<Name>b</Name></Name>" in XSD.read_text().replace("&lt;", "<").replace("&gt;", ">")


def test_every_processor_accepts_the_schema() -> None:
    XMLSchema10.meta_schema.validate(XSD)
    assert XMLSchema10(XSD, validation="strict").all_errors == []
    assert XMLSchema11(XSD, validation="strict").all_errors == []
    assert etree.XMLSchema(etree.parse(XSD)).error_log.last_error is None


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_xsd_1_1_processor_accepts_valid_documents(path: Path) -> None:
    assert XMLSchema11(XSD).is_valid(path.read_text())


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
class TestXmllint:
    def exit_code(self, path: Path) -> int:
        command = ["xmllint", "--noout", "--nonet", "--schema", str(XSD), str(path)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    @pytest.mark.parametrize(
        "path", [*VALID, *(VECTORS / "lenient").glob("*.xml")], ids=lambda path: path.stem
    )
    def test_valid_documents_are_accepted(self, path: Path) -> None:
        assert self.exit_code(path) == 0

    @pytest.mark.parametrize(
        "name", ["misspelt-element", "wrong-by", "network-and-virtual-network", "namespace"]
    )
    def test_invalid_documents_are_rejected(self, name: str) -> None:
        assert self.exit_code(VECTORS / "invalid" / f"{name}.xml") == 3
