"""The conventions of the source: layers, dependencies, size, wording, exports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from importlib import import_module

import pytest

import vmspec

from .support.source import (
    PACKAGE,
    TOP,
    body_lines,
    cycles,
    docstrings,
    functions,
    imports_of,
    modules,
    parsed,
    path_of,
    place,
    python_files,
    text_files,
)

BELOW: dict[str, set[str]] = {
    "version": set(),
    "text": set(),
    "errors": {"text"},
    "findings": {"errors"},
    "codes": {"findings"},
    "model": {"codes", "text"},
    "documents": {"model"},
    "catalogue": {"documents"},
    "validation": {"catalogue"},
    "builder": {"validation"},
    "katapult": {"documents", "version"},
    "live": {"catalogue", "validation", "katapult"},
    "sandbox": {"validation", "katapult"},
    "testing": {"model", "sandbox"},
    "lsp": {"validation", "version"},
    "cli": {"builder", "live", "lsp", "sandbox"},
}
"""For each layer, the layers right below it. A layer may import these and everything below them."""

WITHIN_MODEL = ("scalars", "schema", "values", "elements", "spec", ("element_tree", "diff", "claims"))
"""The order of imports within the model; the last ones are equals."""

FACADES = {"katapult.organization_client": {"catalogue", "live"}}
"""Modules whose methods load a layer above their own when they are called."""

FOR_TYPE_CHECKERS_ONLY = {("errors", "vmspec.findings")}

HOMES = {
    "lxml": {"documents", "validation"},
    "xmlschema": {"validation.xsd"},
    "yaml": {"documents"},
    "httpx": {"katapult.transport.request"},
    "platformdirs": {"katapult"},
    "psycopg": {"katapult.journal.postgres"},
    "hypothesis": {"testing"},
    "pytest": {"testing"},
    "click": {"cli"},
    "pathspec": {"cli"},
    "rich": {"cli"},
    "lsprotocol": {"lsp"},
    "pygls": {"lsp"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
}
"""The only places where each third-party package may be imported; attrs may be used everywhere."""

MAX_MODULES = 14
MODULES_OF_FOLDER = {"cli/commands": 1000, "validation/rules": 16}
MAX_LINES = 300
DATA_TABLES = {"codes"}
MAX_BODY_LINES = 30
MAX_SHARE_OF_LONG_FUNCTIONS = 0.01

BAD_OPENINGS = {"What", "Whether", "Of", "Where", "That", "How", "As", "So", "Who", "Which"}
BAD_TEST_NAMES = re.compile(r"test_(so|nor|and|but|also|neither|what|whether|of|where|that|how|who|which)_")
DENIAL = re.compile(
    r"\b(?:is|are)(?:[\s_#])+no\b(?![\s_#]+(?:longer|more)\b)|(?<=_)(?:is|are)_no_(?!longer|more)"
)

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
        f"{found.importer} imports {found.imported}"
        for found in OWN
        if layer_of(found.importer) != "__main__"
        and layer_of(found.imported) not in beneath(layer_of(found.importer))
        and layer_of(found.imported) not in FACADES.get(found.importer, ())
        and not (found.typing_only and (found.importer, found.imported) in FOR_TYPE_CHECKERS_ONLY)
    ]
    assert wrong == []


def test_the_model_imports_downwards_only() -> None:
    height = {
        name: height
        for height, names in enumerate(WITHIN_MODEL)
        for name in ([names] if isinstance(names, str) else names)
    }
    inner = [
        found
        for found in OWN
        if found.importer.startswith("model.") and found.imported.startswith("vmspec.model.")
    ]
    wrong = [
        found
        for found in inner
        if height[found.imported.rpartition(".")[2]] > height[found.importer.rpartition(".")[2]]
    ]
    assert inner
    assert wrong == []


def test_imports_have_no_cycles() -> None:
    graph: dict[str, set[str]] = {f"vmspec.{module}".rstrip("."): set() for module in modules()}
    for found in OWN:
        if not found.typing_only:
            graph[f"vmspec.{found.importer}"].add(found.imported)
    assert [" and ".join(group) for group in cycles(graph)] == []


@pytest.mark.parametrize("package", HOMES)
def test_each_dependency_is_imported_in_its_rooms_only(package: str) -> None:
    users = {found.importer for found in IMPORTS if found.imported.partition(".")[0] == package}
    homeless = (
        user for user in users if not any(f"{user}.".startswith(f"{home}.") for home in HOMES[package])
    )
    assert [f"{user} imports {package}" for user in homeless] == []


def test_every_dependency_has_a_room() -> None:
    used = {found.imported.partition(".")[0] for found in IMPORTS if not found.typing_only}
    assert used - sys.stdlib_module_names - HOMES.keys() == {"vmspec", "attrs"}


def test_the_command_line_uses_the_public_names_of_katapult() -> None:
    public = set(import_module("vmspec.katapult").__all__)
    wrong = [
        f"{found.importer} imports {found.imported}.{found.name}"
        for found in OWN
        if layer_of(found.importer) == "cli"
        and layer_of(found.imported) == "katapult"
        and (found.imported != "vmspec.katapult" or found.name not in public)
    ]
    assert wrong == []


def test_tests_import_public_names_only() -> None:
    wrong = [
        f"{place(path, node)} imports {node.module}.{name.name}"
        for path in (TOP / "tests").rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "vmspec"
        for name in node.names
        if any(re.match(r"_(?!_)", part) for part in f"{node.module}.{name.name}".split("."))
    ]
    assert wrong == []


def test_folders_are_small() -> None:
    sizes = Counter(str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))
    limits = {folder: MODULES_OF_FOLDER.get(folder, MAX_MODULES) for folder in sizes}
    assert [f"vmspec/{folder} has {size}" for folder, size in sizes.items() if size > limits[folder]] == []


def test_modules_are_short() -> None:
    lengths = {
        module: len(path_of(module).read_text(encoding="utf-8").splitlines())
        for module in modules()
        if module not in DATA_TABLES
    }
    assert [f"{module} has {length}" for module, length in lengths.items() if length > MAX_LINES] == []


def test_few_functions_are_long() -> None:
    lengths = {
        place(path_of(module), function): body_lines(function)
        for module in modules()
        for function in functions(parsed(path_of(module)))
    }
    long = {where: length for where, length in lengths.items() if length > MAX_BODY_LINES}
    assert len(long) <= len(lengths) * MAX_SHARE_OF_LONG_FUNCTIONS, long


def test_docstrings_open_with_a_verb_or_a_noun_phrase() -> None:
    wrong = [
        f"{place(path, node)} {text[:60]!r}"
        for path in python_files()
        for node, text in docstrings(parsed(path))
        if (re.match(r"\W*(\w*)", text) or [""])[1] in BAD_OPENINGS
    ]
    assert wrong == []


def test_nouns_are_denied_with_is_not_a() -> None:
    wrong = [
        f"{path.relative_to(TOP)}:{text.count(chr(10), 0, match.start()) + 1} {match[0]!r}"
        for path in text_files()
        for text in [path.read_text(encoding="utf-8")]
        for match in DENIAL.finditer(text)
    ]
    assert wrong == []


def test_names_of_tests_can_be_read_alone() -> None:
    wrong = [
        f"{place(path, function)} {function.name}"
        for path in (TOP / "tests").rglob("*.py")
        for function in functions(parsed(path))
        if BAD_TEST_NAMES.match(function.name)
    ]
    assert wrong == []


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
    """The lazy names are declared again for type checkers, which do not follow ``__getattr__``."""
    homes = {
        name.name: node.module
        for node in ast.walk(parsed(path_of("")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vmspec.")
        for name in node.names
    }
    assert set(homes) == set(vmspec.__all__)
    for name, home in homes.items():
        assert getattr(vmspec, name) is getattr(import_module(str(home)), name)


PUBLIC_PACKAGES = ["documents", "katapult", "sandbox", "testing", "validation"]


@pytest.mark.parametrize("module", PUBLIC_PACKAGES)
def test_public_packages_export_what_they_list(module: str) -> None:
    package = import_module(f"vmspec.{module}")
    assert package.__all__
    for name in package.__all__:
        assert hasattr(package, name)
