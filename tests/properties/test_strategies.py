"""The strategies draw everything that the model allows, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from vmspec import VirtualMachineSpec
from vmspec.model.elements import AuthorizedKeys, NetworkInterface, Schedule
from vmspec.model.schema import Field, Lookup, Part, fields_of, lookup_keys
from vmspec.testing import lookups, parts, specs, texts

QUICK = settings(
    max_examples=2000,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def classes_in(cls: type[Part]) -> set[type[Part]]:
    inner = (field.part for field in fields_of(cls) if field.part is not None)
    return {cls}.union(*(classes_in(part) for part in inner))


def name_of(item: Field | type) -> str:
    return item.name if isinstance(item, Field) else item.__name__


PARTS = sorted(classes_in(VirtualMachineSpec), key=lambda cls: cls.__name__)
FIELDS = [(cls, field) for cls in PARTS for field in fields_of(cls)]
LOOKUPS = sorted({field.lookup for _, field in FIELDS if field.lookup}, key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", PARTS)
@given(data=st.data())
def test_parts_are_instances_of_the_class(cls: type[Part], data: st.DataObject) -> None:
    assert type(data.draw(parts(cls))) is cls


@pytest.mark.parametrize(("cls", "field"), FIELDS, ids=name_of)
def test_each_field_is_sometimes_present_and_sometimes_absent(cls: type[Part], field: Field) -> None:
    find(parts(cls), lambda part: getattr(part, field.name) not in (None, ()), settings=QUICK)
    if not field.required:
        find(parts(cls), lambda part: getattr(part, field.name) in (None, (), field.default), settings=QUICK)


@pytest.mark.parametrize("cls", LOOKUPS)
def test_each_lookup_key_is_drawn(cls: type[Lookup]) -> None:
    for by in lookup_keys(cls):
        found = find(lookups(cls), lambda lookup, by=by: lookup.by == by, settings=QUICK)
        assert type(found) is cls


@given(parts(NetworkInterface))
def test_exclusive_fields_are_not_drawn_together(interface: NetworkInterface) -> None:
    assert interface.network is None or interface.virtual_network is None


@pytest.mark.parametrize("piece", ["", "<", "&", "\r", "\t", "\n", "\x85", "\u2028", "\U0001f427"])
def test_difficult_text_is_drawn(piece: str) -> None:
    find(texts(), lambda text: piece in text if piece else text == "", settings=QUICK)


def test_values_that_are_easily_lost_are_drawn() -> None:
    find(specs(), lambda spec: bool(spec.hostname) and spec.hostname_type == "random", settings=QUICK)
    find(parts(AuthorizedKeys), lambda keys: keys.all_users is False, settings=QUICK)
    find(parts(Schedule), lambda schedule: schedule.time == 0, settings=QUICK)


FIRST = """
from hypothesis import given
from vmspec.testing import specs

@given(specs())
def draw(spec):
    pass

draw()
"""


def test_first_run_passes_the_health_checks(tmp_path: Path) -> None:
    """Run without the data that hypothesis keeps from earlier runs."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", FIRST], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
