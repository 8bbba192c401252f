"""Violations that the guards still allow, for each check and room. The numbers may only fall."""

ALLOWED: dict[str, dict[str, int]] = {
    "lines": {"vmspec/katapult": 1},
    "docstrings": {"tests/benchmarks": 1, "tests/conftest": 1, "tests/katapult": 34, "vmspec/katapult": 74},
    "denials": {"tests/katapult": 12, "vmspec/katapult": 22},
    "test names": {"tests/katapult": 40},
}
