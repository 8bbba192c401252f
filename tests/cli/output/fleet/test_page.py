"""The page of a fleet: self-contained, escaped, without secrets."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from vmspec import VM, VirtualMachineSpec, loads, validate
from vmspec.cli.output.fleet import machines_of
from vmspec.cli.output.fleet.page import page
from vmspec.testing import specs

from ...support.documents import FULL, SECRET
from ...support.fleet import fleet

FIFTY = page(fleet(50))


class Elements(HTMLParser):
    """The elements of a page, and the attributes that name another resource."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.references: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.references |= {value or "" for name, value in attrs if name in ("href", "src", "action", "data")}
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)


def page_of(*sources: VirtualMachineSpec | str) -> str:
    return page(machines_of((f"{number}.xml", validate(source)) for number, source in enumerate(sources)))


def test_page_needs_nothing_from_elsewhere() -> None:
    elements = Elements(FIFTY)
    assert {reference for reference in elements.references if not reference.startswith("#m")} == {"data:,"}
    assert not {"iframe", "object", "embed", "img", "base"} & {*elements.tags}
    assert "http://" not in FIFTY
    assert "https://" not in FIFTY
    assert "@import" not in FIFTY
    assert "url(" not in FIFTY


def test_policy_allows_the_style_and_script_of_the_page_only() -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', FIFTY)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", FIFTY, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy[1]


def test_every_machine_has_a_row_and_a_tile_that_links_to_it() -> None:
    tree = html.fromstring(FIFTY)
    rows = [body.get("id") for body in tree.xpath("//tbody")]
    assert rows == [f"m{number}" for number in range(50)]
    assert {link.get("href") for link in tree.xpath("//a")} == {f"#{row}" for row in rows}


def test_findings_are_in_place() -> None:
    tree = html.fromstring(FIFTY)
    (body,) = tree.xpath('//tbody[@id="m10"]')
    assert body.get("class") == "warning"
    (finding,) = body.xpath(".//li")
    text = "warning VMS242 system_disks[0].size the disk has only 5 GB; use at least 10 GB"
    assert finding.text_content() == text


def test_findings_across_machines_are_shown() -> None:
    twin = VM("web-1").data_center("uk-lon-01").package("rock-3").template("templates/debian-12").spec
    shown = page_of(twin, twin)
    assert shown.count("VMS401") == 1
    assert "is also claimed by 0.xml" in shown


def test_document_with_mistakes_has_a_row_but_no_tile() -> None:
    shown = page_of("<VirtualMachineSpec><Nmae>x</Nmae></VirtualMachineSpec>")
    tree = html.fromstring(shown)
    assert tree.xpath("//a") == []
    assert tree.xpath("string(//tbody/tr/th)") == "0.xmlcannot be read"
    assert "&lt;VirtualMachineSpec&gt; has no child &lt;Nmae&gt;; did you mean &lt;Name&gt;?" in shown


def test_secrets_are_not_in_the_page() -> None:
    assert SECRET not in page_of(FULL)
    assert "Web [red]one[/red] \\x9b2J" in page_of(FULL)


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", '"><b onclick=x>', "<!--", "&amp;"])
def test_text_is_escaped(text: str) -> None:
    spec = (
        VM(text).name(f"{text}!").data_center(text, by="name").package(text).template(text)
        .disk(20, name=text).network(text).tags(text).spec
    )  # fmt: skip
    shown = page_of(spec, loads(FULL))
    tree = html.fromstring(shown)
    assert tree.xpath("string(//tbody[1]//th/text())") == text
    assert len(tree.xpath("//script")) == 1
    Elements(shown)


@given(st.lists(specs(), max_size=3))
def test_any_fleet_makes_a_page_with_well_formed_drawings(drawn: list[VirtualMachineSpec]) -> None:
    shown = page_of(*drawn)
    assert shown.count("<tbody ") == len(drawn)
    for svg in re.findall(r"<svg.*?</svg>", shown, re.DOTALL):
        etree.fromstring(svg)
        assert not re.search(r' (x|y|cx|cy|width|height)="-', svg)


def test_drawing_connects_groups_to_their_networks() -> None:
    (svg,) = html.fromstring(page(fleet(1))).xpath('//svg[contains(@class, "narrow")]')
    assert [title.text for title in svg.xpath("./g/title")] == ["uk-lon-01-public", "vnet_gVRkZdSKczfNg34P"]
    assert svg.xpath('string(.//text[@class="h"]/title)') == "uk-lon-01-public + vnet_gVRkZdSKczfNg34P"
    assert svg.get("aria-label") == "uk-lon-01: 1 machine, 2 networks"
