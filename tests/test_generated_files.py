"""Files generated from the model, and documentation that the XSD and the model share."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from vmspec.model.schema import Field, Lookup, Part, fields_of
from vmspec.model.spec import VirtualMachineSpec

from .support.source import TOP


@pytest.fixture(autouse=True)
def references_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOP / ".ci")


def test_generated_files_are_current() -> None:
    from references import generated_files, obsolete_files

    outdated = [path for path, text in generated_files().items() if path.read_text(encoding="utf-8") != text]
    assert [*outdated, *obsolete_files()] == [], "run .ci/regenerate"


def words(picture: str) -> str:
    """Return the text of a picture, without the drawing, which is that of one version of rich."""
    text = re.sub(r"<style.*?</style>|<[^>]+>", "", picture, flags=re.DOTALL)
    return " ".join(text.split())


def test_pictures_show_what_the_program_prints() -> None:
    from references import drawn_files

    for path, text in drawn_files().items():
        assert words(path.read_text(encoding="utf-8")) == words(text), "run .ci/regenerate"


def test_docstrings_of_the_model_repeat_the_documentation_in_the_xsd() -> None:
    from references.xsd_documentation import path_of_value, value_documentation

    def fields_with_classes(cls: type[Part], path: str) -> Iterator[tuple[type[Part | Lookup], Field, str]]:
        for field in fields_of(cls):
            if field.lookup is not None:
                yield field.lookup, field, path
            elif field.part is not None:
                yield field.part, field, path
                yield from fields_with_classes(field.part, f"{path_of_value(field, path)}/")

    checked = list(fields_with_classes(VirtualMachineSpec, ""))
    assert len({cls for cls, *_ in checked}) == 25
    for cls, field, path in checked:
        paragraph, _, _ = (cls.__doc__ or "").partition("\n\n")
        assert (cls, " ".join(paragraph.split())) == (cls, value_documentation(field, path))
