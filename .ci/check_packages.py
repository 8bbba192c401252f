"""Checks what is in the wheel and the sdist: everything a user needs, and nothing else."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

TOP = Path(__file__).parent.parent


def expected_modules() -> set[str]:
    """Every file of the package in this checkout, and the schemas inside it."""
    package = {str(path.relative_to(TOP)) for path in (TOP / "vmspec").rglob("*.py")}
    schemas = {f"vmspec/schemas/{path.name}" for path in (TOP / "schemas").iterdir()}
    return package | schemas | {"vmspec/py.typed"}


def check_wheel(path: Path) -> list[str]:
    """What is missing from the wheel, or too much in it."""
    with zipfile.ZipFile(path) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    expected = expected_modules()
    return [f"wheel lacks {name}" for name in sorted(expected - names)] + [
        f"wheel has {name}" for name in sorted(names - expected)
    ]


def check_sdist(path: Path) -> list[str]:
    """What is missing from the sdist, or does not belong into it."""
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    tops = {name.partition("/")[0] for name in names if name}
    allowed = {"vmspec", "schemas", "tests", "examples", "docs", "README.md", "pyproject.toml", "PKG-INFO"}
    allowed |= {".pre-commit-hooks.yaml"}
    needed = {
        "README.md",
        ".pre-commit-hooks.yaml",
        "pyproject.toml",
        "schemas/vmspec.xsd",
        "vmspec/py.typed",
    }
    return [f"sdist lacks {name}" for name in sorted(needed - names)] + [
        f"sdist has {name}" for name in sorted(tops - allowed - {".gitignore"})
    ]


def main() -> int:
    """Checks the folder named on the command line."""
    folder = Path(sys.argv[1])
    problems = [problem for wheel in folder.glob("*.whl") for problem in check_wheel(wheel)]
    problems += [problem for sdist in folder.glob("*.tar.gz") for problem in check_sdist(sdist)]
    if len(list(folder.iterdir())) != 2:
        problems.append("there is not exactly one wheel and one sdist")
    print("\n".join(problems) or "wheel and sdist hold what they should")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
