"""The project's own source as data: modules, imports, docstrings and functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import frozen

import vmspec

PACKAGE = Path(vmspec.__file__).parent
TOP = PACKAGE.parent

Function = ast.FunctionDef | ast.AsyncFunctionDef


@frozen
class Import:
    """One imported module, with the name taken from it."""

    importer: str
    imported: str
    """The module that is loaded, such as ``vmspec.model.spec`` or ``httpx``."""
    name: str | None
    """The name imported from it; None for ``import module`` and for a submodule."""
    typing_only: bool
    """True under ``if TYPE_CHECKING``."""


def modules() -> list[str]:
    """Return all modules of the package, without the prefix ``vmspec.``; the package itself is ``""``."""
    paths = (path.relative_to(PACKAGE).with_suffix("") for path in sorted(PACKAGE.rglob("*.py")))
    return [".".join(path.parts).removesuffix("__init__").rstrip(".") for path in paths]


def path_of(module: str) -> Path:
    """Return the file of a module named without the prefix ``vmspec.``."""
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def python_files() -> list[Path]:
    """Return every Python file of the project: package, tests, examples and CI scripts."""
    folders = (PACKAGE, TOP / "tests", TOP / "examples", TOP / ".ci")
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def text_files() -> list[Path]:
    """Return every file with prose in it: Python, Markdown, and the schemas."""
    pages = [TOP / "README.md", *(TOP / "docs").rglob("*.md"), *(TOP / ".github").rglob("*.md")]
    return [*python_files(), *sorted(pages), *sorted((TOP / "schemas").iterdir())]


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path, node: ast.stmt) -> str:
    """Return ``path:line`` of a statement."""
    return f"{path.relative_to(TOP)}:{node.lineno}"


def imports_of(module: str) -> Iterator[Import]:
    """Yield the imports of a module, those within functions included."""
    tree = parsed(path_of(module))
    guarded = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(module, name.name, None, node in guarded) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            for name in node.names:
                yield imported_name(module, node.module or "", name.name, node in guarded)


def imported_name(importer: str, module: str, name: str, typing_only: bool) -> Import:
    """Return the import that ``from module import name`` makes; the name may itself be a module."""
    inner = f"{module}.{name}".removeprefix("vmspec.")
    if module.partition(".")[0] == "vmspec" and path_of(inner).exists():
        return Import(importer, f"vmspec.{inner}", None, typing_only)
    return Import(importer, module, name, typing_only)


def docstrings(tree: ast.Module) -> Iterator[tuple[ast.Expr, str]]:
    """Yield each string that stands as a statement: docstrings of modules, classes, functions, attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str):
                yield node, text


def functions(tree: ast.Module) -> Iterator[Function]:
    """Yield every function and method."""
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Return the number of lines of a function's body, its docstring aside."""
    first = function.body[0]
    if len(function.body) > 1 and isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        first = function.body[1]
    return (function.end_lineno or first.lineno) - first.lineno + 1


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return each group of nodes that reach one another."""
    reach = {node: _reachable(graph, node) for node in graph}
    groups = {
        tuple(sorted(other for other in reach[node] if node in reach.get(other, ())))
        for node in graph
        if node in reach[node]
    }
    return sorted(list(group) for group in groups)


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph.get(waiting.pop(), set()) - found:
            found.add(target)
            waiting.append(target)
    return found
