"""JSON and YAML are written as the standard library and PyYAML write the same plain data."""

from __future__ import annotations

import json
import math

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vmspec import VirtualMachineSpec, dumps, loads
from vmspec.documents.data.json_writer import to_plain
from vmspec.model.elements import CloudInit, Resources, SystemDisk
from vmspec.model.values import ISO
from vmspec.testing import specs, texts


class Dumper(yaml.SafeDumper):
    """Indents sequences below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    words = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
    is_plain = all(
        part and all(char.isascii() and (char.isalnum() or char in "_/.@+-") for char in part)
        for part in text.split(" ")
    )
    starts_plain = text[:1].isalpha() or text[:1] in ("_", "/")
    style: str | None = '"'
    if "\n" in text and not set(text) & set("\x85\u2028\u2029"):
        style = "|"
    elif is_plain and starts_plain and text.lower() not in words:
        style = None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, represent)


def pyyaml(spec: VirtualMachineSpec) -> str:
    return yaml.dump(
        to_plain(spec),
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=math.inf,
    )


def with_text(text: str) -> VirtualMachineSpec:
    """Return a spec with a text at three depths, at last at the end."""
    return VirtualMachineSpec(
        cloud_init=CloudInit(user_data=text), system_disks=(SystemDisk(name=text),), tags=(text, text)
    )


@given(specs())
def test_json_is_what_the_standard_library_writes(spec: VirtualMachineSpec) -> None:
    assert dumps(spec, "json") == json.dumps(to_plain(spec), indent=2, ensure_ascii=False) + "\n"


@given(specs())
@example(VirtualMachineSpec(resources=Resources(), system_disks=(SystemDisk(),)))
@example(VirtualMachineSpec(iso=ISO("null")))
def test_yaml_is_what_pyyaml_writes(spec: VirtualMachineSpec) -> None:
    assert dumps(spec, "yaml") == pyyaml(spec)


LINES = st.lists(
    st.sampled_from(["", " ", "a", " a", "a ", "é", "a: b", "# a", "\t", "---", "...", "\x85", '"'])
)


@given(st.one_of(texts(), LINES.map("\n".join)))
@example("\n")
@example("\n\n")
@example("a\n\n")
@example("a\n\n b\n")
@example(" a\nb")
@example("a \nb")
@example("a\n\tb")
@example("a\n\ufeff")
@example("\U0001f427")
@example("\u2028")
def test_string_is_written_as_pyyaml_writes_it(text: str) -> None:
    spec = with_text(text)
    assert dumps(spec, "yaml") == pyyaml(spec)
    assert loads(dumps(spec, "yaml"), "yaml") == spec


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n\n"])
def test_block_in_the_middle_keeps_its_end(end: str) -> None:
    spec = VirtualMachineSpec(name=f"a\nb{end}", description=f"c\nd{end}", tags=(f"e\nf{end}", "g"))
    assert dumps(spec, "yaml") == pyyaml(spec)
