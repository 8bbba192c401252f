"""A unified diff of two texts of one document, without the secrets in them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from vmspec.cli.output.snippets import masked
from vmspec.cli.output.visible import visible
from vmspec.documents.formats import FormatName

LIMIT = 2_000
"""Lines of a text; comparing many more may take seconds, and a spec has about sixty."""


def unified(before: str, after: str, name: str, format: FormatName) -> Iterator[str]:
    """The lines of a diff for people and logs; secrets are masked, so it is none for ``patch``."""
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > LIMIT:
        yield f"{name}: differs, and is too long to show how"
        return
    old_shown, new_shown = _shown(before, old, format), _shown(after, new, format)
    yield f"--- {name}"
    yield f"+++ {name} (formatted)"
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes():
        yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@"
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                yield from (f" {line}" for line in old_shown[old_start:old_end])
                continue
            yield from (f"-{line}" for line in old_shown[old_start:old_end])
            yield from (f"+{line}" for line in new_shown[new_start:new_end])


def _lines(text: str) -> list[str]:
    """The lines with their ends; not by ``splitlines``, which also splits at what XML keeps."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def _shown(text: str, lines: list[str], format: FormatName) -> list[str]:
    marks = visible(text, format)
    shown: list[str] = []
    start = 0
    for line in lines:
        end = start + len(line)
        whole = line.endswith("\n")
        shown.append(masked(text, marks, start, end - whole) + ("" if whole else " (no line end)"))
        start = end
    return shown


def _range(start: int, end: int) -> str:
    return f"{start + 1},{end - start}"
