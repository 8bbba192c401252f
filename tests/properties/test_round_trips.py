"""Writing and reading a spec again changes nothing, in any format or other library."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given

from vmspec import VirtualMachineSpec, detect, dumps, loads
from vmspec.documents import FORMATS, FormatName
from vmspec.testing import specs


@pytest.mark.parametrize("format", FORMATS)
class TestEachFormat:
    @given(spec=specs())
    def test_read_spec_equals_the_written_one(self, format: FormatName, spec: VirtualMachineSpec) -> None:
        text = dumps(spec, format)
        assert loads(text, format) == spec
        assert loads(text.encode(), format) == spec
        assert loads("\ufeff" + text, format) == spec

    @given(spec=specs())
    def test_written_text_is_stable(self, format: FormatName, spec: VirtualMachineSpec) -> None:
        text = dumps(spec, format)
        assert dumps(loads(text, format), format) == text
        assert text.endswith("\n")
        assert "\r" not in text

    @given(spec=specs())
    def test_format_is_detected_from_the_text(self, format: FormatName, spec: VirtualMachineSpec) -> None:
        text = dumps(spec, format)
        assert loads(text) == spec
        if format == "xml" or (spec.resources is not None and spec.name is not None):
            assert detect(text) == format


@given(specs())
def test_conversion_through_all_formats_loses_nothing(spec: VirtualMachineSpec) -> None:
    through = spec
    for format in FORMATS:
        through = loads(dumps(through, format), format)
    assert dumps(through) == dumps(spec)


@given(specs())
def test_other_libraries_read_the_same_data(spec: VirtualMachineSpec) -> None:
    assert yaml.safe_load(dumps(spec, "yaml")) == json.loads(dumps(spec, "json"))
