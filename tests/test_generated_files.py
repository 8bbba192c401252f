"""The generated files of the repository are current."""

from __future__ import annotations

import pytest

from .support.source import TOP


def test_generated_files_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOP / ".ci")
    from references import generated_files, obsolete_files

    outdated = [path for path, text in generated_files().items() if path.read_text(encoding="utf-8") != text]
    assert [*outdated, *obsolete_files()] == [], "run .ci/regenerate"
