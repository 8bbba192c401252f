"""A unified diff of two texts of one document, without the secrets in them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from vmspec.cli.output.snippets import note_masks
from vmspec.documents.formats import FormatName
from vmspec.documents.redaction import redact
from vmspec.text import MASK

MAX_LINES = 2_000
"""Lines of a text that is compared; many more may take seconds, and a spec has about sixty."""


def unified_diff(
    before: str, after: str, name: str, format: FormatName, label: str = "formatted"
) -> Iterator[str]:
    """Yield the lines of a diff for people and logs; secrets are masked, so ``patch`` cannot apply it."""
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > MAX_LINES:
        yield f"{name}: differs, and is too long to compare"
        return
    old_shown, new_shown = _redacted_lines(before, format), _redacted_lines(after, format)
    if any(MASK in line for line in old_shown + new_shown):
        note_masks()
    yield f"--- {name}"
    yield f"+++ {name} ({label})"
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes():
        yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@"
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                yield from (f" {line}" for line in old_shown[old_start:old_end])
                continue
            yield from (f"-{line}" for line in old_shown[old_start:old_end])
            yield from (f"+{line}" for line in new_shown[new_start:new_end])


def _lines(text: str) -> list[str]:
    """Return the lines with their ends; not by ``splitlines``, which also splits at what XML keeps."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def _redacted_lines(text: str, format: FormatName) -> list[str]:
    redacted = redact(text.encode(), format)
    if redacted is None:
        return []
    shown: list[str] = []
    start = 0
    for line in _lines(redacted.text):
        end = start + len(line)
        is_whole = line.endswith("\n")
        shown.append(redacted.show(start, end - is_whole) + ("" if is_whole else " (no newline at the end)"))
        start = end
    return shown


def _range(start: int, end: int) -> str:
    return f"{start + 1},{end - start}"
