"""The site: all that is public is on a page, links lead somewhere, pages can be read on phone and screen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import get_args
from urllib.parse import unquote, urldefrag

import pytest
from lxml import etree, html
from sphinx.util.inventory import InventoryFile

import vmspec
import vmspec.errors
import vmspec.katapult
import vmspec.sandbox
import vmspec.sandbox.faults
import vmspec.testing
from tests.support.browser import Browser, needs_browser, running_browser
from vmspec.cli.exit_codes import EXIT_CODES
from vmspec.validation.pages import pages as rule_pages

TOP = Path(__file__).parent.parent
DOCS = TOP / "docs"
GENERATED = {"reference/elements.md", "reference/commands.md", "changelog.md"}
REPOSITORY = "https://github.com/example/vmspec"
PHONE, SCREEN = 390, 1280
READABLE = 4.5
"""The contrast of text and background that WCAG 2 asks for at level AA."""

WRITTEN_BY_SPHINX = {"genindex.html", "py-modindex.html", "search.html", "404.html"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; each warning of Sphinx is an error."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", out.with_name("trees"), DOCS, out]
    env = os.environ | {"VMSPEC_REPOSITORY": REPOSITORY}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@cache
def tree(page: Path) -> etree._Element:
    return html.document_fromstring(page.read_bytes())


def pages(site: Path) -> list[Path]:
    return sorted(page for page in site.rglob("*.html") if "_static" not in page.parts)


def links(site: Path, page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the target and the anchor of each link to a page of the site."""
    for href in tree(page).xpath("//a/@href"):
        address, anchor = urldefrag(href)
        if not re.match("[a-z]+:", address):
            base = site if address.startswith("/") else page.parent
            yield ((base / unquote(address).lstrip("/")).resolve() if address else page), unquote(anchor)


def test_links_and_anchors_exist(site: Path) -> None:
    broken = []
    for page in pages(site):
        for target, anchor in links(site, page):
            is_there = target.is_file() or (target / "index.html").is_file()
            if is_there and anchor and target.suffix == ".html":
                is_there = bool(tree(target).xpath("//*[@id=$id]", id=anchor))
            if not is_there:
                broken.append((page.name, target.name, anchor))
    assert broken == []


def test_every_page_is_two_clicks_from_the_front_page(site: Path) -> None:
    front = site / "index.html"
    near = {target for target, _ in links(site, front)}
    far = {target for page in near if page.suffix == ".html" for target, _ in links(site, page)}
    unreachable = {*pages(site)} - near - far
    assert {page.name for page in unreachable} <= WRITTEN_BY_SPHINX


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = "//*[self::script or self::img or self::iframe]/@src | //link[@rel!='canonical']/@href"
    for page in pages(site):
        assert [address for address in tree(page).xpath(loaded) if re.match("[a-z]+:|//", address)] == []
    for style in site.rglob("*.css"):
        assert re.findall(r"url\(['\"]?https?:[^)]*\)|@import", style.read_text(encoding="utf-8")) == []


def test_pages_have_a_link_for_editing(site: Path) -> None:
    assert f"{REPOSITORY}/edit/main/docs/how-to/keys.md" in (site / "how-to/keys.html").read_text()


def test_page_for_unknown_addresses_works_at_any_depth(site: Path) -> None:
    addresses = tree(site / "404.html").xpath("//link/@href | //script/@src | //a[@href!='#']/@href")
    assert [address for address in addresses if not re.match(r"/|#|https:|mailto:", address)] == []


def test_list_for_language_models_has_every_page(site: Path) -> None:
    listed = set(re.findall(r"\]\(([^)]+)\)", (site / "llms.txt").read_text(encoding="utf-8")))
    assert listed == {str(page.relative_to(site)) for page in pages(site)} - WRITTEN_BY_SPHINX


def test_pages_written_by_hand_are_short() -> None:
    lengths = {
        name: page.read_text(encoding="utf-8").count("\n")
        for page in DOCS.rglob("*.md")
        if (name := str(page.relative_to(DOCS))) not in GENERATED
    }
    assert {name: length for name, length in lengths.items() if length > 200} == {}


def test_every_public_name_is_on_a_reference_page(site: Path) -> None:
    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", os.path.join)
    documented = {name for kind in inventory.values() for name in kind}
    modules = (vmspec, vmspec.katapult, vmspec.sandbox, vmspec.testing)
    public = {f"{module.__name__}.{name}" for module in modules for name in module.__all__}
    errors = {f"vmspec.errors.{name}" for name in vars(vmspec.errors) if re.match(r"[A-Z]\w+Error$", name)}
    from_errors = {name for name in vmspec.__all__ if hasattr(vmspec.errors, name)}
    public -= {f"vmspec.{name}" for name in from_errors} | {"vmspec.VirtualMachineSpec", "vmspec.__version__"}
    public -= {"vmspec.sandbox.Catalogue"}  # described on the same page, without an entry in the index
    assert (public | errors) - documented == set()


def test_every_rule_fault_and_exit_code_is_on_a_page(site: Path) -> None:
    assert {code for code in rule_pages() if not (site / f"rules/{code}.html").exists()} == set()
    faults = (DOCS / "reference/faults.md").read_text(encoding="utf-8")
    names = [cls.__name__ for cls in get_args(vmspec.sandbox.faults.Fault)]
    assert [name for name in names if f"`{name}(" not in faults] == []
    commands = (DOCS / "reference/commands.md").read_text(encoding="utf-8")
    assert [code for code in EXIT_CODES if f"| {int(code)} |" not in commands] == []


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The address at which the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


CONTRASTS = """(() => {
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const color = channels(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const seen = {};
  for (const node of document.querySelectorAll("article p, article a, article code, article td, article h1, "
      + "article pre span, .sidebar-tree a")) {
    if (!node.textContent.trim() || node.classList.contains("headerlink")) continue;
    const [a, b] = [light(channels(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const name = node.tagName + "." + node.className;
    seen[name] = Math.min(seen[name] ?? 99, ratio);
  }
  return seen;
})()"""


@needs_browser
def test_pages_fit_a_phone_and_a_screen_without_errors(site: Path, address: str, browser: Browser) -> None:
    overflowing = []
    for page in pages(site):
        browser.open(f"{address}/{page.relative_to(site)}", width=SCREEN)
        for width in (SCREEN, PHONE):
            browser.resize(width)
            if browser.run("document.documentElement.scrollWidth") > width:
                overflowing.append((page.name, width))
    assert overflowing == []
    assert browser.messages() == []


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "page", ["index", "tutorials/first-machine", "reference/commands", "reference/builder", "rules/VMS102"]
)
def test_text_is_readable(address: str, browser: Browser, page: str, dark: bool) -> None:
    browser.open(f"{address}/{page}.html", dark=dark)
    contrasts = browser.run(CONTRASTS)
    assert {name: ratio for name, ratio in contrasts.items() if ratio < READABLE} == {}


RESULTS = """new Promise(resolve => {
  const done = () => document.querySelector("#search-results ul.search li a") && resolve(
    [...document.querySelectorAll("#search-results ul.search li a")].map(link => link.getAttribute("href")));
  new MutationObserver(done).observe(document.body, {childList: true, subtree: true});
  setTimeout(() => resolve([]), 10000);
  done();
})"""


@needs_browser
def test_search_finds_a_page(address: str, browser: Browser) -> None:
    browser.open(f"{address}/search.html?q=baseline")
    assert any("how-to/ci.html" in href for href in browser.result_of(RESULTS))


@needs_browser
def test_menu_of_the_phone_leads_to_a_page(address: str, browser: Browser) -> None:
    browser.open(f"{address}/index.html", width=PHONE)
    browser.click("label.mobile-header-button, header .nav-overlay-icon")
    browser.result_of(
        "Promise.all(document.getAnimations().map(animation => animation.finished)).then(() => 1)"
    )
    browser.click(".sidebar-tree a[href='tutorials/first-machine.html']")
    assert browser.run("document.title").startswith("Your first machine")


@needs_browser
def test_code_can_be_copied(address: str, browser: Browser) -> None:
    browser.open(f"{address}/index.html")
    assert browser.run("document.querySelectorAll('button.copybtn').length") >= 1
