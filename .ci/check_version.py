"""Check that the newest entry of the changelog is that of the version."""

from __future__ import annotations

import re
import sys
from pathlib import Path

TOP = Path(__file__).parent.parent


def problems() -> list[str]:
    """Return a line for each thing that does not agree."""
    found = re.search(r'^__version__ = "(.*)"$', (TOP / "vmspec/version.py").read_text(), re.MULTILINE)
    version = found[1] if found else ""
    entries = re.findall(r"^## (.*)$", (TOP / "docs/changelog.md").read_text(), re.MULTILINE)
    newest = entries[0] if entries else ""
    lines = []
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        lines.append(f"the version {version!r} is not three numbers")
    if not re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", newest):
        lines.append(f"the newest entry of the changelog is {newest!r}, not {version!r} with a date")
    if len({*entries}) != len(entries):
        lines.append("the changelog has two entries of one name")
    return lines


if __name__ == "__main__":
    print("\n".join(problems()) or "version and changelog agree")
    sys.exit(bool(problems()))
