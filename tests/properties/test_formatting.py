"""Formatting changes no spec and no finding, loses no comment, and is idempotent."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from vmspec import VirtualMachineSpec, dumps, loads, validate
from vmspec.documents import FORMATS, FormatName
from vmspec.documents.formats import format_text
from vmspec.model.elements import AuthorizedKeys, SystemDisk
from vmspec.testing import specs
from vmspec.validation.formatting import format_document

from .support.layouts import document
from .support.slips import valid_spec


def doubtful_spec(random: Random) -> VirtualMachineSpec:
    """Return a spec like those that people write, with some findings."""
    spec = valid_spec(random)
    changes = {
        "hostname": random.choice([str(spec.hostname).upper(), None, "a_b"]),
        "data_center": None,
        "tags": ("web", "web"),
        "resources": None,
        "system_disks": (SystemDisk(size=5), SystemDisk(name="Data"), *spec.system_disks),
        "authorized_keys": random.choice([AuthorizedKeys(), AuthorizedKeys(ssh_keys=("", "x"))]),
    }
    chosen = random.sample([*changes], random.randint(0, 4))
    return evolve(spec, **{name: changes[name] for name in chosen})


RANDOMS = st.integers(0, 2**64).map(Random)
SPECS = RANDOMS.map(doubtful_spec) | specs()


def findings_of(text: str, format: FormatName) -> Counter[tuple[object, ...]]:
    """Return the findings of a document without their places."""
    return Counter(
        (finding.code, finding.severity, finding.message, finding.path, finding.hint)
        for finding in validate(text, format).findings
    )


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=2 * settings.default.max_examples)
@given(spec=SPECS, random=RANDOMS)
def test_formatting_changes_no_finding_and_loses_no_comment(
    format: FormatName, spec: VirtualMachineSpec, random: Random
) -> None:
    source, comments = document(format, spec, random)
    text = format_document(source.encode(), format)
    assert text is not None
    assert loads(text, format) == loads(source, format)
    assert findings_of(text, format) == findings_of(source, format)
    assert [comment for comment in comments if text.count(comment) != source.count(comment)] == []
    assert format_document(text.encode(), format) == text


@pytest.mark.parametrize("format", FORMATS)
@given(spec=SPECS)
def test_canonical_text_stays_as_it_is(format: FormatName, spec: VirtualMachineSpec) -> None:
    text = dumps(spec, format)
    assert format_text(text, format) == text
