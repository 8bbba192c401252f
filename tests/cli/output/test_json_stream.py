from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmspec.cli.output.json import JSONStream

values = st.none() | st.integers() | st.text(max_size=5)
items = st.lists(
    st.dictionaries(st.text(max_size=5), st.lists(values, max_size=2) | values, max_size=3), max_size=4
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items)
def test_what_is_written_is_what_json_makes_of_the_whole(
    capsys: pytest.CaptureFixture[str], listed: list[dict[str, object]]
) -> None:
    def frame(inner: list[dict[str, object]]) -> dict[str, object]:
        return {"version": 1, "none": {}, "runs": [{"name": "[]", "results": inner}]}

    listing = JSONStream(frame([]))
    for item in listed:
        listing.add(item)
    listing.finish()
    assert capsys.readouterr().out == json.dumps(frame(listed), indent=2) + "\n"


def test_items_are_written_before_the_last_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    listing = JSONStream({"files": []})
    listing.add({"path": "a.xml"})
    listing.add({"path": "b.xml"})
    assert "a.xml" in capsys.readouterr().out
