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


def frame(inner: list[dict[str, object]]) -> dict[str, object]:
    return {"version": 1, "none": {}, "runs": [{"name": "[]", "results": inner}]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items, items)
def test_stream_writes_the_object_with_all_items(
    capsys: pytest.CaptureFixture[str], added: list[dict[str, object]], encoded: list[dict[str, object]]
) -> None:
    stream = JSONStream(frame([]))
    for item in added:
        stream.add(item)
    stream.write(stream.encode(encoded))
    stream.finish()
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == frame(added + encoded)


def test_each_item_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    stream = JSONStream({"version": 1, "files": []})
    stream.add({"path": "a.xml", "findings": []})
    stream.write(stream.encode([{"path": "b.xml"}, {"path": "c.xml"}]))
    stream.finish()
    assert capsys.readouterr().out.splitlines() == [
        "{",
        '  "version": 1,',
        '  "files": [',
        '    {"path": "a.xml", "findings": []},',
        '    {"path": "b.xml"},',
        '    {"path": "c.xml"}',
        "  ]",
        "}",
    ]


def test_items_are_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    stream = JSONStream({"files": []})
    stream.add({"path": "a.xml"})
    assert "a.xml" in capsys.readouterr().out
