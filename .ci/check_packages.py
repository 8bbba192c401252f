"""Check that the wheel and the sdist hold everything a user needs, and nothing else."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

TOP = Path(__file__).parent.parent

SDIST_FILES = {
    "README.md",
    ".pre-commit-hooks.yaml",
    "docs/LICENSE",
    "pyproject.toml",
    "schemas/vmspec.xsd",
    "vmspec/py.typed",
}
SDIST_TOP_LEVEL = {
    ".ci",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    "PKG-INFO",
    "README.md",
    "docs",
    "examples",
    "pyproject.toml",
    "schemas",
    "tests",
    "vmspec",
}


def package_files() -> set[str]:
    """Return the files that the wheel installs: the package, with the schemas inside it."""
    patterns = ("*.py", "*.css", "*.js")
    modules = {str(path.relative_to(TOP)) for pattern in patterns for path in (TOP / "vmspec").rglob(pattern)}
    schemas = {f"vmspec/schemas/{path.name}" for path in (TOP / "schemas").iterdir()}
    return modules | schemas | {"vmspec/py.typed"}


def check_wheel(path: Path) -> list[str]:
    """Return a line for each file that is missing from the wheel, or should not be in it."""
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
    installed = {name for name in names if ".dist-info/" not in name}
    expected = package_files()
    problems = [f"wheel lacks {name}" for name in sorted(expected - installed)]
    problems += [f"wheel has {name}" for name in sorted(installed - expected)]
    if not any(name.endswith(".dist-info/licenses/docs/LICENSE") for name in names):
        problems.append("wheel lacks docs/LICENSE")
    return problems


def check_sdist(path: Path) -> list[str]:
    """Return a line for each file that is missing from the sdist, or should not be in it."""
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    top_level = {name.partition("/")[0] for name in names if name}
    return [f"sdist lacks {name}" for name in sorted(SDIST_FILES - names)] + [
        f"sdist has {name}" for name in sorted(top_level - SDIST_TOP_LEVEL)
    ]


def main() -> int:
    """Check the packages in the folder named on the command line."""
    folder = Path(sys.argv[1])
    problems = [problem for wheel in folder.glob("*.whl") for problem in check_wheel(wheel)]
    problems += [problem for sdist in folder.glob("*.tar.gz") for problem in check_sdist(sdist)]
    if sorted(path.suffix for path in folder.iterdir()) != [".gz", ".whl"]:
        problems.append(f"{folder} does not hold exactly one wheel and one sdist")
    print("\n".join(problems) or "wheel and sdist are complete")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
