"""What no reviewer should have to watch: who imports whom, what a start loads, what is exported."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from attrs import frozen

import vmspec

PACKAGE = Path(vmspec.__file__).parent

BELOW: dict[str, set[str]] = {
    "version": set(),
    "text": set(),
    "errors": set(),
    "findings": {"errors"},
    "model": {"findings"},
    "documents": {"model", "text"},
    "codes": {"documents"},
    "validation": {"documents", "codes"},
    "builder": {"validation"},
    "katapult": {"documents", "version"},
    "sandbox": {"validation", "katapult"},
    "testing": {"model", "sandbox"},
    "cli": {"builder", "sandbox"},
}
"""For each layer those right below it; it may import them and what is below them."""

WITHIN_MODEL = ("scalars", "schema", "values", "elements", "spec", ("element_tree", "diff"))
"""Left to right; the last two know each other or not, as they like."""

FOR_TYPE_CHECKERS_ONLY = {("errors", "vmspec.findings"), ("findings", "vmspec.model.spec")}

HOMES = {
    "lxml": {"documents", "validation"},
    "xmlschema": {"validation.xsd"},
    "httpx": {"katapult"},
    "hypothesis": {"testing"},
    "pytest": {"testing"},
    "click": {"cli"},
    "rich": {"cli"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
}
"""The only places where each of these may be imported."""


@frozen
class Import:
    """One import statement: in which module, of which, and whether only type checkers follow it."""

    importer: str
    imported: str
    typing_only: bool


def modules() -> list[str]:
    """All modules of the package, without its name; the package itself is the empty one."""
    paths = (path.relative_to(PACKAGE).with_suffix("") for path in sorted(PACKAGE.rglob("*.py")))
    return [".".join(path.parts).removesuffix("__init__").rstrip(".") for path in paths]


def path_of(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imports_of(module: str) -> Iterator[Import]:
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    guarded = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(module, name.name, node in guarded) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; the whole name says more"
            for name in node.names:
                yield Import(module, full_name(node.module or "", name.name), node in guarded)


def full_name(module: str, name: str) -> str:
    """The module that ``from module import name`` loads: the name may be a module itself."""
    inner = f"{module}.{name}".removeprefix("vmspec.")
    return f"vmspec.{inner}" if module.startswith("vmspec") and path_of(inner).exists() else module


IMPORTS = [found for module in modules() if module for found in imports_of(module)]
OWN = [found for found in IMPORTS if found.imported.partition(".")[0] == "vmspec"]


def layer_of(module: str) -> str:
    return module.removeprefix("vmspec").lstrip(".").partition(".")[0]


def beneath(layer: str) -> set[str]:
    return {layer}.union(*(beneath(lower) for lower in BELOW[layer]))


def test_every_module_is_in_a_layer() -> None:
    assert {layer_of(module) for module in modules()} - {"", "__main__"} <= BELOW.keys()


def test_layers_import_downwards_only() -> None:
    wrong = [
        found
        for found in OWN
        if layer_of(found.imported) not in beneath(layer_of(found.importer))
        and not (found.typing_only and (found.importer, found.imported) in FOR_TYPE_CHECKERS_ONLY)
    ]
    assert wrong == []


def test_the_model_imports_downwards_only() -> None:
    height = {
        name: height
        for height, names in enumerate(WITHIN_MODEL)
        for name in ([names] if isinstance(names, str) else names)
    }
    inner = [found for found in OWN if {layer_of(found.importer), layer_of(found.imported)} == {"model"}]
    wrong = [
        found
        for found in inner
        if height[found.imported.rpartition(".")[2]] > height[found.importer.rpartition(".")[2]]
    ]
    assert inner
    assert wrong == []


@pytest.mark.parametrize("package", HOMES)
def test_each_dependency_is_used_in_its_place_only(package: str) -> None:
    users = {found.importer for found in IMPORTS if found.imported.partition(".")[0] == package}
    assert {
        user for user in users if not any(f"{user}.".startswith(f"{home}.") for home in HOMES[package])
    } == set()


@pytest.mark.parametrize(
    "statement",
    [
        "import vmspec",
        "from vmspec import VM; VM('web').data_center('uk-lon-01').package('rock-3').build()",
        "import vmspec; vmspec.dumps(vmspec.loads('<VirtualMachineSpec/>'))",
        "import vmspec; assert vmspec.validate('<VirtualMachineSpec/>').findings",
    ],
)
def test_a_start_loads_nothing_heavy(statement: str) -> None:
    command = [sys.executable, "-X", "importtime", "-c", statement]
    started = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    loaded = {name.strip() for name in re.findall(r"^import time:.*\|(.*)$", started.stderr, re.MULTILINE)}
    assert "vmspec" in loaded
    heavy = {"httpx", "xmlschema", "rich", "click", "starlette", "uvicorn", "hypothesis", "pytest"}
    assert heavy & loaded == set()


def test_the_public_names_are_there() -> None:
    assert set(vmspec.__all__) >= {"VM", "VirtualMachineSpec", "load", "loads", "dump", "dumps", "validate"}
    for name in vmspec.__all__:
        assert getattr(vmspec, name) is not None
        assert name in dir(vmspec)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = vmspec.nonsense  # type: ignore[attr-defined]


def test_type_checkers_and_python_find_the_same_public_names() -> None:
    """The lazy names are written a second time for type checkers, who cannot follow ``__getattr__``."""
    tree = ast.parse(path_of("").read_text(encoding="utf-8"))
    homes = {
        name.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vmspec.")
        for name in node.names
    }
    assert set(homes) == set(vmspec.__all__)
    for name, home in homes.items():
        assert getattr(vmspec, name) is getattr(import_module(str(home)), name)


@pytest.mark.parametrize("module", [module for module in modules() if path_of(module).name == "__init__.py"])
def test_packages_export_what_they_say(module: str) -> None:
    package = import_module(f"vmspec.{module}".rstrip("."))
    for name in getattr(package, "__all__", ()):
        assert hasattr(package, name)
